"""On whose behalf a checkpoint is fetched: what may be seen, how much may come, and where it is kept."""

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Access:
    """What a fetch may do."""

    token: bool | None
    """None: the Hub is told the account of this machine; False: it is not, and shows what is public alone."""
    largest: int
    """Most bytes of one file."""
    cache: str
    """The cache's name. What the account of this machine fetched is not there for strangers."""


OWNER = Access(None, 200 * MEGABYTE, "s2s-attention")
"""Whoever runs this program."""
STRANGER = Access(False, 50 * MEGABYTE, "s2s-attention-visitors")
"""Whoever opens its page."""
