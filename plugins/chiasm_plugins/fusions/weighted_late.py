"""What late fusions with a weight for each source have in common."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from chiasm.contracts import Candidates, LateFusion, Params
from chiasm_plugins.fusions.weights import Weights, require_known_names


class WeightedParams(Params):
    """Params of a late fusion that weighs its sources."""

    weights: Weights = Field(
        default_factory=dict,
        description="Weight by source, at least 0; 1 where none is given. A source of weight 0 is left out.",
    )


W = TypeVar("W", bound=WeightedParams)


class WeightedLateFusion(LateFusion[W]):
    """A late fusion that multiplies what each source says by the source's weight."""

    def check(self, sources: Collection[str]) -> None:
        """Refuse weights for sources that the pipeline does not have.

        Raises:
            FusionError: With the nearest source.
        """
        require_known_names(self.params.weights, sources, "source", type(self).__name__)

    def uses(self, source: str) -> bool:
        """Return whether the source has a weight above 0."""
        return self.weight(source) > 0

    def weight(self, source: str) -> float:
        """Return the weight of a source: 1 where the params give none."""
        return self.params.weights.get(source, 1.0)

    def weights_of(self, candidates: Candidates) -> NDArray[np.float64]:
        """Return the weights of the candidates' sources, float64 ``[s, 1]``."""
        return np.array([[self.weight(source)] for source in candidates.sources])
