"""Two sections of a recipe, [data] and [training]; a default stands here and nowhere else."""

import math
import re
from dataclasses import dataclass, field
from typing import Literal

from s2s.config import Precision, Tokenizer, require, require_choices, require_seed
from s2s.errors import ConfigError

TaskKind = Literal["pairs", "reverse", "dates", "digits"]
ForcingSchedule = Literal["constant", "linear", "inverse-sigmoid"]


@dataclass(frozen=True, kw_only=True)
class CorpusConfig:
    """One set of pairs: a TSV file, or two files with a sentence a line, or a data set of the Hugging Face Hub."""

    file: str = ""
    """TSV, plain or gzip'd: source, tab, target; further columns are left aside."""
    source: str = ""
    target: str = ""
    """Two files, plain or gzip'd, with a sentence a line; with `hub`, the names of two columns (a.b: b inside a)."""
    hub: str = ""
    """OWNER/NAME of a data set; it is streamed (needs the `datasets` library)."""
    hub_subset: str = ""
    """Which of its subsets (the library calls them configurations), if it has several."""
    hub_split: str = "train"
    reverse: bool = False
    """Whether source and target change places."""
    simplified: bool = False
    """Whether Chinese is rewritten in simplified characters."""
    tag: str = ""
    """Text that stands before each source, such as the target language, for a model of several."""
    links: str = ""
    """Word alignments for guided attention: `0-0 1-2 …` for each pair, a line each (Pharaoh), before `reverse`."""
    held_out: bool = True
    """Whether pairs of it may be held out for validation and test; false for what is easier or stranger than the task,
    such as pairs that were made."""
    weight: float = 1.0
    """How often each pair is seen in one epoch; 0.5 shows a random half of them."""
    dialogue_end: str = ""
    """For dialogues, each pair a turn and its answer, in their order: a regular expression that is found in the last
    answer of one. Every other answer stands before the next source too (s2s/dialogue.py)."""
    share: tuple[float, ...] = (0.0, 1.0)
    """A part of it, from here up to there, of pairs or whole dialogues in an order drawn at random: 0, 0.1 is a tenth
    of them, and 0.1, 1 all others."""

    def __post_init__(self) -> None:
        sides = bool(self.source) + bool(self.target)
        whole = (self.file and not self.hub and sides == 0) or (not self.file and sides == 2)
        require(
            bool(whole), "a corpus is either a file, or source and target, or hub with the columns source and target"
        )
        require(0 < self.weight <= 1000, f"weight must be above 0 and at most 1000, got {self.weight}")
        require(
            len(self.share) == 2 and 0 <= self.share[0] < self.share[1] <= 1,
            f"share must be two numbers in 0 … 1, the smaller one first; got {list(self.share)}",
        )
        require(
            not (self.dialogue_end and (self.reverse or self.links)),
            "a corpus of dialogues (dialogue_end) can neither be turned round (reverse) nor have links",
        )
        try:
            re.compile(self.dialogue_end)
        except re.error as error:
            raise ConfigError(f"dialogue_end is no regular expression ({error}): {self.dialogue_end!r}") from None


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Where the pairs come from, and how they are split."""

    source_language: str
    target_language: str
    task: TaskKind = "pairs"
    """`pairs` reads corpora; `reverse` makes random strings and their reversals, `dates` dates and their ISO form,
    `digits` strings of spoken digits from clips of single ones."""
    audio: str = ""
    """A folder or a tar file of sounds, for speech: sources are then lines that name them (s2s/sounds.py)."""
    test_speakers: tuple[str, ...] = ()
    """Of `digits`: who is heard in the test, and in nothing else; without any, the test has clips that no other split
    has, of speakers that are known."""
    train: tuple[CorpusConfig, ...] = ()
    valid: tuple[CorpusConfig, ...] = ()
    test: tuple[CorpusConfig, ...] = ()
    """The corpora. Without `valid` or `test`, some groups of the training pairs are held out, which needs memory;
    with both, training corpora are streamed and may be larger than memory."""
    seen: tuple[CorpusConfig, ...] = ()
    """Corpora that the model's parent was trained on (`training.warm_start`): no text of theirs is held out."""
    faulty_lines: Literal["refuse", "skip"] = "refuse"
    """Whether a faulty line stops `prepare`, or is left out, counted and named."""
    max_characters: int = 2_000
    """Characters of a side; a longer line is faulty."""
    directory: str = "data"
    """Where `prepare` writes train.tsv, valid.tsv, test.tsv and the piece model."""
    pairs: int = 100_000
    """Pairs to make, for a made task."""
    valid_pairs: int = 2_000
    test_pairs: int = 2_000
    """Least size of the held-out splits; whole groups are held out (rows that share a source or a target)."""
    shared_targets: bool = False
    """Whether a held-out target may be one of training too, as answers are, which many sources share; a held-out source
    never is."""
    families: bool = False
    """Whether pairs about one thing, such as the packages of one program, are held out together (s2s/splits.py)."""
    max_length: int = 60
    """Pieces of a side, or frames of a sound; longer training pairs are left out, and counted."""
    augmentation: dict[str, float] = field(default_factory=dict)
    """Share of the training pairs that each kind of augmentation changes, anew in every epoch (s2s/augment.py)."""
    tokenize: Tokenizer = "13a"
    lowercase: bool = False
    """How BLEU is counted on the held-out splits."""
    licence: str = ""
    attribution: str = ""
    """Both are copied into the model card."""
    seed: int = 1

    def __post_init__(self) -> None:
        require(
            self.task != "pairs" or len(self.train) > 0,
            "data.train is empty: name at least one corpus, such as [[data.train]] file = …, or choose a made task "
            "(data.task)",
        )
        require(
            self.task != "digits" or bool(self.audio), "the task digits needs data.audio, the clips of single digits"
        )
        require(not self.audio or self.task in ("digits", "pairs"), f"data.audio is of no use for the task {self.task}")
        require_choices(self)
        require_seed(self.seed)
        for name in ("pairs", "valid_pairs", "test_pairs", "max_length", "max_characters"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """How long and how a model is trained."""

    directory: str = "runs"
    """Where the resumable state, the log and the checkpoint are kept."""
    warm_start: str = ""
    """A checkpoint folder to start from; the model must have the same shape."""
    parent_pieces: bool = True
    """Whether the pieces of `warm_start` are used as they are; else pieces are learnt from the recipe's own pairs, and
    begin with the weights of those that the parent writes them with."""
    max_epochs: int = 10
    patience: int | None = None
    """Validations without a better score after which the training stops early; None trains to the end."""
    batch_tokens: int = 1600
    """Target pieces of one update, with padding, all shards together."""
    shards: int = 2
    """Parts of an update that are computed side by side, each on one thread of the CPU."""
    precision: Precision = "auto"
    """Number format of the matrix products; `auto` is bfloat16 where that is quicker; float16 needs CUDA."""
    learning_rate: float = 1.5e-3
    """The highest one, reached after the warm-up; it then falls along a cosine."""
    warmup_updates: int = 400
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    gradient_norm: float = 1.0
    """Gradients longer than this are scaled down (Pascanu 2013)."""
    piece_sampling: float = 0.0
    """Subword regularisation: 0 always cuts words the likeliest way; else α of Kudo 2018, such as 0.3 (the smaller,
    the wilder). Needs `unigram` pieces."""
    teacher_forcing: float = 1.0
    """Share of the decoder's inputs that are the right pieces at the end of training; the others are the model's own
    (scheduled sampling, Bengio 2015), which needs a loop over the steps."""
    forcing_schedule: ForcingSchedule = "linear"
    """How that share falls from 1."""
    guided_attention: float = 0.0
    """Weight of the loss that pulls attention to the corpora's `links` (Chen 2016)."""
    coverage_loss: float = 0.0
    """Weight of the loss on looking twice at the same source pieces (See et al. 2017, equation 13)."""
    average_decay: float = 0.998
    """The saved weights are a moving average of the trained ones, with this decay an update."""
    validate_updates: int = 1000
    """Updates between two looks at the validation pairs."""
    save_minutes: float = 3.0
    tensorboard: bool = False
    """Whether losses and scores are also written for TensorBoard (needs the `tensorboard` library)."""
    seed: int = 1

    def __post_init__(self) -> None:
        require_choices(self)
        require_seed(self.seed)
        for name in ("max_epochs", "batch_tokens", "shards", "validate_updates"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, got {getattr(self, name)}")
        require(self.patience is None or self.patience >= 1, f"patience must be at least 1, got {self.patience}")
        for name in ("learning_rate", "gradient_norm", "save_minutes"):
            value = getattr(self, name)
            require(0 < value < math.inf, f"{name} must be a number above 0, got {value}")
        for name in ("label_smoothing", "average_decay"):
            require(0 <= getattr(self, name) < 1, f"{name} must be in [0, 1), got {getattr(self, name)}")
        require(0 <= self.teacher_forcing <= 1, f"teacher_forcing must be in [0, 1], got {self.teacher_forcing}")
        for name in ("piece_sampling", "guided_attention", "weight_decay"):
            value = getattr(self, name)
            require(0 <= value < math.inf, f"{name} must be a number of at least 0, got {value}")
