"""The network of ``attention``."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from chiasm_plugins.fusions.network import Fields, FusionNetwork


class AttentionNetwork(FusionNetwork):
    """Fields as tokens that see each other, then pooled by a learnt query.

    Args:
        dims: Dimension of each field.
        dim: Dimensions of a token and of the fused vector.
        classes: How many classes; 0 for none.
        heads: Attention heads.
        layers: Transformer layers before the pooling.
        dropout: Share of hidden values dropped in training.
    """

    def __init__(self, dims: Sequence[int], dim: int, classes: int, heads: int, layers: int, dropout: float) -> None:
        super().__init__(dims, dim, classes)
        self.tokens = nn.ModuleList(nn.Linear(size, dim) for size in dims)
        self.kinds = nn.Parameter(torch.randn(len(dims), dim) * 0.02)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout, "gelu", batch_first=True, norm_first=True)
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(dim)
        self.query = nn.Parameter(torch.randn(1, 1, dim) * 0.02)
        self.pool = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.out = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * dim, dim))

    def join(self, fields: Fields) -> torch.Tensor:
        """See ``FusionNetwork.join``."""
        pooled, _ = self._pooled(fields)
        return pooled + self.out(pooled)

    def weights(self, fields: Fields) -> torch.Tensor:
        """Return the weights of the pooling, ``[n, fields]``, averaged over heads."""
        scaled = self.scaled(fields)
        return self._pooled(scaled)[1]

    def _pooled(self, fields: Fields) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = ~torch.stack([mask for _, mask in fields], dim=1)
        tokens = torch.stack([own(values) for own, (values, _) in zip(self.tokens, fields, strict=True)], dim=1)
        tokens = tokens + self.kinds
        for layer in self.layers:
            tokens = layer(tokens, src_key_padding_mask=hidden)
        # What is masked may hold anything, and 0 times infinity is not a number.
        tokens = self.norm(tokens).masked_fill(hidden[..., None], 0.0)
        query = self.query.expand(len(tokens), -1, -1)
        pooled, weights = self.pool(query, tokens, tokens, key_padding_mask=hidden)
        return pooled[:, 0], weights[:, 0]
