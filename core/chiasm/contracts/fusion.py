"""The fusion contracts: several vectors into one (early), several rankings into one (late), or both (hybrid)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.component import Component, P
from chiasm.contracts.encoder import Dense
from chiasm.contracts.late_fusion import LateFusion, StoreFusion
from chiasm.contracts.ranking import Ranking, Rankings
from chiasm.space import EmbeddingSpace

__all__ = ["EarlyFusion", "HybridFusion", "LateFusion", "Ranking", "Rankings", "StoreFusion"]


class EarlyFusion(Component[P]):
    """Combines the vectors of a document's fields into one vector, before indexing."""

    @abstractmethod
    def space(self, inputs: Mapping[str, EmbeddingSpace]) -> EmbeddingSpace:
        """Return the space of the fused vectors, or refuse the inputs.

        Args:
            inputs: Space of each field.

        Raises:
            SpaceMismatch: The spaces may not be combined this way.
            FusionError: A weight or option names a field that is not among ``inputs``.
        """

    @abstractmethod
    def fuse(self, vectors: Mapping[str, Dense], present: Mapping[str, NDArray[np.bool_]]) -> Dense:
        """Fuse ``n`` documents.

        Args:
            vectors: float32 ``[n, d_field]`` by field; rows that are not present hold anything finite.
            present: bool ``[n]`` by field; every document has at least one field.

        Returns:
            float32 ``[n, dim]``.

        Raises:
            FusionError: Fields, shapes or values do not fit.
        """


class HybridFusion(Component[P]):
    """An early fusion and a late one, used together: a fused vector and each field's own, joined after search."""

    @property
    @abstractmethod
    def early(self) -> EarlyFusion[Any]:
        """The fusion that is run before indexing."""

    @property
    @abstractmethod
    def late(self) -> LateFusion[Any]:
        """The fusion that joins the fused vector's ranking with those of the fields."""
