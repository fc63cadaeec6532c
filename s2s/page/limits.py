"""Every limit of the page in one place: how much a stranger may ask of it, by whichever door.

What the package itself limits (a text, a file, a saved translation) is named here by its own constant, so that this is
the whole list; `docs/trust.md` has it as a table, with what one sees past each limit. What the environment may change
is the default of a setting (settings.py).
"""

from dataclasses import dataclass

from s2s.documents import MOST_BYTES as FILE_BYTES
from s2s.downloads.reading import MOST_BYTES as SAVED_BYTES
from s2s.hub import STRANGER
from s2s.inside.branches import MOST_BRANCHES
from s2s.inside.explanation import MOST_PIECES as EXPLAINED_PIECES
from s2s.intake import MAX_CHARACTERS, MAX_PIECES


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most that is taken, kept or waited for."""

    # What is asked
    characters: int = MAX_CHARACTERS
    """Of a text, a beginning, a translation of one's own, each."""
    turn_characters: int = 500
    """Of a turn of a dialogue; of the answer before it, so many at its end are read."""
    turns: int = 100
    """Of a dialogue, those of both sides."""
    pieces: int = MAX_PIECES
    """Of one sentence, on either side, once it is cut into pieces."""
    beam_size: int = 10
    """Hypotheses of a search."""
    alternatives: int = 50
    """Next pieces that a program is told."""
    branches: int = MOST_BRANCHES
    """Translations of one sentence in Look inside."""
    explained_pieces: int = EXPLAINED_PIECES
    """Of either side of what is explained by gradients."""
    weighed_pieces: int = 100
    """Of either side of a pair whose words are linked by the posterior: 4.4 s of a core for 97 and 88."""
    file_bytes: int = FILE_BYTES
    """Of a file to translate."""
    saved_bytes: int = SAVED_BYTES
    """Of a saved translation that is opened again."""

    # How it comes
    page_body_bytes: int = 12_000_000
    """Of a request of the page: a saved translation travels as JSON in JSON."""
    body_bytes: int = 64_000
    """Of a request of a program: the longest text, each character of it spelled as an escape, and room."""
    bodies_bytes: int = 100_000_000
    """Of all bodies that are being received at the same time."""
    body_seconds: float = 30.0
    """Until a whole body has come."""
    address_bytes: int = 4_000
    """Of a path with its parameters."""
    depth: int = 40
    """Of lists in lists in a request."""
    session_name: int = 64
    """Characters of what a visit calls itself."""

    # How long it takes
    seconds: float = 30.0
    """Until a request is given up: S2S_TIMEOUT_SECONDS."""
    file_seconds: float = 600.0
    """Until the rest of a file is left as it is."""

    # How many at the same time
    workers: int = 16
    """Requests at work: S2S_WORKERS."""
    waiting: int = 64
    """Requests that wait: S2S_WAITING."""
    waiting_share: float = 0.5
    """Of the places to wait that one address may hold, so that nobody fills them all."""
    direct: int = 16
    """Requests at work that wait for nobody: the list of models, and MCP's own talk."""
    streams: int = 4_000
    """Answers that are being sent, with those that only say that a visit goes on."""

    # What is kept
    sessions: int = 500
    """Visits whose last answer is kept, to be looked at in other ways."""
    session_seconds: float = 600.0
    """For which it is kept when the visit has ended."""
    unread_seconds: float = 60.0
    """For which an answer is kept that nobody fetches."""
    unread_messages: int = 400
    """Parts of answers that wait for a visitor who reads more slowly than the model writes."""

    # Models of the Hub
    visitor_models: int = 4
    """That visitors added, at work at the same time: S2S_VISITOR_MODELS."""
    models_at_once: int = 4
    """On their way at the same time: so many of the server's own, and so many of those that visitors add."""
    model_name: int = 300
    """Characters of a name that a visitor types; no name on the Hub, with its revision, has as many."""
    model_title: int = 80
    """Characters of what a model says of itself: it may come from anybody."""
    model_bytes: int = STRANGER.largest
    """Of the weights of a model that a visitor adds."""
    model_failures: int = 100
    """Names added in vain that are remembered, with the reason."""


LIMITS = Limits()
"""Those of this server."""
