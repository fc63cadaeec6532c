"""The command line: `align`, and the forced decoding behind it."""

import numpy as np
import pytest

from s2s.alignment import links_of, symmetrize, to_pharaoh, turned
from s2s.carried import mask_pair
from s2s.checkpoint import Description
from s2s.config import TextConfig
from s2s.forced import force
from s2s.intake import Limits
from s2s.pieces import train_pieces
from s2s.translator import Translator
from s2s.words import merge_attention
from tests.commands import refused
from tests.tiny import SENTENCES, save_tiny

SOURCES = [SENTENCES[0], "", *SENTENCES[1:3], "  A   dog\u3000½ 漢字 ", "a", "A cat", "\u200b"]
TARGETS = [SENTENCES[2], "", *SENTENCES[3:5], "Un chien ½ 漢字", "", "Le  chat dort", "b"]


@pytest.fixture(scope="module")
def translator(tiny_checkpoint):
    return Translator.load(tiny_checkpoint, "cpu", "torch")


@pytest.fixture(scope="module")
def backward(tmp_path_factory, word_pieces, description):
    values = {**vars(description), "name": "back", "source_language": "fr", "target_language": "en"}
    return save_tiny(tmp_path_factory.mktemp("back") / "back", word_pieces, Description(**values), seed=1)


@pytest.fixture
def files(tmp_path):
    """Writes sources and targets; the options that name them."""

    def write(sources, targets):
        for name, lines in (("source", sources), ("target", targets)):
            (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return ["--source", tmp_path / "source", "--target", tmp_path / "target"]

    return write


def word_links(translator, sources, targets, weighing="posterior"):
    return [
        links_of(merge_attention(pair.weights, pair.source, pair.target))
        for pair in force(translator, sources, targets, weighing)
    ]


def test_forced_attention_is_that_of_a_scored_target(translator):
    pairs = list(zip(SOURCES, TARGETS, strict=True))
    for (source, target), forced in zip(pairs, force(translator, SOURCES, TARGETS), strict=True):
        if not target or not translator.pieces.encode(source):
            assert forced.weights.size == 0
            continue
        (sentence,) = translator.score(source, target).sentences
        assert len(sentence.source_pieces) == len(forced.source.of_pieces)
        assert len(sentence.best.target_pieces) == len(forced.target.of_pieces)
        assert forced.target.of_pieces[-1] is None
        assert forced.source.texts == tuple(source.split())
        assert forced.target.texts == tuple(target.split())
        np.testing.assert_allclose(forced.weights, sentence.best.attention, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("weighing", ["attention", "posterior"])
def test_many_pairs_are_the_same_as_one_by_one(translator, monkeypatch, weighing):
    whole = [pair.weights for pair in force(translator, SOURCES, TARGETS, weighing)]
    monkeypatch.setattr("s2s.forced.BATCH_PAIRS", {weighing: 2})
    monkeypatch.setattr("s2s.forced.WINDOW_BATCHES", 2)
    for one, other in zip(whole, force(translator, SOURCES, TARGETS, weighing), strict=True):
        np.testing.assert_allclose(one, other.weights, rtol=1e-4, atol=1e-5)


def test_a_line_in_is_a_line_out_with_links_between_words(run, tiny_checkpoint, translator, files):
    code, output, said = run("align", "--model", tiny_checkpoint, *files(SOURCES, TARGETS), "--words")
    assert (code, said) == (0, "")
    lines = output.split("\n")
    assert lines.pop() == ""
    assert lines == [to_pharaoh(links) for links in word_links(translator, SOURCES, TARGETS)]
    for source, target, line in zip(SOURCES, TARGETS, lines, strict=True):
        links = [tuple(map(int, link.split("-"))) for link in line.split()]
        if not target or source == "\u200b":
            assert not links
            continue
        assert sorted(column for _, column in links) == list(range(len(target.split())))
        assert all(row < len(source.split()) for row, _ in links)


def test_without_words_every_piece_of_the_target_has_one_link(run, tiny_checkpoint, translator, files):
    pair = files(SENTENCES[:1], SENTENCES[2:3])
    code, output, _ = run("align", "--model", tiny_checkpoint, *pair, "--weighing", "attention")
    assert code == 0
    (sentence,) = translator.score(SENTENCES[0], SENTENCES[2]).sentences
    best = sentence.best.attention[:-1].argmax(axis=1)
    assert set(output.split()) == {f"{source}-{target}" for target, source in enumerate(best)}


def test_links_are_by_the_weights_that_are_asked_for(run, tiny_checkpoint, translator, files):
    found = {}
    for weighing in ("attention", "posterior"):
        options = [*files(SOURCES, TARGETS), "--words", "--weighing", weighing]
        code, output, _ = run("align", "--model", tiny_checkpoint, *options)
        assert code == 0
        found[weighing] = output.split("\n")[:-1]
        assert found[weighing] == list(map(to_pharaoh, word_links(translator, SOURCES, TARGETS, weighing)))
    assert found["attention"] != found["posterior"]


@pytest.mark.parametrize("method", [None, "intersection", "union", "grow-diag-final-and"])
def test_links_of_two_models_become_one(run, tiny_checkpoint, backward, translator, files, method):
    arguments = ["--model", tiny_checkpoint, "--reverse-model", backward, "--words"]
    arguments += ["--symmetrize", method] if method else []
    code, output, _ = run("align", *arguments, *files(SOURCES, TARGETS))
    assert code == 0
    reverse = word_links(Translator.load(backward, "cpu", "torch"), TARGETS, SOURCES)
    both = zip(word_links(translator, SOURCES, TARGETS), map(turned, reverse), strict=True)
    expected = [to_pharaoh(symmetrize(*pair, method or "grow-diag-final-and")) for pair in both]
    assert output.split("\n")[:-1] == expected


def test_nothing_in_is_nothing_out(run, tiny_checkpoint, files):
    assert run("align", "--model", tiny_checkpoint, *files([], [])) == (0, "", "")


def test_files_of_different_length_are_refused(run, tiny_checkpoint, files):
    said = refused(run("align", "--model", tiny_checkpoint, *files(["a", "b"], ["c"])))
    assert "each source needs one target" in said
    assert "has 2 lines" in said
    assert "has 1" in said


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("word " * 500, "b", "line 2, word word word word …: The text has 2,499 characters; at most 2,000"),
        ("a", "b\0", "line 2, b\0…: Character 2 is NUL"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named(run, tiny_checkpoint, files, source, target, said):
    assert said in refused(run("align", "--model", tiny_checkpoint, *files(["a", source], ["b", target])))


def test_too_many_pieces_are_refused(translator, monkeypatch):
    monkeypatch.setattr(translator, "limits", Limits(pieces=5))
    with pytest.raises(Exception, match=r"line 1, 漢漢漢.*pieces; at most 5"):
        list(force(translator, ["漢漢漢"], ["b"]))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--symmetrize", "union"], "name the other one with --reverse-model"),
        (["--reverse-model", "SAME"], "so --reverse-model needs --words"),
        (["--reverse-model", "SAME", "--words"], "must go from fr to en, and tiny goes from en to fr"),
        (["--source", "nowhere"], "there is no file nowhere"),
    ],
)
def test_what_does_not_go_together_is_refused(run, tiny_checkpoint, files, arguments, said):
    options = [tiny_checkpoint if word == "SAME" else word for word in arguments]
    assert said in refused(run("align", "--model", tiny_checkpoint, *files(["a"], ["b"]), *options))


def test_a_model_without_attention_is_refused(run, tmp_path, word_pieces, description, files):
    model = save_tiny(tmp_path / "none", word_pieces, description, attention="none")
    assert "has no attention" in refused(run("align", "--model", model, *files(["a"], ["b"])))


def test_chinese_words_have_the_pieces_of_a_text_without_blanks():
    translator = Translator.load("checkpoints/zh-en", "cpu", "torch")
    (pair,) = force(translator, ["我 喜欢 喝 茶 。"], ["I like to drink tea ."], "posterior")
    assert pair.source.texts == ("我", "喜欢", "喝", "茶", "。")
    assert len(pair.source.of_pieces) == len(translator.pieces.encode("我喜欢喝茶。"))
    links = links_of(merge_attention(pair.weights, pair.source, pair.target))
    assert {(1, 1), (2, 3), (3, 4)} <= links


# --- things that are carried over ---


@pytest.fixture(scope="module")
def carrier(tmp_path_factory, description):
    """A model with placeholders for two things of a sentence."""
    place = tmp_path_factory.mktemp("carrier")
    train_pieces(SENTENCES, TextConfig(piece_kind="bpe", vocabulary_size=340, placeholders=2), place / "text.spm")
    return Translator.load(save_tiny(place / "model", place / "text.spm", description), "cpu", "torch")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("The 12 dogs", "Les 12 chiens"),
        ("12, 12 and 7.", "Le 7 : 12 et (12)."),
        ("A `dog or cat` 1 2 3 4 x", "x 4 `dog or cat` 3 2 1"),
        ("⟦1⟧ dog ⟦0⟧ 5", "5 chien ⟦0⟧"),
        ("A 12 dog", "Un chien"),
    ],
)
def test_words_are_those_of_the_text_before_the_placeholders(carrier, source, target):
    (pair,) = force(carrier, [source], [target])
    masked = mask_pair(source, target, 2)
    for words, text, mask in zip((pair.source, pair.target), (source, target), masked, strict=True):
        assert words.texts == tuple(text.split())
        ids = carrier.pieces.encode(mask)
        numbers = words.of_pieces[: len(ids)]
        assert list(numbers) == sorted(numbers)
        assert "⟦" not in mask or any(piece.startswith("⟦") for piece in carrier.pieces.pieces(ids))
        for number, word in enumerate(words.texts):
            if word.isalpha() and word not in ("dog", "or"):  # those may be inside a thing with blanks
                own = [token for token, owner in zip(ids, numbers, strict=True) if owner == number]
                assert carrier.pieces.decode(own).strip() == word
