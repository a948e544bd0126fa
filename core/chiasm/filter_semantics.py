"""What a filter means, in plain Python: the reference that every store's translation is tested against."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, assert_never

from chiasm.filters import All, Compare, Either, Exists, Filter, In, Not, Scalar, instant, path_segments

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def matches(filter_: Filter, payload: Mapping[str, Any]) -> bool:
    """Return whether a payload of JSON values meets a filter.

    Example:
        >>> matches(Compare("tags", "=", "dog"), {"tags": ["dog", "rain"]})
        True
    """
    match filter_:
        case Compare(key, op, constant):
            return any(_compares(value, op, constant) for value in _values(payload, key))
        case In(key, constants):
            return any(_equal(value, constant) for value in _values(payload, key) for constant in constants)
        case Exists(key):
            return any(True for _ in _values(payload, key))
        case All(filters):
            return all(matches(each, payload) for each in filters)
        case Either(filters):
            return any(matches(each, payload) for each in filters)
        case Not(inner):
            return not matches(inner, payload)
    assert_never(filter_)


def _values(payload: Mapping[str, Any], key: str) -> Iterator[Any]:
    """Yield the values at ``key`` that are not null, those of a list one by one."""
    value: Any = payload
    for segment in path_segments(key):
        if not isinstance(value, Mapping) or segment not in value:
            return
        value = value[segment]
    yield from (each for each in (value if isinstance(value, list | tuple) else (value,)) if each is not None)


def _compares(value: Any, op: str, constant: Scalar) -> bool:  # noqa: ANN401
    if op == "=":
        return _equal(value, constant)
    if op == "!=":
        return not _equal(value, constant)
    if isinstance(constant, str):
        moment = instant(value) if isinstance(value, str) else None
        return moment is not None and _ORDER[op](moment, instant(constant))
    return _is_number(value) and _ORDER[op](value, constant)


def _equal(value: Any, constant: Scalar) -> bool:  # noqa: ANN401
    if _is_number(value) and _is_number(constant):
        return bool(value == constant)
    return type(value) is type(constant) and bool(value == constant)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
