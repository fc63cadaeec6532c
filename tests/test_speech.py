"""Speech from end to end on beeps: prepared, trained, exported, listened to; and the laws of a transcription."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from s2s.audio import BANDS, FRAME_SECONDS, RATE
from s2s.checkpoint import read_description
from s2s.config import ModelConfig, SearchConfig, TextConfig
from s2s.corpora import Pair
from s2s.data import pad_frames
from s2s.errors import AudioError, ConfigError
from s2s.export import export_checkpoint
from s2s.prepare import Prepared, prepare
from s2s.recipe import Recipe
from s2s.recipe_sections import DataConfig, TrainingConfig
from s2s.text import PieceModel
from s2s.training import Trainer
from s2s.transcriber import Transcriber
from s2s.transcription import Transcription, stretch
from s2s.translator import Translator
from tests.sounds import file_of, tone, write_digits
from tests.trainings import CPU, train

BYTES = slice(4, 260)
"""The pieces that are single bytes."""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """Strings of three digits' beeps; prepared."""
    place = tmp_path_factory.mktemp("speech")
    made = Recipe(
        name="beeps",
        data=DataConfig(
            source_language="speech",
            target_language="en",
            task="digits",
            audio=str(write_digits(place / "clips")),
            directory=str(place / "data"),
            pairs=72,
            valid_pairs=12,
            test_pairs=12,
            max_length=400,
            augmentation={"speed": 0.5, "noise": 0.5},
        ),
        text=TextConfig(piece_kind="unigram", vocabulary_size=271, character_coverage=1.0),
        model=ModelConfig(
            cell="lstm",
            attention="location",
            wiring="input-feeding",
            frame_size=BANDS,
            embedding_size=12,
            hidden_size=16,
            encoder_layers=2,
            pyramid_layers=1,
            dropout=0.0,
            location_width=5,
        ),
        training=TrainingConfig(
            directory=str(place / "runs"),
            max_epochs=2,
            batch_tokens=60,
            learning_rate=1e-2,
            warmup_updates=3,
            validate_updates=6,
            guided_attention=0.3,
            average_decay=0.5,
            save_minutes=1e9,
        ),
    )
    prepare(made)
    return made


@pytest.fixture(scope="module")
def trained(recipe, tmp_path_factory):
    trainer = Trainer(recipe, CPU)
    train(trainer, tmp_path_factory.mktemp("runs") / "state.safetensors")
    with torch.no_grad():
        trainer.best.output_bias[BYTES] = -50  # it has not learnt yet that they are no words
    return trainer


@pytest.fixture(scope="module")
def checkpoint(trained, tmp_path_factory):
    place = tmp_path_factory.mktemp("exported")
    export_checkpoint(trained, place)
    return place / "checkpoint"


@pytest.fixture(scope="module")
def transcriber(checkpoint):
    return Transcriber(Translator.load(checkpoint))


SOUND = np.concatenate([tone(400, 0.3), np.zeros(RATE // 4, np.float32), tone(1_100, 0.4)])


# --- preparing and training ---


def test_prepared_splits_hold_lines_and_every_word_is_a_piece(recipe):
    files = Prepared(recipe)
    assert [len(files.split(name)) for name in ("train", "valid", "test")] == [72, 12, 12]
    pieces = PieceModel(files.pieces)
    for pair in files.split("train"):
        assert len(pieces.encode(pair.target)) == len(pair.target.split())
    clips = {name: set(" ".join(p.source for p in files.split(name)).split()) for name in ("train", "test")}
    assert not {name for name in clips["train"] & clips["test"] if name.endswith(".wav")}


def test_a_batch_holds_the_frames_of_its_lines_and_links_where_each_clip_is_heard(recipe):
    files = Prepared(recipe)
    pieces = PieceModel(files.pieces)
    line = "0.32s 0_ann_11.wav 0.16s 2_ann_12.wav"
    pairs = [Pair(line, "zero two", "0-0 1-1"), Pair("1_bob_13.wav", "one", "0-0")]
    corpus = files.corpus(pairs, pieces)
    batch = corpus.batch([0, 1])
    frames, mask = pad_frames([files.clips.frames(pair.source) for pair in pairs])
    assert torch.equal(batch.source, frames)
    assert torch.equal(batch.source_mask, mask)
    assert batch.links.shape == (2, 3, -(-frames.shape[1] // 2))
    for row, (begin, end) in enumerate(files.clips.spans(line)):
        linked = batch.links[0, row].nonzero().flatten().tolist()
        assert linked == list(range(begin // 2, end // 2))
        assert (frames[0, begin + 1 : end - 1].amax(dim=1) > 0).all()
    assert batch.links[0, :2].sum(dim=-1).tolist() == pytest.approx([1, 1])
    assert not batch.links[:, 2].any()  # the end looks where it likes


def test_a_training_of_sounds_learns_and_reports_the_word_error_rate(trained):
    first, *_, last = trained.progress.history
    assert last["validation_loss"] < first["validation_loss"]
    assert {"WER", "exact_match"} <= last.keys()
    assert "BLEU" not in last


def test_a_training_of_sounds_goes_on_where_it_was(recipe, tmp_path):
    whole, begun = Trainer(recipe, CPU), Trainer(recipe, CPU)
    for _ in range(4):
        whole.update()
    begun.update(), begun.update()
    begun.save(tmp_path / "state.safetensors")
    resumed = Trainer(recipe, CPU, state=tmp_path / "state.safetensors")
    resumed.update(), resumed.update()
    for one, other in zip(whole.parameters, resumed.parameters, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"data": {"audio": ""}}, "the task digits needs data.audio"),
        ({"data": {"task": "dates"}}, "data.audio is of no use for the task dates"),
        ({"model": {"frame_size": None}}, "model.frame_size and data.audio belong together"),
    ],
)
def test_a_recipe_of_sounds_that_cannot_be_is_refused(recipe, changes, said):
    with pytest.raises(ConfigError, match=said):
        replace(recipe, **{name: replace(getattr(recipe, name), **values) for name, values in changes.items()})


# --- the checkpoint ---


def test_a_checkpoint_says_that_it_listens_and_how_well(checkpoint):
    description = read_description(checkpoint)
    assert description.task == "speech"
    assert description.scores["WER"]["value"] >= 0
    card = (checkpoint / "README.md").read_text(encoding="utf-8")
    assert "pipeline_tag: automatic-speech-recognition" in card
    assert "python -m s2s transcribe --model checkpoints/beeps FILE.wav" in card
    assert "word error rate" in card


def test_a_model_of_texts_does_not_listen_and_one_of_sounds_does_not_translate(tiny_checkpoint, transcriber):
    with pytest.raises(ConfigError, match="tiny reads text; speech needs a model of frames of 40 numbers"):
        Transcriber(Translator.load(tiny_checkpoint))
    with pytest.raises(ConfigError, match="beeps listens to sounds"):
        transcriber.translator.translate("one two")


# --- transcriptions ---


@pytest.mark.parametrize("beam_size", [1, 4])
def test_attention_words_and_seconds_fit_the_sound(transcriber, beam_size):
    found = transcriber.transcribe(SOUND, SearchConfig(beam_size=beam_size), name="beeps.wav")
    best = found.hypotheses[0]
    assert (found.source, found.seconds, found.model) == ("beeps.wav", 0.95, "beeps")
    assert found.column_seconds == 2 * FRAME_SECONDS
    assert best.attention.shape == (len(best.target_pieces), -(-int(len(SOUND) / 128) // 2))
    np.testing.assert_allclose(best.attention.sum(axis=1), 1, atol=1e-5)
    assert " ".join(word.text for word in found.words) == found.target == best.target
    for word in found.words:
        assert 0 <= word.begin_seconds < word.end_seconds <= found.seconds


def test_sounds_together_are_as_each_alone(transcriber):
    sounds = [SOUND, tone(1_800, 0.3), tone(400, 1.1)]
    together = transcriber.transcribe_batch(sounds)
    for sound, found in zip(sounds, together, strict=True):
        alone = transcriber.transcribe(sound)
        assert (alone.target, alone.words) == (found.target, found.words)
        np.testing.assert_allclose(alone.hypotheses[0].attention, found.hypotheses[0].attention, atol=1e-4)
    assert transcriber.transcribe_batch([]) == []


def test_both_engines_hear_the_same(checkpoint):
    found = [Transcriber(Translator.load(checkpoint, engine=engine)).transcribe(SOUND) for engine in ("torch", "onnx")]
    assert found[0].target == found[1].target
    np.testing.assert_allclose(found[0].hypotheses[0].attention, found[1].hypotheses[0].attention, atol=0.05)


def test_a_transcription_is_the_same_after_json(transcriber):
    found = transcriber.transcribe(SOUND)
    again = Transcription.from_json(found.to_json())
    assert again == replace(found, timing_ms=0.0)
    np.testing.assert_array_equal(again.hypotheses[0].attention, found.hypotheses[0].attention)


def test_a_sound_longer_than_those_of_the_training_raises_a_warning(transcriber):
    assert any("trained on at most" in warning for warning in transcriber.transcribe(tone(seconds=12)).warnings)


@pytest.mark.parametrize(
    ("samples", "said"), [(np.zeros(RATE, np.float32), "nothing to be heard"), (tone(seconds=0.05), "lasts 0.05 s")]
)
def test_samples_that_hold_no_words_are_refused(transcriber, samples, said):
    with pytest.raises(AudioError, match=said):
        transcriber.transcribe(samples)


def test_a_stretch_holds_nine_tenths_of_the_weight_in_its_middle():
    assert stretch([0, 0, 1, 0]) == (2, 3)
    assert stretch([0.04, 0.46, 0.46, 0.04]) == (1, 3)
    assert stretch([1]) == (0, 1)


# --- the command line ---


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    place = tmp_path_factory.mktemp("files")
    (place / "beeps.wav").write_bytes(file_of(SOUND))
    (place / "stereo.flac").write_bytes(file_of(np.stack([tone(rate=48_000)] * 2, axis=1), 48_000, "FLAC"))
    (place / "text.wav").write_text("no sound at all")
    return place


def test_transcribe_writes_a_line_for_each_file(run, checkpoint, files, transcriber):
    names = [files / "beeps.wav", files / "stereo.flac"]
    code, output, said = run("transcribe", "--model", checkpoint, *names)
    assert (code, said) == (0, "")
    assert output.splitlines() == [transcriber.transcribe_file(path).target for path in names]


def test_transcribe_writes_json_on_request(run, checkpoint, files):
    code, output, _ = run("transcribe", "--model", checkpoint, "--json", "--beam-size", 1, files / "beeps.wav")
    values = json.loads(output)
    assert code == 0
    assert {"source", "seconds", "target", "words", "column_seconds", "hypotheses"} <= values.keys()


def test_a_file_that_cannot_be_heard_is_named_and_the_others_go_on(run, checkpoint, files):
    code, output, said = run("transcribe", "--model", checkpoint, files / "text.wav", files / "beeps.wav")
    assert code == 2
    assert len(output.split("\n")) == 3
    assert output.startswith("\n")
    assert said.startswith("s2s: text.wav cannot be read as sound")


def test_transcribe_refuses_a_model_of_texts(run, tiny_checkpoint, files):
    code, output, said = run("transcribe", "--model", tiny_checkpoint, files / "beeps.wav")
    assert (code, output) == (2, "")
    assert "tiny reads text" in said
