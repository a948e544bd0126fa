"""What a point must be to be stored anywhere: its id a UUID, its payload JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from chiasm.contracts import Point
from chiasm.errors import StoreError

_STRICT_JSON = json.JSONEncoder(allow_nan=False).encode


def require_storable(points: Sequence[Point], where: str) -> None:
    """Refuse ids and payloads that an engine would refuse late, or would take and change.

    Raises:
        StoreError: An id is no UUID, or a payload holds what JSON has no word for: bytes, NaN, a date object.
    """
    for point in points:
        try:
            uuid.UUID(point.id)
        except (ValueError, AttributeError, TypeError) as error:
            raise StoreError(f"the point id {point.id!r} is not a UUID", where=where) from error
        try:
            _STRICT_JSON(point.payload)
        except (ValueError, TypeError, RecursionError) as error:
            raise StoreError(f"the payload is not JSON ({error})", where=f"{where}, point {point.id}") from error
