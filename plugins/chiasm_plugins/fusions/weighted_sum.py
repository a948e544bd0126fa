"""Late fusion by weighted sum of normalized scores."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from chiasm.contracts import Candidates, StoreFusion
from chiasm_plugins.fusions.normalization import Normalization, normalize, values_of_missing
from chiasm_plugins.fusions.weighted_late import WeightedLateFusion, WeightedParams


class WeightedSumParams(WeightedParams):
    """Params of ``weighted-sum``."""

    normalization: Normalization = Field("min-max", description="How each source's scores are made comparable.")
    coverage: Literal["all", "available"] = Field(
        "all",
        description="Whether scores add up over all sources, or are means over those that could have ranked an item.",
    )


class WeightedSumFusion(WeightedLateFusion[WeightedSumParams]):
    """The weighted sum of normalized scores, ``sum(w_s * norm(score_s))`` (linear combination; Vogt and Cottrell 1999).

    With ``coverage: all`` a source that did not find a document adds nothing, or, where values may be negative, its
    lowest value. With ``coverage: available`` a document scores the weighted mean over the sources that *could* have
    ranked it; one of them that did not find it counts with its lowest value, and a source that found nothing at all
    is left out. Prefer it where fields are often missing. Normalizations and what becomes of scores that are all
    equal are described at ``Normalization``.

    Example:
        >>> fusion = WeightedSumFusion(WeightedSumParams(weights={"looks": 3}))
        >>> words = {"cat": 9.0, "dog": 5.0, "fox": 1.0}
        >>> looks = {"dog": 0.8, "fox": 0.5, "cow": 0.2}
        >>> fusion.fuse({"words": words, "looks": looks}).to_dict()
        {'dog': 3.5, 'fox': 1.5, 'cat': 1.0, 'cow': 0.0}
    """

    @property
    def needs_calibration(self) -> bool:
        """Whether the search has to make scores comparable: with ``normalization: calibrated``."""
        return self.params.normalization == "calibrated"

    def score(self, candidates: Candidates) -> NDArray[np.float64]:
        """Return the weighted sum, or mean over the sources that could have ranked the candidate; [n]."""
        normalized = normalize(candidates, self.params.normalization)
        weights = self.weights_of(candidates)
        if self.params.coverage == "all":
            missing = values_of_missing(normalized, self.params.normalization)
            values = np.where(candidates.found, normalized.values, missing)
            return np.asarray((weights * values).sum(axis=0))
        counted = weights * (candidates.available & (candidates.spread(candidates.lengths) > 0))
        values = np.where(candidates.found, normalized.values, normalized.lowest)
        return np.asarray((counted * values).sum(axis=0) / counted.sum(axis=0))

    def in_store(self) -> StoreFusion | None:
        """Return DBSF, weighted where there are weights; ``None`` otherwise, as a store normalizes in no other way."""
        if self.params.normalization != "dbsf" or self.params.coverage == "available":
            return None
        weights = dict(self.params.weights)
        return (
            StoreFusion("weighted-dbsf", {"weights": weights}) if set(weights.values()) - {1.0} else StoreFusion("dbsf")
        )
