"""A fair sample of what a store holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from chiasm.contracts import Point, Store
from chiasm.filters import Compare

BATCH = 500


def points_of(store: Store[Any], field: str, limit: int | None = None) -> Iterator[Point]:
    """Yield the points of a field with their vectors.

    Args:
        store: Open.
        field: The field.
        limit: Points at most. Ids are digests and points come in their order, so the first are a fair sample.

    Raises:
        StoreError: The store failed.
    """
    ids = [point.id for point in islice(store.scroll(Compare("field", "=", field)), limit)]
    for start in range(0, len(ids), BATCH):
        yield from store.retrieve(ids[start : start + BATCH], with_vectors=True)
