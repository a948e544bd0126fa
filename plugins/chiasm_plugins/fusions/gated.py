"""Early fusion by learnt gates (Arevalo et al. 2017): all fields together decide how much of each passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from chiasm_plugins.fusions.gated_params import GatedParams
from chiasm_plugins.fusions.neural import NeuralFusion

if TYPE_CHECKING:
    from chiasm_plugins.fusions.network import FusionNetwork

NAME = "gated"


class GatedFusion(NeuralFusion[GatedParams]):
    """For each dimension of the result, a gate says how much comes from which field.

    The gated multimodal unit of Arevalo et al. 2017 for any number of fields: the gates of a dimension are a softmax
    over the fields that a document has, computed from all of them, so a field that says little in a document lets the
    others through.

    Example:
        >>> random = np.random.default_rng(0)
        >>> classes = np.arange(200) % 2
        >>> vectors = {"text": random.normal(size=(200, 3)), "image": classes[:, None] + random.normal(size=(200, 4))}
        >>> fusion = GatedFusion(GatedParams(dim=8, epochs=5)).fit(vectors, target=classes)
        >>> fusion.predict_proba(vectors).shape
        (200, 2)
    """

    name = NAME
    shaping: ClassVar[tuple[str, ...]] = ("dim", "hidden")

    def network(self, dims: Sequence[int], classes: int, params: GatedParams) -> FusionNetwork:
        """See ``NeuralFusion.network``."""
        from chiasm_plugins.fusions.gated_network import GatedNetwork

        return GatedNetwork(dims, params.dim, classes, params.hidden, params.dropout)
