"""Late fusion by Borda count: each source votes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Candidates
from chiasm_plugins.fusions.weighted_late import WeightedLateFusion, WeightedParams


class BordaParams(WeightedParams):
    """Params of ``borda``."""


class BordaFusion(WeightedLateFusion[BordaParams]):
    """Borda count (Aslam and Montague, SIGIR 2001; weighted Borda-fuse with ``weights``).

    Of ``c`` documents that any source found for a query, a source gives its first ``c`` points, its second ``c - 1``,
    and so on; those that it did not find share the points that are left: with ``n`` found, ``(c - n + 1) / 2`` each.
    A source that found nothing therefore gives all the same, which changes no order.

    Example:
        >>> fusion = BordaFusion(BordaParams())
        >>> fusion.fuse({"words": ["cat", "dog"], "looks": ["dog", "fox"]}).to_dict()
        {'dog': 5.0, 'cat': 4.0, 'fox': 3.0}
    """

    def score(self, candidates: Candidates) -> NDArray[np.float64]:
        """Return the weighted sum of points; [n]."""
        pool = candidates.sizes[candidates.query]
        left = (pool - candidates.spread(candidates.lengths) + 1) / 2
        points = np.where(candidates.found, pool - candidates.ranks + 1, left)
        return np.asarray((self.weights_of(candidates) * points).sum(axis=0))
