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

    Qdrant adds its ``k`` to positions that start at 0, so ``in_store`` gives it ``k + 1`` for the same scores. Its
    weights divide ranks, ``1 / (k - 1 + rank / w)``, instead of multiplying scores, which is another ranking; so
    unequal weights are fused here and not there.

    Example:
        >>> RrfFusion(RrfParams()).fuse({"words": ["cat", "dog"], "looks": ["dog", "fox"]}, limit=2).ids
        ('dog', 'cat')
    """

    def score(self, candidates: Candidates) -> NDArray[np.float64]:
        """Return the sum of ``weight / (k + rank)``, or its mean over the sources that could have ranked; [n]."""
        weights = self.weights_of(candidates)
        ranks = np.where(candidates.found, candidates.ranks, 1)
        terms = np.where(candidates.found, weights / (self.params.k + ranks), 0.0)
        if self.params.coverage == "all":
            return np.asarray(terms.sum(axis=0))
        lengths = candidates.spread(candidates.lengths.astype(np.float64))
        counted = candidates.available & (lengths > 0)
        terms = np.where(counted & ~candidates.found, weights / (self.params.k + 1 + lengths), terms)
        return np.asarray(terms.sum(axis=0) / (weights * counted).sum(axis=0))

    def in_store(self) -> StoreFusion | None:
        """Return the fusion in Qdrant's terms; ``None`` with ``coverage: available`` or unequal weights."""
        if self.params.coverage == "available" or set(self.params.weights.values()) - {1.0}:
            return None
        return StoreFusion("rrf", {"k": self.params.k + 1})
