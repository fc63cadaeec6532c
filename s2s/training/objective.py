"""What is made small: label-smoothed cross-entropy, and, where the recipe asks, the distance to given alignments."""

import torch
from torch import Tensor

from s2s.config import Precision
from s2s.data import Batch
from s2s.device import autocast
from s2s.model import Seq2Seq
from s2s.training.loss import smoothed_cross_entropy


def objective(
    model: Seq2Seq,
    batch: Batch,
    generator: torch.Generator | None,
    *,
    label_smoothing: float = 0.0,
    forcing_share: float = 1.0,
    guided_attention: float = 0.0,
    precision: Precision = "auto",
) -> Tensor:
    """The loss in nats, summed over the target pieces of `batch`.

    Cross-entropy with label smoothing (Szegedy 2016), and `guided_attention` times
    −Σ_t Σ_i A_ti log a_ti (Chen 2016, equation 10), where A are the batch's links and a the attention.

    Args:
        model: what is trained.
        batch: some pairs.
        generator: for dropout and for scheduled sampling; None means validation.
        label_smoothing: share of the probability that is spread over all pieces.
        forcing_share: share of right pieces among the decoder's inputs.
        guided_attention: weight of the second term.
        precision: number format of the matrix products.
    """
    with autocast(batch.source.device, precision):
        if generator is None or forcing_share == 1:
            features, attention = model(batch.source, batch.source_mask, batch.target, generator)
        else:
            features, attention = model.free_running(
                batch.source, batch.source_mask, batch.target, forcing_share, generator
            )
        loss = smoothed_cross_entropy(
            features[batch.target_mask],
            model.embedding.weight,
            model.output_bias,
            batch.target[batch.target_mask],
            label_smoothing,
        )
    if guided_attention and batch.links is not None and attention is not None:
        tiny = torch.finfo(torch.float32).tiny
        loss = loss - guided_attention * (batch.links * attention.float().clamp(min=tiny).log()).sum()
    return loss
