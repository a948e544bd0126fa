"""Examples that results should or should not be like: vectors of stored documents, and of items as documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chiasm.contracts.encoder import Vector
from chiasm.contracts.store import Store
from chiasm.errors import QueryError
from chiasm.filters import Compare
from chiasm.media.item import Item
from chiasm.plan.model import Plan
from chiasm.search.blending import mean_of
from chiasm.search.legs import QueryEncoder
from chiasm.search.query import Example

MOST_POINTS = 1_000
"""Points of one document that are read; those of a longer recording are its first ones in order of id."""

Nearest = Callable[[str], Sequence[str]]
"""The stored ids that are most like an unknown one."""

ByName = dict[str, Vector]
"""Vectors by their name in the store."""


class Examples:
    """Finds the vectors of examples.

    Args:
        plan: The plan.
        store: Open.
        encoder: Encodes items that are not stored.
        nearest: For messages on unknown ids.
    """

    def __init__(self, plan: Plan, store: Store[Any], encoder: QueryEncoder, nearest: Nearest) -> None:
        self._plan = plan
        self._store = store
        self._encoder = encoder
        self._nearest = nearest

    def mean(self, examples: Sequence[Example], part: str) -> ByName:
        """Return the mean of examples by vector name, over those that have such a vector.

        A stored document's own vectors are taken, and nothing is encoded; an item is encoded as documents are.

        Args:
            examples: Ids and items.
            part: ``"like"`` or ``"unlike"``, for messages.

        Raises:
            QueryError: There is no document with an id, or the plan has no way from an item to a vector.
        """
        each = [self._stored(one, part) if isinstance(one, str) else self._made(one) for one in examples]
        names = {name for vectors in each for name in vectors if name in self._plan.spaces}
        return {
            name: mean_of([vectors[name] for vectors in each if name in vectors], self._plan.spaces[name])
            for name in sorted(names)
        }

    def _stored(self, document: str, part: str) -> ByName:
        ids = []
        for point in self._store.scroll(Compare("doc", "=", document)):
            ids.append(point.id)
            if len(ids) == MOST_POINTS:
                break
        by_field: dict[tuple[str, str], list[Vector]] = {}
        for point in self._store.retrieve(ids, with_vectors=True):
            for name, vector in point.vectors.items():
                if name in self._plan.spaces:
                    by_field.setdefault((name, str(point.payload["field"])), []).append(vector)
        if not by_field:
            raise QueryError(
                f"there is no document {document!r} in the store" if not ids else f"{document!r} has no vectors",
                where=part,
                nearest=self._nearest(document) if not ids else (),
            )
        # Field by field first, so that a hundred frames of a video do not outweigh its one transcript.
        return {
            name: mean_of([mean_of(vectors, space) for (other, _), vectors in by_field.items() if other == name], space)
            for name, space in self._plan.spaces.items()
            if any(other == name for other, _ in by_field)
        }

    def _made(self, item: Item) -> ByName:
        legs = self._encoder.legs({item.modality: item}, "document")
        by_name: dict[str, list[Vector]] = {}
        for leg in legs:
            by_name.setdefault(leg.vector_name, []).append(leg.vector)
        return {name: mean_of(vectors, self._plan.spaces[name]) for name, vectors in by_name.items()}
