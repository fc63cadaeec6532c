"""Weights as a file holds them: rounded to 16 bits, or to 8 with a scale for each row."""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

NumberFormat = Literal["float32", "float16", "int8"]

LEVELS = 127
"""Steps of 8 bits between 0 and the largest number of a row."""
SCALE = ".scale"
"""What the name of a matrix has at its end where its scales stand."""
SMALLEST = 1e-30
"""What counts as more than 0 in a weight."""


def shrink(weights: Mapping[str, Tensor], number_format: NumberFormat) -> dict[str, Tensor]:
    """Round weights for a file.

    `int8` writes each matrix W [out, …] as round(127 W / m), m [out] the largest number of each row, and m / 127 beside
    it; what has no rows, such as a bias, is written in float16.
    """
    if number_format == "float32":
        return {name: value.float().contiguous() for name, value in weights.items()}
    if number_format == "float16":
        return {name: value.half().contiguous() for name, value in weights.items()}
    small: dict[str, Tensor] = {}
    for name, value in weights.items():
        if value.ndim < 2:
            small[name] = value.half()
            continue
        rows = value.float().flatten(1)
        scales = rows.abs().amax(dim=1).clamp(min=SMALLEST) / LEVELS
        small[name] = (rows / scales[:, None]).round().to(torch.int8).view(value.shape)
        small[name + SCALE] = scales
    return small


def restore(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What `shrink` wrote, in float32; copies, since what is loaded must not change when the file does.

    Raises:
        ValueError: a matrix in 8 bits lacks its scales.
    """
    scales = {name: f"{name}{SCALE}" for name, value in weights.items() if value.dtype == torch.int8}
    restored = {}
    for name in weights.keys() - scales.values():
        restored[name] = weights[name].to(torch.float32, copy=True)
        if name in scales:
            of_rows = weights.get(scales[name])
            if of_rows is None or of_rows.shape != weights[name].shape[:1]:
                raise ValueError(f"{name} is in 8 bits and lacks {scales[name]}, a number for each row")
            restored[name] *= of_rows.float().view(-1, *[1] * (weights[name].ndim - 1))
    return restored
