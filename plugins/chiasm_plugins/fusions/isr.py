"""Late fusion by inverse square ranks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Candidates, StoreFusion
from chiasm_plugins.fusions.weighted_late import WeightedLateFusion, WeightedParams


class IsrParams(WeightedParams):
    """Params of ``isr``."""


class IsrFusion(WeightedLateFusion[IsrParams]):
    """Inverse square rank (Mourao, Martins and Magalhaes, 2015): ``N * sum(w_s / rank_s ** 2)``.

    ``N`` is the number of sources that found the document. The first ranks count for much more than in ``rrf``.

    Example:
        >>> fusion = IsrFusion(IsrParams())
        >>> fusion.fuse({"words": ["cat", "dog"], "looks": ["dog", "fox"]}).to_dict()
        {'dog': 2.5, 'cat': 1.0, 'fox': 0.25}
    """

    def score(self, candidates: Candidates) -> NDArray[np.float64]:
        """Return the number of sources that found the candidate times the sum of inverse squares; [n]."""
        ranks = np.where(candidates.found, candidates.ranks, 1).astype(np.float64)
        terms = np.where(candidates.found, self.weights_of(candidates) / ranks**2, 0.0)
        return np.asarray(candidates.found.sum(axis=0) * terms.sum(axis=0))

    def in_store(self) -> StoreFusion | None:
        """Return the fusion as the formula that Qdrant runs."""
        return StoreFusion("isr", {"weights": dict(self.params.weights)})
