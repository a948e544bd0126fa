"""The fusion contracts: several vectors into one (early), several rankings into one (late), or both (hybrid)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.component import Component, P
from chiasm.contracts.encoder import Dense
from chiasm.space import EmbeddingSpace


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Ids with scores, best first.

    Attributes:
        ids: Each once.
        scores: float64 ``[len(ids)]``, descending; higher is better.
    """

    ids: tuple[str, ...]
    scores: NDArray[np.float64]

    @classmethod
    def from_scores(cls, scores: Mapping[str, float], limit: int | None = None) -> Ranking:
        """Rank ``scores``, highest first; ties are ordered by id, so that a result does not depend on input order."""
        best = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
        return cls(tuple(name for name, _ in best), np.array([score for _, score in best], dtype=np.float64))

    def __len__(self) -> int:
        return len(self.ids)


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


@dataclass(frozen=True, slots=True)
class StoreFusion:
    """A late fusion that a store can run by itself.

    Attributes:
        method: ``"rrf"`` or ``"dbsf"``.
        options: For RRF ``{"k": int}`` and, where weighted, ``{"weights": {source: float}}``.
    """

    method: Literal["rrf", "dbsf"]
    options: Mapping[str, Any] = field(default_factory=dict)


class LateFusion(Component[P]):
    """Combines the rankings of several sources into one, after search."""

    @abstractmethod
    def check(self, sources: Collection[str]) -> None:
        """Refuse options that name sources which the pipeline does not have.

        Raises:
            FusionError: With the nearest source.
        """

    @abstractmethod
    def fuse(
        self,
        rankings: Mapping[str, Ranking],
        limit: int,
        available: Mapping[str, Collection[str]] | None = None,
    ) -> Ranking:
        """Fuse the rankings of one query.

        Args:
            rankings: By source; one may be empty.
            limit: Length of the result at most.
            available: By source, the ids that the source could have ranked at all (a text has no picture to be found
                by); ``None`` when every source could rank every id.

        Raises:
            FusionError: A ranking has scores that are not finite, or an id twice.
        """

    def in_store(self) -> StoreFusion | None:
        """Return the same fusion in a store's terms; ``None`` where a store cannot give the same ranking."""
        return None


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
