"""CombSUM and CombMNZ: late fusion by sums of normalized scores."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from chiasm.contracts import Candidates, LateFusion, Params, StoreFusion
from chiasm_plugins.fusions.normalization import Normalization, normalize, values_of_missing


class CombParams(Params):
    """Params of ``comb-sum`` and ``comb-mnz``."""

    normalization: Normalization = Field("min-max", description="How each source's scores are made comparable.")


class CombSumFusion(LateFusion[CombParams]):
    """CombSUM (Fox and Shaw, TREC-2, 1994): the sum of a document's normalized scores.

    The same as ``weighted-sum`` with equal weights.

    Example:
        >>> fusion = CombSumFusion(CombParams(normalization="rank"))
        >>> fusion.fuse({"words": ["cat", "dog"], "looks": ["dog"]}).to_dict()
        {'dog': 1.5, 'cat': 1.0}
    """

    def check(self, sources: Collection[str]) -> None:
        """Take any sources: no param names one."""

    def score(self, candidates: Candidates) -> NDArray[np.float64]:
        """Return the sum of normalized scores; [n]."""
        normalized = normalize(candidates, self.params.normalization)
        missing = values_of_missing(normalized, self.params.normalization)
        return np.asarray(np.where(candidates.found, normalized.values, missing).sum(axis=0))

    def in_store(self) -> StoreFusion | None:
        """Return DBSF with that normalization; ``None`` otherwise, as a store normalizes in no other way."""
        return StoreFusion("dbsf") if self.params.normalization == "dbsf" else None


class CombMnzFusion(LateFusion[CombParams]):
    """CombMNZ (Fox and Shaw, TREC-2, 1994): CombSUM times the number of sources that found the document.

    Fox and Shaw count the scores that are not zero; here a source counts that found the document, also where the
    normalized score is 0, as is usual since. A source that did not find it adds nothing, whatever the normalization;
    as multiplying needs values of one sign, a normalization that gives negative ones (``z-score``) fits badly.

    Example:
        >>> fusion = CombMnzFusion(CombParams(normalization="rank"))
        >>> fusion.fuse({"words": ["cat", "dog"], "looks": ["dog"]}).to_dict()
        {'dog': 3.0, 'cat': 1.0}
    """

    def check(self, sources: Collection[str]) -> None:
        """Take any sources: no param names one."""

    def score(self, candidates: Candidates) -> NDArray[np.float64]:
        """Return the sum of normalized scores times the number of sources that found the candidate; [n]."""
        total = normalize(candidates, self.params.normalization).values.sum(axis=0)
        return np.asarray(total * candidates.found.sum(axis=0))
