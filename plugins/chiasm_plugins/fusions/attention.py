"""Early fusion by learnt attention over fields: each is a token, and a learnt question weighs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chiasm_plugins.fusions.attention_params import AttentionParams
from chiasm_plugins.fusions.neural import NeuralFusion

if TYPE_CHECKING:
    from chiasm_plugins.fusions.network import FusionNetwork

NAME = "attention"


class AttentionFusion(NeuralFusion[AttentionParams]):
    """Each field is one token of a small transformer (Vaswani et al. 2017), pooled by attention of a learnt query.

    ``weights`` tells how much each field of each document counted. Fields that a document lacks are masked.

    Example:
        >>> random = np.random.default_rng(0)
        >>> classes = np.arange(200) % 2
        >>> vectors = {"text": random.normal(size=(200, 3)), "image": classes[:, None] + random.normal(size=(200, 4))}
        >>> fusion = AttentionFusion(AttentionParams(dim=8, heads=2, epochs=5)).fit(vectors, target=classes)
        >>> fusion.weights(vectors).shape
        (200, 2)
    """

    name = NAME
    shaping: ClassVar[tuple[str, ...]] = ("dim", "heads", "layers")

    def network(self, dims: Sequence[int], classes: int, params: AttentionParams) -> FusionNetwork:
        """See ``NeuralFusion.network``."""
        from chiasm_plugins.fusions.attention_network import AttentionNetwork

        return AttentionNetwork(dims, params.dim, classes, params.heads, params.layers, params.dropout)

    def weights(
        self, vectors: Mapping[str, ArrayLike], present: Mapping[str, ArrayLike] | None = None
    ) -> NDArray[np.float32]:
        """Return how much each field counted in pooling, float32 ``[n, fields]`` in the order of the fields' names.

        Each row sums to 1, with 0 for what is missing.
        """
        import torch

        from chiasm_plugins.fusions.attention_network import AttentionNetwork
        from chiasm_plugins.fusions.network import tensors

        batch = self._batch(vectors, present)
        network = self._network
        assert isinstance(network, AttentionNetwork)
        with torch.no_grad():
            weights: NDArray[np.float32] = network.weights(tensors(batch)).numpy()
        return weights
