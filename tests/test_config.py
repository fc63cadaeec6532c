"""Configuration: what is wrong is named, what is right comes back as it was."""

import json
import re
import typing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.config import AttentionKind, CellKind, ModelConfig, SearchConfig, TextConfig, from_plain, to_plain
from s2s.errors import ConfigError
from s2s.recipe import Recipe, load_recipe
from s2s.recipe_sections import CorpusConfig, DataConfig, TrainingConfig

RECIPES = sorted((Path(__file__).parents[1] / "recipes").glob("*.toml"))
SMALL = """
name = "small"
[data]
source_language = "en"
target_language = "fr"
[[data.train]]
file = "pairs.tsv"
"""
LANGUAGES = {"source_language": "en", "target_language": "fr"}


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_an_unknown_key_names_the_nearest_one():
    with pytest.raises(ConfigError, match=r"model\.hiden_size; did you mean hidden_size\?"):
        from_plain(ModelConfig, {"hiden_size": 3}, "model.")


def test_an_unknown_key_like_no_other_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"unknown setting xyz; known: .*beam_size"):
        from_plain(SearchConfig, {"xyz": 3})


@pytest.mark.parametrize(
    ("kind", "values", "named"),
    [
        (ModelConfig, {"hidden_size": "12"}, "hidden_size must be of type int, got '12'"),
        (ModelConfig, {"hidden_size": 12.0}, "hidden_size must be of type int"),
        (ModelConfig, {"hidden_size": True}, "hidden_size must be of type int"),
        (ModelConfig, {"bidirectional": 1}, "bidirectional must be of type bool"),
        (ModelConfig, {"dropout": "0.1"}, "dropout must be of type float"),
        (ModelConfig, {"dropout": True}, "dropout must be of type float"),
        (ModelConfig, {"cell": "GRU"}, "cell must be one of rnn, lstm, gru, got 'GRU'"),
        (ModelConfig, {"cell": ["gru"]}, "cell must be one of"),
        (SearchConfig, {"max_length": "3"}, "max_length must be of type int"),
        (DataConfig, LANGUAGES | {"train": "a.tsv"}, "train must be a list, got 'a.tsv'"),
        (DataConfig, LANGUAGES | {"train": {"file": "a.tsv"}}, "train must be a list"),
        (DataConfig, LANGUAGES | {"train": ["a.tsv"]}, "train must be a table, got 'a.tsv'"),
        (DataConfig, LANGUAGES | {"train": [{"file": 1}]}, "train.file must be of type str, got 1"),
        (DataConfig, LANGUAGES | {"train": [{"fil": "a"}]}, "unknown setting train.fil; did you mean file?"),
        (DataConfig, LANGUAGES | {"augmentation": ["typos"]}, "augmentation must be a table"),
        (DataConfig, LANGUAGES | {"faulty_lines": "ignore"}, "faulty_lines must be one of refuse, skip, got 'ignore'"),
        (TrainingConfig, {"precision": "int8"}, "precision must be one of auto, float32, bfloat16, float16"),
        (TrainingConfig, {"forcing_schedule": "step"}, "forcing_schedule must be one of constant, linear, inverse-sig"),
        (TrainingConfig, {"patience": 1.5}, "patience must be of type int"),
        (Recipe, {"name": "x", "data": 3}, "data must be a table"),
    ],
)
def test_a_wrong_type_is_named(kind, values, named):
    with pytest.raises(ConfigError, match=re.escape(named)):
        from_plain(kind, values)


def test_a_missing_setting_is_named_with_its_section():
    with pytest.raises(ConfigError, match=r"data\.target_language is missing"):
        from_plain(Recipe, {"name": "x", "data": {"source_language": "en"}})


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (TextConfig, {"vocabulary_size": 7}),
        (TextConfig, {"character_coverage": 1.1}),
        (ModelConfig, {"embedding_size": 0}),
        (ModelConfig, {"decoder_layers": 0}),
        (ModelConfig, {"dropout": 1.0}),
        (ModelConfig, {"dropout": -0.1}),
        (ModelConfig, {"dropout": float("nan")}),
        (ModelConfig, {"bidirectional": True, "hidden_size": 7}),
        (TrainingConfig, {"shards": 0}),
        (TrainingConfig, {"learning_rate": 0.0}),
        (TrainingConfig, {"learning_rate": float("nan")}),
        (TrainingConfig, {"label_smoothing": 1.0}),
        (TrainingConfig, {"average_decay": -0.1}),
        (TrainingConfig, {"patience": 0}),
        (TrainingConfig, {"teacher_forcing": 1.1}),
        (TrainingConfig, {"teacher_forcing": float("nan")}),
        (TrainingConfig, {"piece_sampling": -0.1}),
        (TrainingConfig, {"guided_attention": -1.0}),
        (TrainingConfig, {"weight_decay": -0.1}),
        (TrainingConfig, {"save_minutes": 0.0}),
        (CorpusConfig, {"file": "a.tsv", "weight": 0.0}),
        (CorpusConfig, {"file": "a.tsv", "weight": float("nan")}),
        (SearchConfig, {"beam_size": 0}),
        (SearchConfig, {"beam_size": 65}),
        (SearchConfig, {"beam_size": 2, "n_best": 3}),
        (SearchConfig, {"n_best": 0}),
        (SearchConfig, {"alternatives": 51}),
        (SearchConfig, {"max_length": 0}),
        (DataConfig, LANGUAGES | {"task": "reverse", "pairs": 0}),
        (DataConfig, LANGUAGES | {"task": "reverse", "valid_pairs": 0}),
        (DataConfig, LANGUAGES | {"task": "reverse", "max_characters": 0}),
    ],
)
def test_a_value_out_of_bounds_is_named(kind, values):
    named = list(values)[-1]
    with pytest.raises(ConfigError, match=f"{named} must"):
        kind(**values)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (CorpusConfig, {"file": "a.tsv", "weight": float("inf")}),
        (TrainingConfig, {"learning_rate": float("inf")}),
        (TrainingConfig, {"seed": -1}),
        (TrainingConfig, {"seed": 1_700_000_000_000}),
        (TrainingConfig, {"precision": "int8"}),
        (TrainingConfig, {"forcing_schedule": "step"}),
        (DataConfig, LANGUAGES | {"task": "sort"}),
        (DataConfig, LANGUAGES | {"task": "reverse", "seed": -1}),
        (TextConfig, {"piece_kind": "word"}),
    ],
)
def test_a_value_that_no_training_can_use_is_named(kind, values):
    with pytest.raises(ConfigError, match=list(values)[-1]):
        kind(**values)


def test_a_task_of_pairs_needs_a_corpus():
    with pytest.raises(ConfigError, match=r"data\.train is empty: name at least one corpus"):
        DataConfig(**LANGUAGES)


@pytest.mark.parametrize(
    "corpus",
    [
        {"file": "a.tsv"},
        {"file": "a.tsv.gz", "links": "a.links"},
        {"source": "a.en", "target": "a.fr"},
        {"hub": "owner/name", "source": "translation.en", "target": "translation.fr", "hub_split": "test"},
    ],
)
def test_a_corpus_is_a_file_or_two_files_or_a_data_set(corpus):
    assert from_plain(CorpusConfig, corpus) == CorpusConfig(**corpus)


@pytest.mark.parametrize(
    "corpus",
    [
        {},
        {"links": "a.links"},
        {"source": "a.en"},
        {"target": "a.fr"},
        {"file": "a.tsv", "source": "a.en"},
        {"file": "a.tsv", "source": "a.en", "target": "a.fr"},
        {"file": "a.tsv", "hub": "owner/name"},
        {"hub": "owner/name"},
        {"hub": "owner/name", "source": "en"},
        {"hub": "owner/name", "file": "a.tsv", "source": "en", "target": "fr"},
    ],
)
def test_a_corpus_that_is_none_or_two_at_once_is_refused(corpus):
    with pytest.raises(ConfigError, match="a corpus is either a file, or source and target, or hub with the columns"):
        CorpusConfig(**corpus)


@pytest.mark.parametrize("name", ["piece_sampling", "guided_attention", "weight_decay"])
def test_an_infinite_number_is_refused(name):
    with pytest.raises(ConfigError, match=name):
        TrainingConfig(**{name: float("inf")})


def test_guided_attention_needs_links(recipe):
    links = '[{file="a.tsv"}, {file="b.tsv", links="b.links"}]'
    assert load_recipe(recipe, ("training.guided_attention=1", f"data.train={links}"))
    with pytest.raises(ConfigError, match="links"):
        load_recipe(recipe, ("training.guided_attention=1",))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (("training.piece_sampling=0.2", "text.piece_kind=bpe"), "piece_sampling = 0.2 needs .*unigram, got bpe"),
        (("training.guided_attention=1", "model.attention=none"), "guided_attention needs a model with attention"),
        (("training.coverage_loss=1", "model.attention=none"), "coverage_loss needs a model with attention"),
        (("task=speech",), "task = speech follows from data.audio: leave it out"),
    ],
)
def test_settings_that_do_not_go_together_are_named(recipe, settings, named):
    with pytest.raises(ConfigError, match=named):
        load_recipe(recipe, settings)


def test_an_odd_hidden_size_is_fine_in_one_direction():
    assert ModelConfig(hidden_size=7, bidirectional=False).hidden_size == 7


def test_a_whole_number_is_taken_for_a_real_one():
    value = from_plain(TrainingConfig, {"learning_rate": 1}).learning_rate
    assert value == 1.0
    assert isinstance(value, float)


sizes = st.integers(1, 64)
short_text = st.text(max_size=5)
model_configs = st.builds(
    ModelConfig,
    vocabulary_size=sizes,
    cell=st.sampled_from(typing.get_args(CellKind)),
    attention=st.sampled_from(typing.get_args(AttentionKind)),
    hidden_size=sizes.map(lambda half: 2 * half),
    encoder_layers=sizes,
    bidirectional=st.booleans(),
    dropout=st.floats(0, 1, exclude_max=True),
)
search_configs = st.builds(
    SearchConfig, beam_size=st.integers(3, 64), n_best=st.integers(1, 3), max_length=st.none() | sizes
)
recipes = st.builds(
    Recipe,
    name=st.from_regex(r"\w[\w.-]*", fullmatch=True),
    data=st.builds(
        DataConfig,
        source_language=short_text,
        target_language=short_text,
        train=st.lists(
            st.builds(CorpusConfig, file=st.just("a"), links=short_text, weight=st.floats(0.1, 9)),
            min_size=1,
            max_size=3,
        ).map(tuple),
        augmentation=st.dictionaries(short_text, st.floats(0, 1), max_size=2),
        faulty_lines=st.sampled_from(["refuse", "skip"]),
    ),
    model=model_configs,
    training=st.builds(TrainingConfig, patience=st.none() | sizes, tensorboard=st.booleans()),
)


@given(model_configs | search_configs | recipes)
def test_a_round_trip_through_json_changes_nothing(config):
    assert from_plain(type(config), json.loads(json.dumps(to_plain(config)))) == config


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_of_the_repository_loads(path):
    assert load_recipe(path).name == path.stem


def test_defaults_fill_what_a_recipe_leaves_out(recipe):
    loaded = load_recipe(recipe)
    assert loaded.model == ModelConfig()
    assert loaded.training == TrainingConfig()
    assert loaded.data.train == (CorpusConfig(file="pairs.tsv"),)
    assert loaded.data.valid == loaded.data.test == ()


@pytest.mark.parametrize(
    ("setting", "read"),
    [
        ("model.hidden_size=12", lambda recipe: recipe.model.hidden_size == 12),
        ("training.learning_rate = 1e-2", lambda recipe: recipe.training.learning_rate == 0.01),
        ("model.bidirectional=false", lambda recipe: recipe.model.bidirectional is False),
        ("model.cell=lstm", lambda recipe: recipe.model.cell == "lstm"),
        ('model.cell="lstm"', lambda recipe: recipe.model.cell == "lstm"),
        (
            'data.train=[{file="a.tsv"}, {source="a.en", target="a.fr", weight=2}]',
            lambda recipe: [corpus.weight for corpus in recipe.data.train] == [1.0, 2.0],
        ),
        ("data.augmentation.typos=0.1", lambda recipe: recipe.data.augmentation == {"typos": 0.1}),
        ("training.patience=3", lambda recipe: recipe.training.patience == 3),
        ("description=a=b", lambda recipe: recipe.description == "a=b"),
    ],
)
def test_a_setting_replaces_what_the_recipe_says(recipe, setting, read):
    assert read(load_recipe(recipe, (setting,)))


def test_the_last_of_two_settings_counts(recipe):
    assert load_recipe(recipe, ("training.seed=2", "training.seed=3")).training.seed == 3


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("model.hidden_size", "section.key=value"),
        ("model.hiden_size=3", "did you mean hidden_size"),
        ("modle.hidden_size=3", "did you mean model"),
        ("model.hidden_size=large", "must be of type int"),
        ("training=3", "training must be a table"),
        ("=3", "unknown setting"),
        ("name.key=3", "name"),
    ],
)
def test_a_wrong_setting_is_named(recipe, setting, named):
    with pytest.raises(ConfigError, match=named):
        load_recipe(recipe, (setting,))


def test_a_missing_recipe_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_recipe(tmp_path / "none.toml")


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe"])
def test_a_recipe_that_is_no_toml_is_named(tmp_path, content):
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"broken\.toml is not valid TOML"):
        load_recipe(path)


def test_a_search_allows_twice_the_source_and_ten_more():
    assert SearchConfig().limit(7) == 24
    assert SearchConfig(max_length=3).limit(7) == 3
