"""Text to pieces and back."""

import ast
import math
import subprocess
import sys
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sentencepiece
from hypothesis import given
from hypothesis import strategies as st

from s2s.config import TextConfig
from s2s.errors import CheckpointError, TextError
from s2s.pieces import CUTS, END, PADDING, START, UNKNOWN, train_pieces
from s2s.text import PieceModel, check_text
from tests.processes import ROOT
from tests.tiny import SENTENCES


@pytest.fixture(scope="module")
def words(word_pieces):
    return PieceModel(word_pieces)


@pytest.fixture(scope="module")
def letters(letter_pieces):
    return PieceModel(letter_pieces)


@pytest.fixture(scope="module")
def unigrams_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("unigrams") / "text.spm"
    train_pieces(SENTENCES * 4, TextConfig(piece_kind="unigram", vocabulary_size=340), path)
    return path


@pytest.fixture(scope="module")
def unigrams(unigrams_file):
    return PieceModel(unigrams_file)


def test_blanks_around_a_text_are_dropped():
    assert check_text("\u3000 a  b\n", 100) == "a  b"


@pytest.mark.parametrize("text", ["", " ", "\t\r\n", "\u3000\u2028\u00a0"])
def test_an_empty_text_is_refused(text):
    with pytest.raises(TextError, match="There is no text"):
        check_text(text, 100)


def test_a_text_may_be_as_long_as_the_limit_and_no_longer():
    assert check_text("x" * 1000, 1000)
    with pytest.raises(TextError, match="1,001 characters; at most 1,000"):
        check_text("x" * 1001, 1000)


@pytest.mark.parametrize(
    ("text", "named"), [("ab\ud800", "3.*U[+]D800"), ("\udfffa", "1.*U[+]DFFF"), ("a\0b", "2.*NUL")]
)
def test_what_is_no_text_is_named_with_its_place(text, named):
    with pytest.raises(TextError, match="Character " + named):
        check_text(text, 100)


# Characters whose NFKC form needs no neighbour: no marks, no jamo. SentencePiece's table treats `▁`, `～` and `�`
# in its own way.
plain_text = st.text(
    st.characters(categories=["L", "N", "P", "S", "Z"], exclude_characters="\u2581\uff5e\ufffd").filter(
        lambda character: not 0x1100 <= ord(character) <= 0x11FF
    )
)


@given(text=plain_text)
def test_text_comes_back_in_normal_form_with_single_blanks(words, text):
    assert words.decode(words.encode(text)) == " ".join(unicodedata.normalize("NFKC", text).split())


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_no_text_is_unknown(words, text):
    ids = words.encode(text)
    assert not {UNKNOWN, START, END, PADDING} & set(ids)
    assert "\ufffd" not in words.decode(ids) or "\ufffd" in text


@pytest.mark.parametrize("text", ["😀👍🏽", "你好世界", "مرحبا بالعالم", "Ελλάδα", "𝄞"])
def test_characters_without_a_piece_are_spelled_in_bytes(words, text):
    pieces = words.pieces(words.encode(text))
    assert any(piece.startswith("<0x") for piece in pieces)
    assert words.decode(words.encode(text)) == text


def test_case_is_kept(words):
    assert words.decode(words.encode("PARIS Paris paris")) == "PARIS Paris paris"
    assert words.encode("Paris") != words.encode("paris")


def test_the_names_of_special_pieces_are_text_like_any_other(words):
    assert not {START, END, PADDING} & set(words.encode("<s> </s> <pad>"))
    assert words.decode(words.encode("<s> </s> <pad>")) == "<s> </s> <pad>"


@pytest.mark.parametrize("text", ["", "  ", "\u200b"])
def test_what_is_no_sentence_has_no_pieces(words, text):
    assert words.encode(text) == []


def test_special_pieces_have_no_text(words):
    ids = words.encode("The cat")
    assert words.decode([START, *ids, UNKNOWN, END, PADDING]) == "The cat"


def test_pieces_are_as_many_as_ids_and_mark_the_start_of_words(words):
    ids = words.encode("The cat sleeps")
    pieces = words.pieces(ids)
    assert len(pieces) == len(ids)
    assert "".join(pieces) == "▁The▁cat▁sleeps"
    assert words.pieces([UNKNOWN, START, END, PADDING]) == ["<unk>", "<s>", "</s>", "<pad>"]


# --- subword regularisation ---


texts = st.lists(plain_text.filter(str.strip), max_size=4)


@given(texts=texts, alpha=st.floats(0.05, 2), seed=st.integers(0, 2**64))
def test_sampled_pieces_spell_the_same_text(unigrams, texts, alpha, seed):
    rows = unigrams.sample(texts, alpha, seed)
    assert [unigrams.decode(row) for row in rows] == [unigrams.decode(unigrams.encode(text)) for text in texts]
    assert not any({UNKNOWN, START, END, PADDING} & set(row) for row in rows)


def test_the_same_seed_gives_the_same_pieces_and_another_one_others(unigrams):
    one = unigrams.sample(SENTENCES, 0.2, seed=1)
    assert unigrams.sample(SENTENCES, 0.2, seed=2) != one
    assert unigrams.sample(SENTENCES, 0.2, seed=1) == one


def test_the_same_text_is_cut_in_many_ways(unigrams):
    rows = unigrams.sample([SENTENCES[0]] * 50, 0.1, seed=1)
    assert len(set(map(tuple, rows))) == CUTS


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.5])
def test_a_cut_is_drawn_by_its_probability_to_the_power_of_alpha(unigrams, unigrams_file, alpha):
    scores = sentencepiece.SentencePieceProcessor(model_file=str(unigrams_file)).get_score
    drawn = Counter(map(tuple, unigrams.sample(["garden"] * 4000, alpha, seed=3)))
    assert len(drawn) > 3
    weights = [math.exp(alpha * sum(map(scores, cut))) for cut in drawn]
    for count, weight in zip(drawn.values(), weights, strict=True):
        assert count / 4000 == pytest.approx(weight / sum(weights), abs=0.03)


def test_whichever_thread_asks_the_seed_alone_decides(unigrams):
    with ThreadPoolExecutor(1) as thread:
        other, again = (thread.submit(unigrams.sample, SENTENCES, 0.2, seed).result() for seed in (7, 1))
    assert again == unigrams.sample(SENTENCES, 0.2, seed=1) != other


SAMPLE = """
import sys, pathlib
from s2s.text import PieceModel
print(PieceModel(pathlib.Path(sys.argv[1])).sample(sys.argv[2:], 0.2, seed=1))
"""


def test_another_process_cuts_the_same_pieces(unigrams_file):
    command = [sys.executable, "-c", SAMPLE, str(unigrams_file), *SENTENCES]
    found = [subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout for _ in range(2)]
    assert found[0] == found[1]
    assert ast.literal_eval(found[0]) == PieceModel(unigrams_file).sample(SENTENCES, 0.2, seed=1)


def test_what_was_sampled_before_does_not_matter(unigrams):
    first = unigrams.sample(SENTENCES[4:], 0.2, seed=1)
    unigrams.sample(SENTENCES * 3, 0.2, seed=9)
    assert unigrams.sample(SENTENCES[4:], 0.2, seed=1) == first


def test_an_alpha_of_nothing_cuts_the_likeliest_way(unigrams, words):
    for pieces in (unigrams, words):
        assert pieces.sample(SENTENCES, 0, seed=1) == [pieces.encode(text) for text in SENTENCES]
    assert unigrams.sample(SENTENCES, 50.0, seed=1) == unigrams.sample(SENTENCES, 0, seed=1)


def test_pieces_of_another_kind_cannot_be_sampled(words):
    with pytest.raises(TextError, match=r"by `unigram` pieces only.*training\.piece_sampling = 0"):
        words.sample(["The cat sleeps."], 0.3, 1)


def test_no_texts_have_no_pieces(unigrams):
    assert unigrams.sample([], 0.2, seed=1) == unigrams.sample([], 0, seed=1) == []
    assert unigrams.sample(["", "\u200b"], 0.2, seed=1) == [[], []]


def test_a_model_of_characters_has_neither_bytes_nor_a_mark_before_the_first_word(letters):
    assert letters.vocabulary_size == 26 + 4
    assert letters.pieces(letters.encode("cab")) == ["c", "a", "b"]
    assert letters.encode("漢") == [UNKNOWN]


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_a_vocabulary_has_its_size_with_all_bytes_in_it(tmp_path, kind):
    train_pieces(SENTENCES, TextConfig(piece_kind=kind, vocabulary_size=320), tmp_path / "text.spm")
    pieces = PieceModel(tmp_path / "text.spm")
    assert pieces.vocabulary_size == 320
    names = pieces.pieces(range(320))
    assert sum(name.startswith("<0x") for name in names) == 256
    assert names[:4] == ["<unk>", "<s>", "</s>", "<pad>"]


def test_the_same_sentences_give_the_same_pieces(tmp_path):
    config = TextConfig(piece_kind="unigram", vocabulary_size=320)
    for name in ("one", "two"):
        train_pieces(iter(SENTENCES), config, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(("sentences", "size"), [(SENTENCES, 8000), (SENTENCES, 100), ([], 300)])
def test_pieces_that_cannot_be_learnt_are_an_error(tmp_path, sentences, size):
    with pytest.raises(TextError, match=f"no piece model of {size} pieces"):
        train_pieces(sentences, TextConfig(vocabulary_size=size), tmp_path / "text.spm")
    assert not (tmp_path / "text.spm").exists()


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x00" * 100])
def test_a_file_that_is_no_piece_model_is_named(tmp_path, content):
    path = tmp_path / "text.spm"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"text\.spm is no SentencePiece model"):
        PieceModel(path)


def test_a_truncated_piece_model_is_named(tmp_path, word_pieces):
    path = tmp_path / "text.spm"
    path.write_bytes(word_pieces.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"text\.spm"):
        PieceModel(path)


def test_a_missing_piece_model_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"text\.spm"):
        PieceModel(tmp_path / "text.spm")


@pytest.mark.parametrize(
    "special",
    [
        {"unk_id": 3, "pad_id": 0},
        # Without <pad>, the fourth piece is a real one.
        {"pad_id": -1},
    ],
)
def test_a_piece_model_with_other_special_pieces_is_named(tmp_path, special):
    path = tmp_path / "other.spm"
    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(SENTENCES),
            model_writer=file,
            vocab_size=60,
            hard_vocab_limit=False,
            minloglevel=2,
            **special,
        )
    with pytest.raises(CheckpointError, match=r"other\.spm numbers"):
        PieceModel(path)
