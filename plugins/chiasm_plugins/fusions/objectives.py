"""What trained fusions minimise, and the fields hidden meanwhile."""

from __future__ import annotations

import torch
from torch.nn import functional


def hide_fields(present: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """Hide about a share of each document's fields, never all (modality dropout).

    Args:
        present: bool ``[n, fields]``.
        share: Chance of each field to be hidden.
        generator: Of chance.

    Returns:
        bool ``[n, fields]``: those that stay.
    """
    chances = torch.rand(present.shape, generator=generator)
    kept = present & (chances >= share)
    # Where all would go, the one with the best chance stays.
    best = chances.masked_fill(~present, -1).argmax(dim=1, keepdim=True)
    saved = torch.zeros_like(present).scatter(1, best, True)
    return torch.where(kept.any(dim=1, keepdim=True), kept, saved)


def two_views(present: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Return two choices of each document's fields: some of them, and either the others or all.

    A document with one field shows it in both.
    """
    order = torch.rand(present.shape, generator=generator).masked_fill(~present, 2)
    ranks = order.argsort(dim=1).argsort(dim=1)
    count = present.sum(dim=1, keepdim=True)
    # Between one field and all but one.
    size = 1 + (torch.rand(len(present), 1, generator=generator) * (count - 1)).floor().clamp(min=0).long()
    some = present & (ranks < size)
    others = present & ~some
    whole = torch.rand(len(present), 1, generator=generator) < 0.5
    return some, torch.where(whole | ~others.any(dim=1, keepdim=True), present, others)


def contrastive(one: torch.Tensor, other: torch.Tensor, groups: torch.Tensor, temperature: float) -> torch.Tensor:
    """Return the loss by which views of one group come nearer to each other than to those of other groups.

    InfoNCE in both directions (van den Oord et al. 2018, Radford et al. 2021); with several documents of a group, the
    mean over all that are alike (supervised contrastive learning, Khosla et al. 2020).

    Args:
        one: Unit vectors ``[n, dim]``.
        other: Unit vectors of the same documents.
        groups: int64 ``[n]``.
        temperature: Similarities are divided by it.
    """
    logits = one @ other.T / temperature
    alike = (groups[:, None] == groups[None, :]).float()
    alike = alike / alike.sum(dim=1, keepdim=True)
    losses = [-(alike * functional.log_softmax(each, dim=1)).sum(dim=1).mean() for each in (logits, logits.T)]
    return (losses[0] + losses[1]) / 2
