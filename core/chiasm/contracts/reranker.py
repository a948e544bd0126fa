"""The reranker contract: a query and candidates in, scores out."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.component import Component, P
from chiasm.errors import QueryError
from chiasm.media.item import Item
from chiasm.media.modality import TEXT
from chiasm.media.span import Span


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that a search found, as rerankers see it: the part of it that answers the query.

    Attributes:
        id: The document's id.
        rank: From 1, before reranking.
        score: What it was ranked by.
        modality: Modality of what was found: a transcript's is ``"text"``.
        field: The field that was found.
        title: How people call the document.
        path: The file that answers; empty where there is none.
        span: The part of it; ``None`` for the whole.
        text: The text that was found; empty where there is none.
        metadata: The document's.
    """

    id: str
    rank: int
    score: float
    modality: str
    field: str = ""
    title: str = ""
    path: str = ""
    span: Span | None = None
    text: str = ""
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def item(self) -> Item:
        """Return what was found as an item: its text, or the whole file.

        Raises:
            QueryError: There is neither text nor file.
            MediaError: The file is gone or cannot be read.
        """
        if self.modality == TEXT:
            return Item.of_text(self.text)
        if not self.path:
            raise QueryError(f"the {self.modality} of {self.id!r} has no file to be read again", where="rerank")
        return Item.from_path(Path(self.path))


class Reranker(Component[P]):
    """Scores candidates for a query more carefully than their vectors can.

    Candidates of other modalities than it ``consumes`` keep their places among those that are ranked anew. A query
    without an item that it ``reads`` is not reranked by it.
    """

    @property
    @abstractmethod
    def consumes(self) -> frozenset[str]:
        """Modalities of candidates that it can score."""

    @property
    def reads(self) -> frozenset[str]:
        """Modalities of queries that it takes; those of candidates where nothing else is said."""
        return self.consumes

    @abstractmethod
    def score(self, query: Sequence[Item], candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """Return a score for each candidate, float64 ``[len(candidates)]``; higher is better. ``load`` has been called.

        Args:
            query: The query's items of modalities in ``reads``, at least one.
            candidates: Of modalities in ``consumes``, at least one, best first.

        Returns:
            Finite scores; NaN for a candidate that keeps its place.
        """
