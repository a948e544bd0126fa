"""The reranker contract: a query and candidates in, scores out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.component import Component, P
from chiasm.media.item import Item


class Reranker(Component[P]):
    """Scores candidates for a query more carefully than their vectors can."""

    @property
    @abstractmethod
    def consumes(self) -> frozenset[str]:
        """Modalities of candidates that it can score."""

    @abstractmethod
    def score(self, query: Sequence[Item], candidates: Sequence[Item]) -> NDArray[np.float64]:
        """Return a score for each candidate, float64 ``[len(candidates)]``; higher is better.

        Args:
            query: The query's items, of one or more modalities.
            candidates: Items of modalities in ``consumes``.
        """
