"""The network of ``low-rank-tensor``."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from chiasm_plugins.fusions.network import Fields, FusionNetwork


class LowRankTensorNetwork(FusionNetwork):
    """A product over fields of linear maps, summed over the ranks.

    Args:
        dims: Dimension of each field.
        dim: Dimensions of the fused vector.
        classes: How many classes; 0 for none.
        rank: Terms of the sum.
        hidden: Width of a layer before the product; 0 for none.
        dropout: Share of its values dropped in training.
    """

    def __init__(self, dims: Sequence[int], dim: int, classes: int, rank: int, hidden: int, dropout: float) -> None:
        super().__init__(dims, dim, classes)
        self.before = nn.ModuleList(
            nn.Sequential(nn.Linear(size, hidden), nn.GELU(), nn.Dropout(dropout)) if hidden else nn.Identity()
            for size in dims
        )
        self.factors = nn.ParameterList(_factors(rank, hidden or size, dim) for size in dims)
        self.mix = nn.Parameter(torch.randn(rank) / rank**0.5)
        self.bias = nn.Parameter(torch.zeros(dim))

    def join(self, fields: Fields) -> torch.Tensor:
        """See ``FusionNetwork.join``."""
        product: torch.Tensor | None = None
        for before, factors, (values, mask) in zip(self.before, self.factors, fields, strict=True):
            own = torch.where(mask[:, None], before(values), 0.0)
            extended = torch.cat([torch.ones(len(own), 1), own], dim=1)
            term = torch.einsum("ni,rid->nrd", extended, factors)
            product = term if product is None else product * term
        assert product is not None
        return torch.einsum("r,nrd->nd", self.mix, product) + self.bias


def _factors(rank: int, size: int, dim: int) -> nn.Parameter:
    values = torch.randn(rank, size + 1, dim) / size**0.5
    # The constant's row starts at 1: at first a product is near each factor, and a missing field changes nothing.
    values[:, 0] = 1.0
    return nn.Parameter(values)
