"""What is made small: label-smoothed cross-entropy, and what a recipe adds to it about the attention."""

import torch
from torch import Tensor

from s2s.data import Batch
from s2s.device import autocast
from s2s.model import Seq2Seq
from s2s.training.loss import Copying, smoothed_cross_entropy


def objective(
    model: Seq2Seq,
    batch: Batch,
    generator: torch.Generator | None,
    *,
    label_smoothing: float = 0.0,
    forcing_share: float = 1.0,
    guided_attention: float = 0.0,
    coverage_loss: float = 0.0,
    number_format: torch.dtype = torch.float32,
) -> Tensor:
    """The loss in nats, summed over the target pieces of `batch`.

    Cross-entropy with label smoothing (Szegedy 2016); `guided_attention` times −Σ_t Σ_i A_ti log a_ti (Chen 2016,
    equation 10), where A are the batch's links and a the attention; and `coverage_loss` times
    Σ_t Σ_i min(a_ti, Σ_{t' < t} a_t'i) (See et al. 2017, equation 13).

    Args:
        model: what is trained.
        batch: some pairs.
        generator: for dropout and for scheduled sampling; None means validation.
        label_smoothing: share of the probability that is spread over all pieces.
        forcing_share: share of right pieces among the decoder's inputs.
        guided_attention: weight of the second term.
        coverage_loss: weight of the third term.
        number_format: of the matrix products.
    """
    with autocast(batch.source.device, number_format):
        if generator is None or forcing_share == 1:
            features, attention = model(batch.source, batch.source_mask, batch.target, generator)
        else:
            features, attention = model.free_running(
                batch.source, batch.source_mask, batch.target, forcing_share, generator
            )
        size = model.config.embedding_size
        written = features[batch.target_mask]
        loss = smoothed_cross_entropy(
            written[:, :size],
            model.embedding.weight,
            model.output_bias,
            batch.target[batch.target_mask],
            label_smoothing,
            None if attention is None or not model.config.copy else _copying(written[:, size], attention, batch),
        )
    if guided_attention and batch.links is not None and attention is not None:
        tiny = torch.finfo(torch.float32).tiny
        loss = loss - guided_attention * (batch.links * attention.float().clamp(min=tiny).log()).sum()
    if coverage_loss and attention is not None:
        loss = loss + coverage_loss * _looked_at_twice(attention, batch.target_mask)
    return loss


def _copying(gate: Tensor, attention: Tensor, batch: Batch) -> Copying:
    """What the pieces of `batch` need, one after the other, to be copied."""
    same = batch.target[:, :, None] == batch.source[:, None, :]
    copied = attention.masked_fill(~same, 0).sum(dim=-1)
    return Copying(gate, copied[batch.target_mask])


def _looked_at_twice(attention: Tensor, target_mask: Tensor) -> Tensor:
    """Σ_t Σ_i min(a_ti, c_ti), with the coverage c_ti = Σ_{t' < t} a_t'i."""
    coverage = attention.cumsum(dim=1) - attention
    return torch.minimum(attention, coverage)[target_mask].sum()
