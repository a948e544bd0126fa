"""The store contract: points with named vectors and payload, written by one process and searched."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from chiasm.contracts.component import Component, P
from chiasm.contracts.encoder import Vector
from chiasm.contracts.fusion import StoreFusion
from chiasm.errors import StoreError
from chiasm.filters import Filter
from chiasm.space import EmbeddingSpace

Mode = Literal["read", "write"]
PayloadIndex = Literal["keyword", "integer", "float", "bool", "datetime"]


@dataclass(frozen=True, slots=True)
class StoreSchema:
    """What a collection holds.

    Attributes:
        spaces: Embedding space by vector name.
        payload_indexes: Kind of index by payload key, for keys that are filtered often.
        plan: Fingerprint of the plan that writes it.
        version: Version of chiasm that writes it.
    """

    spaces: Mapping[str, EmbeddingSpace]
    payload_indexes: Mapping[str, PayloadIndex] = field(default_factory=dict)
    plan: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """One entry of a collection.

    Attributes:
        id: A UUID in its usual text form.
        vectors: By vector name; a point may lack some.
        payload: JSON values.
    """

    id: str
    vectors: Mapping[str, Vector]
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class VectorQuery:
    """The nearest points by one named vector.

    Attributes:
        name: The vector's name.
        vector: In the space of that name.
        limit: Number of points at most.
        filter: Which points are considered; all when ``None``.
        exact: Whether to compare with every vector rather than to use an approximate index.
        payload: Whether points come with their payload; without it there is less to carry.
    """

    name: str
    vector: Vector
    limit: int
    filter: Filter | None = None
    exact: bool = False
    payload: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class FusedQuery:
    """Several vector queries, fused in the store.

    Attributes:
        sources: By name.
        fusion: How.
        limit: Number of points at most.
    """

    sources: Mapping[str, VectorQuery]
    fusion: StoreFusion
    limit: int


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPoint:
    """A point that a query found.

    Attributes:
        id: The point's.
        score: Higher is better: cosine or dot product, negative distance, BM25 or fused score.
        payload: The point's.
    """

    id: str
    score: float
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a store can do by itself.

    Attributes:
        sparse: Sparse vectors, with IDF of the stored documents applied at query time.
        multivector: Several vectors a point, compared by MaxSim.
        fusions: Methods of ``StoreFusion`` that it runs.
        concurrent_processes: Whether several processes may use one collection at once.
    """

    sparse: bool = True
    multivector: bool = True
    fusions: frozenset[str] = frozenset()
    concurrent_processes: bool = False


class Store(Component[P]):
    """Holds points. Opened with ``open``, used from one thread at a time, closed with ``close``."""

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What it can do by itself."""

    @property
    @abstractmethod
    def location(self) -> str:
        """Where it is, for messages: a folder or a URL, never with secrets."""

    @property
    def folder(self) -> Path | None:
        """The folder of this machine that the collection lies in; ``None`` where it lies elsewhere or in memory."""
        return None

    @abstractmethod
    def stored_schema(self) -> StoreSchema | None:
        """Return what the collection says of itself, without opening it; ``None`` when it does not exist.

        Raises:
            StoreError: It exists and cannot be read.
            StoreTooNew: It was written by a newer chiasm.
        """

    @abstractmethod
    def open(self, schema: StoreSchema, mode: Mode = "write") -> None:
        """Open the collection; in mode ``"write"`` make it, and vector names and indexes that it lacks.

        Raises:
            SpaceMismatch: A vector name is there with another space; the message has both identities and the way out.
            StoreLocked: Another process holds it; the message names that process.
            StoreTooNew: It was written by a newer chiasm.
            StoreError: It does not exist in mode ``"read"``, or cannot be opened.
        """

    @abstractmethod
    def upsert(self, points: Sequence[Point]) -> None:
        """Write points, replacing those with the same id. When it returns, they survive the death of the process.

        Raises:
            StoreError: A vector has a name, size or value (NaN) that the schema forbids, or writing failed. Nothing
                of the batch is kept where the batch itself is at fault.
        """

    @abstractmethod
    def search(self, queries: Sequence[VectorQuery | FusedQuery]) -> list[list[ScoredPoint]]:
        """Answer each query, best first. Raises ``StoreError`` as ``upsert`` does, for its vectors."""

    @abstractmethod
    def retrieve(self, ids: Sequence[str], with_vectors: bool = False) -> list[Point]:
        """Return the points that exist of ``ids``, in that order."""

    @abstractmethod
    def delete(self, filter: Filter) -> None:
        """Delete every point that the filter matches."""

    @abstractmethod
    def count(self, filter: Filter | None = None) -> int:
        """Return the exact number of points that the filter matches."""

    @abstractmethod
    def scroll(self, filter: Filter | None = None, batch: int = 1000) -> Iterator[Point]:
        """Yield every point that the filter matches, without vectors, in order of id."""

    @abstractmethod
    def flush(self) -> None:
        """Write everything to disk."""

    @abstractmethod
    def optimize(self) -> None:
        """Build or rebuild search indexes now. May take long, and may stop other threads meanwhile."""

    def remove(self) -> None:
        """Close the collection and delete it whole, whatever is in it; nothing where there is none.

        The way on for one that is damaged, or of another space than the pipeline's.

        Raises:
            StoreLocked: Another process holds it.
            StoreError: It cannot be deleted.
        """
        raise StoreError("a collection of this store cannot be deleted from here", where=self.location)

    @property
    @abstractmethod
    def wants_optimizing(self) -> bool:
        """Whether enough was written since the last ``optimize`` that searches gain from it."""
