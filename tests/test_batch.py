"""Many lines: as if they were translated one by one, in their order."""

import itertools
import threading

import pytest
import torch

from s2s.batch import WINDOW_BATCHES, translate_lines
from s2s.config import SearchConfig
from s2s.errors import TextError
from s2s.translator import Translator
from tests.tiny import SENTENCES

CONFIG = SearchConfig(beam_size=2, max_length=6, alternatives=2)
LINES = [*SENTENCES, "The cat. A dog! The cat.", "", "a", SENTENCES[0], "  ", "The cat", "", "Paris", "a"]


@pytest.fixture(scope="module")
def translator(tiny_checkpoint):
    return Translator.load(tiny_checkpoint, "cpu", "torch")


@pytest.fixture
def taken(translator, monkeypatch):
    """The batches that are translated."""
    batches, translate_batch = [], translator.translate_batch

    def watched(texts, config):
        batches.append(list(texts))
        return translate_batch(texts, config)

    monkeypatch.setattr(translator, "translate_batch", watched)
    return batches


def assert_as_one_by_one(translator, lines, translations):
    for line, translation in zip(lines, translations, strict=True):
        assert translation.source == line.strip()
        if not line.strip():
            assert translation.target == ""
            assert translation.sentences == ()
            continue
        alone = translator.translate(line, CONFIG)
        assert translation.target == alone.target
        assert translation.warnings == alone.warnings
        for sentence, sentence_alone in zip(translation.sentences, alone.sentences, strict=True):
            for one, other in zip(sentence.hypotheses, sentence_alone.hypotheses, strict=True):
                assert one.target_pieces == other.target_pieces
                assert one.log_probs == pytest.approx(other.log_probs, abs=1e-4)


@pytest.mark.parametrize("batch_lines", [1, 3, 64])
@pytest.mark.parametrize("workers", [1, 4])
def test_lines_come_in_their_order_as_if_alone(translator, monkeypatch, batch_lines, workers):
    monkeypatch.setattr("s2s.batch.usable_cores", lambda: workers)
    assert_as_one_by_one(translator, LINES, translate_lines(translator, LINES, CONFIG, batch_lines))


def test_lines_of_several_windows_come_in_their_order(translator):
    lines = [f"{number} {SENTENCES[number % 3][: number % 7]}" for number in range(2 * WINDOW_BATCHES + 5)]
    assert_as_one_by_one(translator, lines, translate_lines(translator, lines, CONFIG, batch_lines=1))


def test_no_lines_give_no_translations(translator, taken):
    assert list(translate_lines(translator, [], CONFIG)) == []
    assert taken == []


def test_blank_lines_alone_give_blank_translations(translator):
    assert [translation.target for translation in translate_lines(translator, ["", " ", "\n"], CONFIG)] == [""] * 3


def test_a_line_that_stands_there_twice_is_translated_once(translator, taken):
    translations = list(translate_lines(translator, LINES * 3, CONFIG, batch_lines=4))
    assert len(translations) == 3 * len(LINES)
    assert sorted(itertools.chain(*taken)) == sorted(set(LINES))
    assert translations[0].target == translations[len(LINES)].target


def test_like_lengths_are_translated_together(translator, taken, monkeypatch):
    monkeypatch.setattr("s2s.batch.usable_cores", lambda: 1)
    list(translate_lines(translator, LINES, CONFIG, batch_lines=4))
    lengths = [len(line) for line in itertools.chain(*taken)]
    assert lengths == sorted(lengths, reverse=True)
    assert all(len(batch) <= 4 for batch in taken)


def test_no_more_than_one_window_is_read_ahead(translator):
    read = []

    def lines():
        for number in itertools.count():
            read.append(number)
            yield str(number % 5)

    window = WINDOW_BATCHES * 2
    translations = translate_lines(translator, lines(), CONFIG, batch_lines=2)
    assert read == []
    for _ in range(window):
        next(translations)
    assert len(read) == window
    next(translations)
    assert len(read) == 2 * window
    translations.close()


@pytest.mark.parametrize("batch_lines", [1, 64])
@pytest.mark.parametrize("bad", ["a\0b", "a\ud800", "\u200b", "x" * 2_001])
def test_the_error_of_a_line_comes_out_behind_the_windows_before_it(translator, bad, batch_lines):
    window = WINDOW_BATCHES * batch_lines
    lines = itertools.chain(itertools.islice(itertools.cycle(["a", "b"]), window), ["a", bad], itertools.repeat("c"))
    translations = translate_lines(translator, lines, CONFIG, batch_lines)
    assert len(list(itertools.islice(translations, window))) == window
    with pytest.raises(TextError):
        next(translations)
    assert next(translations, None) is None


def workers_at_work():
    return [thread for thread in threading.enumerate() if "ThreadPoolExecutor" in thread.name]


def test_no_thread_is_left_behind(translator):
    before = workers_at_work()
    list(translate_lines(translator, LINES, CONFIG))
    with pytest.raises(TextError):
        list(translate_lines(translator, [*LINES, "\0"], CONFIG, batch_lines=1))
    begun = translate_lines(translator, LINES, CONFIG)
    next(begun)
    begun.close()
    assert workers_at_work() == before


def test_an_error_among_the_lines_themselves_comes_out(translator):
    def lines():
        yield "a"
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")

    with pytest.raises(UnicodeDecodeError):
        list(translate_lines(translator, lines(), CONFIG))


def test_threads_of_others_are_left_as_they_are(translator):
    def threads():
        found = []
        worker = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
        worker.start()
        worker.join()
        return torch.get_num_threads(), found

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        expected = threads()
        list(translate_lines(translator, LINES, CONFIG))
        assert threads() == expected
    finally:
        torch.set_num_threads(before)
