"""Filters in the JSON of Qdrant's REST interface (qdrant.tech/documentation, Filtering).

Their meaning is that of ``chiasm.filter_semantics.matches``, which Qdrant's own conditions differ from in places: there
``3`` is not ``3.0``, and whether "not equal" sees values of another type depends on the payload index. Two differences
stay: an object is not compared with ``!=`` a number or bool, and a payload date with an offset needs its seconds.
"""

from __future__ import annotations

import sys
from datetime import UTC
from typing import Any, assert_never

from chiasm.filters import (
    All,
    Compare,
    Either,
    Exists,
    Filter,
    In,
    Not,
    Scalar,
    instant,
    path_segments,
    quoted_path,
)

Condition = dict[str, Any]
"""One condition, or a filter used as one: an object of the REST interface."""

_BOUNDS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_NOTHING: Condition = {"has_id": []}
_FLOAT_INTEGERS = 2**53
"""Below this a 64-bit float holds every integer; from here on, ranges are not exact."""
_INT64 = range(-(2**63), 2**63)
_NO_TEXT = "\0"
"""What no payload holds, so that "none of these" means any value at all."""


def translate(filter_: Filter) -> Condition:
    """Return a filter of the REST interface: an object with ``must``, ``should`` or ``must_not``.

    Example:
        >>> translate(Compare("meta.tag", "=", "dog"))
        {'must': [{'key': 'meta.tag', 'match': {'value': 'dog'}}]}

    Raises:
        QueryError: A key is not a path.
    """
    return {"must": [_condition(filter_)]}


def key_path(key: str) -> str:
    """Return a filter's key as Qdrant writes paths: what is not a plain word is in double quotes."""
    return quoted_path(path_segments(key))


def _condition(filter_: Filter) -> Condition:  # noqa: PLR0911
    match filter_:
        case Compare(key, "=", value):
            return _equal(key_path(key), value)
        case Compare(key, "!=", value):
            return _differs(key_path(key), value)
        case Compare(key, op, value):
            return {"key": key_path(key), "range": {_BOUNDS[op]: _bound(value)}}
        case In(key, values):
            return _among(key_path(key), values)
        case Exists(key):
            return _exists(key_path(key))
        case All(filters):
            return {"must": [_condition(each) for each in filters]}
        case Either(filters):
            return {"should": [_condition(each) for each in filters]} if filters else _NOTHING
        case Not(inner):
            return {"must_not": [_condition(inner)]}
    assert_never(filter_)


def _equal(key: str, value: Scalar) -> Condition:
    if isinstance(value, str | bool) or _is_wide(value):
        return {"key": key, "match": {"value": value}}
    # A match is of integers alone, or of floats too where there is an integer index; a range is of every number.
    return {"key": key, "range": {"gte": _finite(value), "lte": _finite(value)}}


def _differs(key: str, value: Scalar) -> Condition:
    if isinstance(value, str) or (not isinstance(value, bool) and _is_wide(value)):
        return {"key": key, "match": {"except": [value]}}
    text = {"key": key, "match": {"prefix": ""}}
    if isinstance(value, bool):
        number = {"key": key, "range": {"gte": -sys.float_info.max}}
        return {"should": [{"key": key, "match": {"value": not value}}, number, text]}
    smaller, greater = ({"key": key, "range": {bound: _finite(value)}} for bound in ("lt", "gt"))
    return {"should": [smaller, greater, text, *({"key": key, "match": {"value": each}} for each in (True, False))]}


def _among(key: str, values: tuple[Scalar, ...]) -> Condition:
    texts = [value for value in values if isinstance(value, str)]
    conditions = [_equal(key, value) for value in values if not isinstance(value, str)]
    if texts:
        conditions.append({"key": key, "match": {"any": texts}})
    return {"should": conditions} if conditions else _NOTHING


def _exists(key: str) -> Condition:
    """Match a value that is not null: "empty" is a missing key, null or ``[]``, and "null" any null, also in a list."""
    some_null = {"is_null": {"key": key}}
    some_value = {"key": key, "match": {"except": [_NO_TEXT]}}
    return {"must_not": [{"is_empty": {"key": key}}], "should": [{"must_not": [some_null]}, some_value]}


def _bound(value: Scalar) -> float | str:
    if not isinstance(value, str):
        return _finite(value)
    moment = instant(value)
    # ``Compare`` has refused a text that is no date.
    return moment.astimezone(UTC).isoformat() if moment else value


def _is_wide(value: float) -> bool:
    return isinstance(value, int) and abs(value) >= _FLOAT_INTEGERS and value in _INT64


def _finite(value: float) -> float:
    return max(-sys.float_info.max, min(sys.float_info.max, value))
