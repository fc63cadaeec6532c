"""Every error that a user can cause, in one small tree.

S2SError
├── ConfigError      a setting or a recipe is wrong
├── DataError        a data file is wrong
├── TextError        a text cannot be taken as it is
├── AudioError       a sound cannot be listened to
├── CheckpointError  a model folder cannot be loaded or written
├── HubError         a model cannot be fetched from the Hub, or sent there
│   └── UnreachableError  the Hub does not answer
├── TrainingError    a training cannot start or go on
└── DeadlineError    a request took longer than it may

A message says what was expected, what was found and what to do next. The page shows it as it is; the command line
prints it without a traceback and exits with 2.
"""


class S2SError(Exception):
    """Base of all errors that are the user's to mend."""


class ConfigError(S2SError):
    """A setting or a recipe is wrong."""


class DataError(S2SError):
    """A data file is missing or malformed."""


class TextError(S2SError):
    """A text is empty, too long, or holds what is no text."""


class AudioError(S2SError):
    """A sound is damaged, too short, too long or silent."""


class CheckpointError(S2SError):
    """A model folder is missing, damaged or of another format."""


class HubError(S2SError):
    """A model cannot be fetched from the Hub, or sent there."""


class UnreachableError(HubError):
    """The Hub does not answer: no network, a stalled connection, a fault of its own."""


class TrainingError(S2SError):
    """A training cannot start or go on."""


class DeadlineError(S2SError):
    """A request took longer than it may."""
