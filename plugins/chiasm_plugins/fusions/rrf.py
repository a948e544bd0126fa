"""Late fusion by reciprocal rank: the sum over sources of ``weight / (k + rank)``."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from chiasm.contracts import Candidates, StoreFusion
from chiasm_plugins.fusions.weighted_late import WeightedLateFusion, WeightedParams


class RrfParams(WeightedParams):
    """Params of ``rrf``."""

    k: int = Field(60, ge=0, description="Added to each rank; the greater, the less the first ranks count.")
    weigh: Literal["terms", "ranks"] = Field(
        "terms",
        description="Whether weights multiply terms, or divide ranks as in Qdrant, and so mostly matter early on.",
    )
    coverage: Literal["all", "available"] = Field(
        "all",
        description="Whether scores add up over all sources, or are means over those that could have ranked an item.",
    )


class RrfFusion(WeightedLateFusion[RrfParams]):
    """Reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009; ``k`` = 60 is theirs).

    With ``coverage: all`` a document scores ``sum(w_s / (k + rank_s))`` over the sources that rank it; ranks start at
    1. A document that only one source can reach, a photo without text, say, then stands behind those that two reach.
    With ``coverage: available`` it scores the weighted mean of ``1 / (k + rank_s)`` over the sources that *could* have
    ranked it. One of them that did not counts as if it had put the document right after its last; a source that
    ranks nothing at all says nothing, and is left out. So a photo is judged by its looks alone, a text by all that
    texts are judged by, and neither wins by being reached more often. Prefer it where fields are often missing.

    With ``weigh: ranks`` the terms are ``1 / (k + rank_s / w_s)``, which is Qdrant's own weighted RRF: a weight hardly
    matters for ranks far below ``k``. Otherwise ``in_store`` gives a formula over RRF, where there are weights.

    Example:
        >>> RrfFusion(RrfParams()).fuse({"words": ["cat", "dog"], "looks": ["dog", "fox"]}, limit=2).ids
        ('dog', 'cat')
    """

    def score(self, candidates: Candidates) -> NDArray[np.float64]:
        """Return the sum of terms, or their mean over the sources that could have ranked the candidate; [n]."""
        terms = np.where(candidates.found, self._terms(candidates, np.maximum(candidates.ranks, 1)), 0.0)
        if self.params.coverage == "all":
            return np.asarray(terms.sum(axis=0))
        lengths = candidates.spread(candidates.lengths)
        counted = candidates.available & (lengths > 0)
        terms = np.where(counted & ~candidates.found, self._terms(candidates, lengths + 1), terms)
        weights = self.weights_of(candidates) if self.params.weigh == "terms" else 1.0
        return np.asarray(terms.sum(axis=0) / (weights * counted).sum(axis=0))

    def in_store(self) -> StoreFusion | None:
        """Return the fusion in Qdrant's terms, whose ``k`` is one more; ``None`` with ``coverage: available``."""
        if self.params.coverage == "available":
            return None
        k, weights = self.params.k + 1, dict(self.params.weights)
        if not set(weights.values()) - {1.0}:
            return StoreFusion("rrf", {"k": k})
        return StoreFusion("rrf" if self.params.weigh == "ranks" else "weighted-rrf", {"k": k, "weights": weights})

    def _terms(self, candidates: Candidates, ranks: NDArray[np.int64]) -> NDArray[np.float64]:
        weights = self.weights_of(candidates)
        if self.params.weigh == "ranks":
            return np.asarray(1.0 / (self.params.k + ranks / weights))
        return np.asarray(weights / (self.params.k + ranks))
