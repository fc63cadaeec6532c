"""Search: from an encoded source to the best targets found.

One generator is underneath everything: it takes one step of all hypotheses of a batch and yields its growing trace.
Streaming reads the best hypothesis so far out of it; a plain call drains it; who closes it stops the search at the next
step. What a search knows is ids and numbers, no text.
"""

from s2s.search.deadline import Deadline
from s2s.search.rules import NO_RULES, Rules, Stem
from s2s.search.shared import SharedSearch
from s2s.search.steps import search
from s2s.search.trace import Found, Node, Trace

__all__ = ["NO_RULES", "Deadline", "Found", "Node", "Rules", "SharedSearch", "Stem", "Trace", "search"]
