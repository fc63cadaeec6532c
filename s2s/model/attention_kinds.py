"""The kinds of attention: each one's score, as its paper writes it."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from s2s.config import ModelConfig, require
from s2s.model.additive import additive_scores
from s2s.model.attention import Attention, Memory, NoAttention, State, average, instead, softmax


class Bahdanau(Attention):
    """e_ti = v · tanh(W q_t + U h_i) (Bahdanau et al. 2015, appendix A.1.2), with a bias beside U h_i."""

    def __init__(self, query_size: int, memory_size: int) -> None:
        """Build the score for queries of `query_size` and states of `memory_size`."""
        super().__init__()
        self.query = nn.Linear(query_size, query_size, bias=False)
        self.key = nn.Linear(memory_size, query_size)
        self.vector = nn.Linear(query_size, 1, bias=False)

    def project(self, states: Tensor) -> Tensor:
        """U h_i."""
        keys: Tensor = self.key(states)
        return keys

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """The vector v · tanh(W q_t + keys)."""
        return additive_scores(self.query(query), keys, self.vector.weight[0])


class LuongDot(Attention):
    """e_ti = q_t · h_i (Luong et al. 2015, equation 8, dot)."""

    def __init__(self, query_size: int, memory_size: int) -> None:
        """Check that queries and states can be multiplied."""
        super().__init__()
        require(
            query_size == memory_size,
            f"a dot product needs queries and states of the same size, got {query_size} and {memory_size}: "
            "choose luong-general, luong-concat or bahdanau",
        )

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """q_t · h_i."""
        return torch.bmm(query, keys.transpose(1, 2).to(query.dtype))


class ScaledDot(LuongDot):
    """e_ti = q_t · h_i / sqrt(d), with d numbers in q_t (Vaswani et al. 2017, equation 1, with a single head)."""

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """q_t · h_i / sqrt(d)."""
        return super().score(query * query.shape[2] ** -0.5, keys)


class LuongGeneral(LuongDot):
    """e_ti = q_t · W h_i (Luong et al. 2015, equation 8, general)."""

    def __init__(self, query_size: int, memory_size: int) -> None:
        """Build the score for queries of `query_size` and states of `memory_size`."""
        super().__init__(query_size, query_size)
        self.key = nn.Linear(memory_size, query_size, bias=False)

    def project(self, states: Tensor) -> Tensor:
        """W h_i."""
        keys: Tensor = self.key(states)
        return keys


class LuongConcat(Attention):
    """e_ti = v · tanh(W [q_t; h_i]) (Luong et al. 2015, equation 8, concat).

    W = [W_q W_h], so that W [q_t; h_i] = W_q q_t + W_h h_i, and W_h h_i is the same at every step.
    """

    def __init__(self, query_size: int, memory_size: int) -> None:
        """Build the score for queries of `query_size` and states of `memory_size`."""
        super().__init__()
        self.both = nn.Linear(query_size + memory_size, query_size, bias=False)
        self.vector = nn.Linear(query_size, 1, bias=False)

    def project(self, states: Tensor) -> Tensor:
        """W_h h_i."""
        return functional.linear(states, self.both.weight[:, -states.shape[2] :])

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """The vector v · tanh(W_q q_t + keys)."""
        queries = functional.linear(query, self.both.weight[:, : query.shape[2]])
        return additive_scores(queries, keys, self.vector.weight[0])


class LookingBack(Bahdanau):
    """The frame of the kinds whose score reads where the steps before looked: one row of numbers [B, S] is handed on.

    The steps are taken one after the other; queries are known before, so that the layers around stay whole.
    """

    def seen(self, before: Tensor) -> Tensor:
        """What the score adds for `before` [N, S], [N, S, A]."""
        raise NotImplementedError

    def after(self, before: Tensor, weights: Tensor) -> Tensor:
        """What the next step finds, [N, S], once this one's `weights` [N, S] are known."""
        raise NotImplementedError

    def forward(self, query: Tensor, memory: Memory, before: State = ()) -> tuple[Tensor, Tensor | None, State]:
        """Weigh step by step, since each step reads what those before it hand on."""
        (looked,) = before
        of = torch.arange(len(memory.mask), device=query.device).repeat_interleave(len(query) // len(memory.mask))
        states, keys, mask, *_ = memory.select(of)  # each hypothesis has looked elsewhere
        rows = []
        for wanted in self.query(query).split(1, dim=1):  # W q_t, [N, 1, A]
            scores = self.vector(torch.tanh(wanted + keys + self.seen(looked))).transpose(1, 2)
            rows.append(instead(softmax(scores, mask), memory.given))
            looked = self.after(looked, rows[-1].squeeze(1))
        every = torch.cat(rows, dim=1)
        return average(every, states), every, (looked,)


class Coverage(LookingBack):
    """e_ti = v · tanh(W q_t + U h_i + w_c c_ti), c_t = Σ_{t' < t} a_t' (See et al. 2017, equations 10 and 11).

    The coverage c_t says how much each position was looked at so far; c_0 is 0.
    """

    def __init__(self, query_size: int, memory_size: int) -> None:
        """Build the score for queries of `query_size` and states of `memory_size`."""
        super().__init__(query_size, memory_size)
        self.covered = nn.Linear(1, query_size, bias=False)

    def start(self, memory: Memory) -> State:
        """Nothing was looked at, [B, S]."""
        return (memory.states.new_zeros(memory.mask.shape, dtype=self.covered.weight.dtype),)

    def seen(self, before: Tensor) -> Tensor:
        """w_c c_ti."""
        covered: Tensor = self.covered(before[:, :, None])
        return covered

    def after(self, before: Tensor, weights: Tensor) -> Tensor:
        """c_{t+1} = c_t + a_t."""
        return before + weights


class Location(LookingBack):
    """e_ti = v · tanh(W q_t + U h_i + L f_ti), f_t = F * a_{t-1} (Chorowski et al. 2015, equations 8 and 9).

    The filters F see where the step before looked, which tells like sounds or words at different places apart.
    Chorowski writes w, V, U, b where this module, after Bahdanau, writes v, U, L and the bias beside U h_i. a_0 is 1 at
    the first position: the paper leaves it open, and the authors' own code (attention-lvcsr) has it so.
    """

    def __init__(self, query_size: int, memory_size: int, filters: int, width: int) -> None:
        """Build the score with `filters` filters that see `width` positions, an odd number."""
        super().__init__(query_size, memory_size)
        self.filters = nn.Conv1d(1, filters, width, padding=width // 2, bias=False)
        self.location = nn.Linear(filters, query_size, bias=False)

    def start(self, memory: Memory) -> State:
        """The weights a_0 [B, S]."""
        first = torch.arange(memory.mask.shape[1], device=memory.mask.device) == 0
        return (first.to(memory.states.dtype).expand(memory.mask.shape),)

    def seen(self, before: Tensor) -> Tensor:
        """L f_t."""
        located: Tensor = self.location(self.filters(before[:, None, :]).transpose(1, 2))
        return located

    def after(self, before: Tensor, weights: Tensor) -> Tensor:
        """The weights a_t."""
        return weights


def build_attention(config: ModelConfig) -> Attention:
    """The attention of `config`; queries and encoder states have its `hidden_size`."""
    sizes = config.hidden_size, config.hidden_size
    match config.attention:
        case "none":
            return NoAttention()
        case "bahdanau":
            return Coverage(*sizes) if config.coverage else Bahdanau(*sizes)
        case "luong-dot":
            return LuongDot(*sizes)
        case "luong-general":
            return LuongGeneral(*sizes)
        case "luong-concat":
            return LuongConcat(*sizes)
        case "scaled-dot":
            return ScaledDot(*sizes)
        case "location":
            return Location(*sizes, config.location_filters, config.location_width)
