"""Stored vectors as arrays: one a document and field, to be measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Store
from chiasm.errors import EvaluationError, nearest_names
from chiasm.filters import Compare
from chiasm.plan.model import Plan
from chiasm.search.sampling import points_of


@dataclass(frozen=True, slots=True, eq=False)
class FieldVectors:
    """The vectors of one field in one space.

    Attributes:
        field: The field.
        documents: Ids.
        vectors: float32 ``[len(documents), dim]``: of several points of a document their mean, of length 1 where the
            space's vectors have that.
    """

    field: str
    documents: tuple[str, ...]
    vectors: NDArray[np.float32]

    def of(self, documents: list[str]) -> NDArray[np.float32]:
        """Return the rows of these documents, in their order."""
        row = {name: at for at, name in enumerate(self.documents)}
        return self.vectors[[row[name] for name in documents]]


def shared_spaces(plan: Plan, store: Store[Any]) -> dict[str, tuple[str, ...]]:
    """Return the stored fields by name of the dense vectors that they share, for those that several share."""
    found = {}
    for vector, space in plan.spaces.items():
        fields = tuple(name for name in plan.fields_in(vector) if store.count(Compare("field", "=", name)))
        if space.kind == "dense" and len(fields) > 1:
            found[vector] = fields
    return found


def space_of(plan: Plan, fields: tuple[str, ...]) -> str:
    """Return the name of the dense vectors that all of these fields have.

    Raises:
        EvaluationError: There is no such field, or no space that they share.
    """
    for name in fields:
        if name not in plan.fields:
            raise EvaluationError(
                f"there is no field {name!r}; there are {', '.join(plan.fields)}",
                nearest=nearest_names(name, plan.fields),
            )
    for vector, space in plan.spaces.items():
        if space.kind == "dense" and set(fields) <= set(plan.fields_in(vector)):
            return vector
    raise EvaluationError(
        f"{' and '.join(map(repr, fields))} have no dense vectors in one space, so they cannot be compared",
        fix="'chiasm plan' shows which fields share a space.",
    )


def field_vectors(plan: Plan, store: Store[Any], vector: str, field: str, limit: int | None = None) -> FieldVectors:
    """Read the vectors of a field.

    Args:
        plan: The plan that wrote the store.
        store: Open.
        vector: Name of the vectors.
        field: The field.
        limit: Points that are read at most. Their ids are digests and come in order, so the first are a fair sample.

    Raises:
        EvaluationError: There are none.
        StoreError: The store failed.
    """
    sums: dict[str, NDArray[np.float64]] = {}
    counts: dict[str, int] = {}
    for point in points_of(store, field, limit):
        own = point.vectors.get(vector)
        if isinstance(own, np.ndarray):
            document = point.payload["doc"]
            sums[document] = sums.get(document, 0.0) + own.astype(np.float64)
            counts[document] = counts.get(document, 0) + 1
    if not sums:
        raise EvaluationError(f"the store has no vectors of {field!r}", where=store.location)
    rows = np.stack([sums[document] / counts[document] for document in sums])
    if plan.spaces[vector].normalization == "l2":
        rows = unit(rows)
    return FieldVectors(field, tuple(sums), rows.astype(np.float32))


def unit(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return rows of length 1, float64 ``[n, dim]``; zeros stay as they are."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: NDArray[np.float64] = rows / np.where(lengths > 0, lengths, 1.0)
    return scaled
