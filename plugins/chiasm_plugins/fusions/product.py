"""Late fusion by product of experts: the sources' probabilities multiplied."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from chiasm.contracts import Candidates
from chiasm.errors import FusionError
from chiasm_plugins.fusions.normalization import normalize
from chiasm_plugins.fusions.weighted_late import WeightedLateFusion, WeightedParams


class ProductParams(WeightedParams):
    """Params of ``product``."""

    probabilities: Literal["softmax", "given"] = Field(
        "softmax",
        description="Whether scores become probabilities by softmax of their z-scores, or are probabilities already.",
    )
    floor: float = Field(
        1e-6, gt=0, lt=1, description="Least probability that counts, so that no source alone can rule a document out."
    )


class ProductFusion(WeightedLateFusion[ProductParams]):
    """Product of experts (Hinton, ICANN 1999; with weights the logarithmic opinion pool, Genest and Zidek 1986).

    A document scores ``sum(w_s * log p_s)``, the logarithm of ``product(p_s ** w_s)``: it has to please every source.
    With ``probabilities: given`` a source's scores are taken for ``p`` as they are: predictions of classifiers, or
    calibrated scores. With ``softmax`` ``p`` is the softmax of its z-scores over what it found for the query. The
    logarithms of these are the z-scores less a constant, so that this ranks as ``weighted-sum`` with ``z-score`` does,
    up to the floor. A source that did not find a document gives it its lowest ``p`` for the query; one that found
    nothing says nothing.

    Example:
        >>> fusion = ProductFusion(ProductParams(probabilities="given"))
        >>> looks, sound = {"three": 0.5, "eight": 0.4, "five": 0.1}, {"five": 0.6, "three": 0.3, "eight": 0.1}
        >>> fusion.fuse({"looks": looks, "sound": sound}).ids
        ('three', 'five', 'eight')
    """

    def score(self, candidates: Candidates) -> NDArray[np.float64]:
        """Return the weighted sum of logarithms; [n].

        Raises:
            FusionError: A score that is to be a probability is below 0 or above 1.
        """
        if self.params.probabilities == "softmax":
            scaled = normalize(candidates, "z-score").values
            odds = np.where(candidates.found, np.exp(scaled - _highest(candidates, scaled)), 0.0)
            total = candidates.spread(candidates.reduce(np.add, odds))
            probabilities = odds / np.where(total > 0, total, 1.0)
        else:
            probabilities = _given(candidates)
        lowest = candidates.spread(candidates.reduce(np.minimum, np.where(candidates.found, probabilities, np.inf)))
        filled = np.where(candidates.found, probabilities, lowest)
        nothing = candidates.spread(candidates.lengths) == 0
        logs = np.where(nothing, 0.0, np.log(np.clip(filled, self.params.floor, 1.0)))
        return np.asarray((self.weights_of(candidates) * logs).sum(axis=0))


def _highest(candidates: Candidates, values: NDArray[np.float64]) -> NDArray[np.float64]:
    highest = candidates.reduce(np.maximum, np.where(candidates.found, values, -np.inf))
    return candidates.spread(np.where(candidates.lengths == 0, 0.0, highest))


def _given(candidates: Candidates) -> NDArray[np.float64]:
    low, high = candidates.scores.min(axis=1), candidates.scores.max(axis=1)
    for source, least, most in zip(candidates.sources, low, high, strict=True):
        if least < 0 or most > 1:
            raise FusionError(
                f"the source {source!r} gives scores from {least:g} to {most:g}, which are no probabilities",
                where="product",
                fix="Leave 'probabilities' at softmax, which makes some of any scores.",
            )
    return candidates.scores
