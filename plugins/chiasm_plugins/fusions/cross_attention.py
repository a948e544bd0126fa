"""Fusion inside a model: tokens and patches of all fields attend to each other through a bottleneck."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from chiasm.fusion import FieldBatch
from chiasm_plugins.fusions.cross_attention_params import CrossAttentionParams
from chiasm_plugins.fusions.neural import NeuralFusion
from chiasm_plugins.fusions.token_packing import packed

if TYPE_CHECKING:
    from chiasm_plugins.fusions.network import FusionNetwork

NAME = "cross-attention"


class CrossAttentionFusion(NeuralFusion[CrossAttentionParams]):
    """A small transformer over sequences: token, patch or frame vectors of each field, float32 ``[n, t, d]``.

    Attention bottlenecks after Nagrani et al. 2021: each field has layers of its own, and what fields tell each other
    passes through a few bottleneck tokens, which each field updates and whose updates are averaged. The joint vector
    comes from the fields' summary tokens and the bottleneck. A field without any token takes no part. In a pipeline
    the tokens are the vectors of a multi-vector encoder, or of a dense encoder one for each item: the frames of a
    video, the passages of a text. Tokens have an order, and no second dimension: patches count row by row.

    Example:
        >>> random = np.random.default_rng(0)
        >>> classes = np.arange(60) % 2
        >>> tokens = {"sound": random.normal(size=(60, 5, 3)), "image": random.normal(size=(60, 4, 6))}
        >>> tokens["sound"][:, 2] += classes[:, None]
        >>> fusion = CrossAttentionFusion(CrossAttentionParams(dim=8, epochs=2)).fit(tokens, target=classes)
        >>> fusion(tokens).shape
        (60, 8)
    """

    name = NAME
    sequences = True
    shaping: ClassVar[tuple[str, ...]] = ("dim", "heads", "own_layers", "layers", "bottleneck", "max_tokens")
    # Attention grows with the square of the tokens, so fewer documents go at once.
    chunk: ClassVar[int] = 64

    def network(self, dims: Sequence[int], classes: int, params: CrossAttentionParams) -> FusionNetwork:
        """See ``NeuralFusion.network``."""
        from chiasm_plugins.fusions.cross_attention_network import CrossAttentionNetwork

        layers = (params.own_layers, params.layers)
        return CrossAttentionNetwork(dims, params.dim, classes, params.heads, layers, params.bottleneck, params.dropout)

    def prepared(self, batch: FieldBatch, params: CrossAttentionParams) -> FieldBatch:
        """See ``NeuralFusion.prepared``."""
        return packed(batch, params.max_tokens)
