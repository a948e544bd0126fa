"""Whether values that a component took or gave are the same."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from chiasm.contracts.encoder import SparseVector, Vector, Vectors
from chiasm.media.item import Item
from chiasm.testing.contract import expect


def rows_of(vectors: Vectors) -> list[Vector]:
    """Return a batch's vectors one by one."""
    return list(vectors)


def difference(left: Vector, right: Vector) -> float:
    """Return the greatest difference of two vectors' values, relative to the greatest value.

    Infinite where they are of unequal form.
    """
    if isinstance(left, SparseVector) and isinstance(right, SparseVector):
        a, b = _by_index(left), _by_index(right)
        if a.keys() != b.keys():
            return float("inf")
        return _relative(np.array(list(a.values())), np.array([b[key] for key in a]))
    if isinstance(left, SparseVector) or isinstance(right, SparseVector) or left.shape != right.shape:
        return float("inf")
    return _relative(left, right)


def expect_same(
    left: Vectors | Sequence[Vector], right: Vectors | Sequence[Vector], tolerance: float, problem: str
) -> None:
    """Refuse batches of vectors that differ.

    Args:
        left: One batch.
        right: The other.
        tolerance: Difference at most, relative to the greatest value.
        problem: What it means that they differ.

    Raises:
        ContractBroken: They differ; the message has the first that does.
    """
    expect(len(left) == len(right), f"{problem}: {len(left)} vectors against {len(right)}")
    for at, (a, b) in enumerate(zip(left, right, strict=True)):
        gap = difference(a, b)
        expect(gap <= tolerance, f"{problem}: vector {at} differs by {gap:.3g}, and {tolerance:g} is allowed")


def digest(value: Any) -> str:  # noqa: ANN401
    """Return a digest of a value's content, so that a change of it shows."""
    seen = hashlib.sha256()
    _feed(seen, value)
    return seen.hexdigest()


def item_digests(items: Sequence[Item]) -> list[str]:
    """Return the digest of each item."""
    return [digest(item) for item in items]


def _by_index(vector: SparseVector) -> dict[int, float]:
    return dict(sorted(zip(vector.indices.tolist(), vector.values.tolist(), strict=True)))


def _relative(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    if left.size == 0:
        return 0.0
    scale = max(float(np.abs(left).max()), float(np.abs(right).max()), 1e-12)
    return float(np.abs(left.astype(np.float64) - right.astype(np.float64)).max()) / scale


def _feed(seen: Any, value: Any) -> None:  # noqa: ANN401
    seen.update(type(value).__qualname__.encode())
    if isinstance(value, np.ndarray):
        seen.update(f"{value.dtype}{value.shape}".encode() + np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            _feed(seen, getattr(value, each.name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            _feed(seen, key)
            _feed(seen, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _feed(seen, inner)
    else:
        seen.update(_content(value))


def _content(value: Any) -> bytes:  # noqa: ANN401
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    try:
        return pickle.dumps(value)
    except Exception:  # any: what cannot be pickled (an open file, a handle) has no content to be compared
        return b""
