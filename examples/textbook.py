"""The textbook's encoder-decoder on continuous vectors, first with one fixed context, then with attention.

The encoder reads x_1 … x_n into states h_1 … h_n. The decoder writes y_1 … y_m, each from the right ones before it
(teacher forcing) and a context: the fixed c in which the reading ended (Cho et al. 2014), or, with attention, a
c_t = sum_i a_ti h_i of its own at every step (Bahdanau et al. 2015). Here y is x backwards.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the package, when it is not installed

import torch
from torch import Tensor
from torch.nn import functional

from s2s.config import ModelConfig
from s2s.model import Decoder, Encoder, build_decoder

BATCH, STEPS, SIZE, HIDDEN = 16, 20, 10, 32


def waves() -> Tensor:
    """A batch of random sine waves, [B, S, size]."""
    pace, phase = torch.rand(2, BATCH, 1, SIZE)
    return torch.sin(pace * torch.arange(STEPS)[:, None] + 6 * phase)


def predict(encoder: Encoder, decoder: Decoder, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor | None]:
    """Each y_t, in (-1, 1), from x and y_1 … y_{t-1}: [B, T, size]; with attention also its weights a_ti [B, T, S]."""
    mask = torch.ones(x.shape[:2], dtype=torch.bool)  # no padding
    h, c, mask = encoder(x, mask)
    memory = decoder.memory(h, c, mask)
    y_before = functional.pad(y[:, :-1], (0, 0, 1, 0))  # y_0 = 0, y_1 … y_{m-1}
    predicted, attention, _ = decoder(y_before, decoder.start(memory), memory)
    return predicted, attention


for kind in ("none", "bahdanau"):
    torch.manual_seed(0)
    config = ModelConfig(cell="gru", attention=kind, wiring="input-feeding", embedding_size=SIZE, hidden_size=HIDDEN)
    encoder, decoder = Encoder(config), build_decoder(config)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.01)
    for _ in range(40):
        x = waves()
        y = x.flip(1)
        predicted, attention = predict(encoder, decoder, x, y)
        loss = functional.mse_loss(predicted, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"attention {kind}: loss {loss.item():.2f}")
    print(predicted.shape)
    if attention is not None:
        print(attention.shape)
