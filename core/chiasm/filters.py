"""Conditions on payload: a small tree that stores translate, written as text or in Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Scalar = str | int | float | bool
Comparison = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Compare:
    """A payload value compared with a constant; a list in the payload matches when any of its values does."""

    key: str
    op: Comparison
    value: Scalar


@dataclass(frozen=True, slots=True)
class In:
    """A payload value among several constants."""

    key: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """A payload key that is present and not null."""

    key: str


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the filters; an empty one matches everything."""

    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the filters."""

    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What the filter does not match; a missing key does not match ``Compare``, so ``Not`` of it does."""

    filter: Filter


Filter = Compare | In | Exists | All | Either | Not


def all_of(filters: Sequence[Filter | None]) -> Filter | None:
    """Return the conjunction of the filters that are not ``None``; ``None`` when all are."""
    given = tuple(each for each in filters if each is not None)
    if len(given) < 2:
        return given[0] if given else None
    return All(given)
