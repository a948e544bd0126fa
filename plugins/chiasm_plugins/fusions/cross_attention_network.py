"""The network of ``cross-attention``."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from chiasm_plugins.fusions.network import Fields, FusionNetwork


class CrossAttentionNetwork(FusionNetwork):
    """Fields of tokens that meet in a bottleneck.

    Args:
        dims: Dimension of each field's tokens.
        dim: Dimensions inside, and of the fused vector.
        classes: How many classes; 0 for none.
        heads: Attention heads.
        layers: Layers of each field by itself, and layers with the bottleneck.
        bottleneck: Number of bottleneck tokens.
        dropout: Share of hidden values dropped in training.
    """

    def __init__(
        self,
        dims: Sequence[int],
        dim: int,
        classes: int,
        heads: int,
        layers: tuple[int, int],
        bottleneck: int,
        dropout: float,
    ) -> None:
        super().__init__(dims, dim, classes)

        def stack(count: int) -> nn.ModuleList:
            return nn.ModuleList(
                nn.ModuleList(
                    nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout, "gelu", batch_first=True, norm_first=True)
                    for _ in dims
                )
                for _ in range(count)
            )

        self.tokens = nn.ModuleList(nn.Linear(size, dim) for size in dims)
        self.summaries = nn.Parameter(torch.randn(len(dims), dim) * 0.02)
        self.bottleneck = nn.Parameter(torch.randn(bottleneck, dim) * 0.02)
        self.own, self.joint = stack(layers[0]), stack(layers[1])
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(2 * dim, dim)

    def join(self, fields: Fields) -> torch.Tensor:
        """See ``FusionNetwork.join``."""
        there = torch.stack([mask.any(dim=1) for _, mask in fields], dim=1).float()
        states, hidden = [], []
        for at, (values, mask) in enumerate(fields):
            tokens = self.tokens[at](values) + positions(values.shape[1], self.summaries.shape[1])
            summary = self.summaries[at].expand(len(tokens), 1, -1)
            states.append(torch.cat([summary, tokens], dim=1))
            # The summary token is never hidden, so that attention always has something to look at.
            hidden.append(torch.cat([torch.zeros(len(mask), 1, dtype=torch.bool), ~mask], dim=1))
        for layer in self.own:
            states = [one(state, src_key_padding_mask=hide)
                      for one, state, hide in zip(layer, states, hidden, strict=True)]  # fmt: skip
        shared = self.bottleneck.expand(len(there), -1, -1)
        for layer in self.joint:
            states, shared = self._meet(layer, states, hidden, shared, there)
        summaries = torch.stack([state[:, 0] for state in states], dim=1)
        summary = (summaries * there[..., None]).sum(dim=1) / there.sum(dim=1, keepdim=True)
        joined: torch.Tensor = self.out(torch.cat([self.norm(summary), self.norm(shared.mean(dim=1))], dim=1))
        return joined

    def _meet(
        self,
        layer: nn.Module,
        states: list[torch.Tensor],
        hidden: list[torch.Tensor],
        shared: torch.Tensor,
        there: torch.Tensor,
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Return each field's tokens after a layer, and the mean of what the fields made of the bottleneck."""
        size = shared.shape[1]
        seen = torch.zeros(len(shared), size, dtype=torch.bool)
        after, told = [], []
        assert isinstance(layer, nn.ModuleList)
        for one, state, hide in zip(layer, states, hidden, strict=True):
            both = one(torch.cat([state, shared], dim=1), src_key_padding_mask=torch.cat([hide, seen], dim=1))
            after.append(both[:, :-size])
            told.append(both[:, -size:])
        updates = torch.stack(told, dim=1) * there[..., None, None]
        return after, updates.sum(dim=1) / there.sum(dim=1)[:, None, None]


def positions(count: int, dim: int) -> torch.Tensor:
    """Return the sine positions of Vaswani et al. 2017, float32 ``[count, dim]``, scaled down to token size."""
    at = torch.arange(count)[:, None]
    rates = torch.exp(torch.arange(0, dim, 2) * (-math.log(10_000.0) / dim))
    found = torch.zeros(count, dim)
    found[:, 0::2] = torch.sin(at * rates)
    found[:, 1::2] = torch.cos(at * rates[: dim // 2])
    return 0.1 * found
