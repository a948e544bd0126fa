"""The network of ``gated``."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from chiasm_plugins.fusions.network import Fields, FusionNetwork


class GatedNetwork(FusionNetwork):
    """Each field through a small network of its own, then summed by gates.

    Args:
        dims: Dimension of each field.
        dim: Dimensions of the fused vector.
        classes: How many classes; 0 for none.
        hidden: Width of each field's network.
        dropout: Share of its hidden values dropped in training.
    """

    def __init__(self, dims: Sequence[int], dim: int, classes: int, hidden: int, dropout: float) -> None:
        super().__init__(dims, dim, classes)
        self.ways = nn.ModuleList(
            nn.Sequential(nn.Linear(size, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, dim), nn.Tanh())
            for size in dims
        )
        self.gates = nn.Linear(sum(dims) + len(dims), len(dims) * dim)

    def join(self, fields: Fields) -> torch.Tensor:
        """See ``FusionNetwork.join``."""
        present = torch.stack([mask for _, mask in fields], dim=1)
        ways = torch.stack([way(values) for way, (values, _) in zip(self.ways, fields, strict=True)], dim=1)
        known = torch.cat([*(values for values, _ in fields), present.float()], dim=1)
        gates = self.gates(known).view_as(ways).masked_fill(~present[..., None], -torch.inf)
        return (torch.softmax(gates, dim=1) * ways).sum(dim=1)
