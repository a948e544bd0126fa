"""Conditions on payload: a small tree that stores translate, written as text or in Python.

``chiasm.filter_syntax.parse_filter`` reads one from text, ``chiasm.filter_builder.F`` builds one in Python,
``chiasm.filter_semantics.matches`` says what it means, and ``str`` of it is text that parses to the same tree.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from chiasm.errors import QueryError

Scalar = str | int | float | bool
Comparison = Literal["=", "!=", "<", "<=", ">", ">="]

_PLAIN_SEGMENT = re.compile(r"[\w-]+", re.ASCII)
_QUOTED_PATH = re.compile(r'"(?P<quoted>[^"]*)"|(?P<bare>[^".]+)')
_BARE_WORD = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)

RESERVED = frozenset({"and", "or", "not", "in", "exists", "true", "false", "null", "none"})
"""Words that mean something in the text form and are quoted to be values or keys there."""


class _Combinable:
    """Gives every node ``&``, ``|`` and ``~``."""

    __slots__ = ()

    def __and__(self, other: Filter) -> All:
        left = self.filters if isinstance(self, All) and self.filters else (self,)
        return All((*left, other))

    def __or__(self, other: Filter) -> Either:
        left = self.filters if isinstance(self, Either) and self.filters else (self,)
        return Either((*left, other))

    def __invert__(self) -> Not:
        return Not(self)  # type: ignore[arg-type]

    def __bool__(self) -> bool:
        raise TypeError("a filter is neither true nor false; combine filters with &, | and ~, not with and, or and not")


@dataclass(frozen=True, slots=True)
class Compare(_Combinable):
    """A payload value compared with a constant; a list in the payload matches when any of its values does.

    Equality is of type and value: texts as they are written, numbers as numbers (``3`` equals ``3.0``), and a bool
    is not a number. ``!=`` matches any value that is there, is not null and is not equal. ``<`` and the like compare
    numbers with numbers and dates with dates, as instants (see ``instant``); values of other types do not match.

    Attributes:
        key: Path into the payload, its segments joined by dots; a segment that is not a plain word is in double quotes
            (see ``quoted_path``).
        op: One of ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``.
        value: The constant.

    Raises:
        QueryError: An order is asked of something that has none, or a number is not finite.
    """

    key: str
    op: Comparison
    value: Scalar

    def __post_init__(self) -> None:
        if self.op not in get_args(Comparison):
            raise QueryError(f"{self.op!r} compares nothing", fix=f"Use one of {' '.join(get_args(Comparison))}.")
        _check_constant(self.value)
        if self.op in ("=", "!="):
            return
        if isinstance(self.value, bool) or (isinstance(self.value, str) and instant(self.value) is None):
            raise QueryError(
                f"{self.key} {self.op} {_constant(self.value)}: only numbers and dates have an order",
                fix="Write a date as 2024-01-31 or 2024-01-31T18:30:00+02:00.",
            )

    def __str__(self) -> str:
        return f"{_key(self.key)} {self.op} {_constant(self.value)}"


@dataclass(frozen=True, slots=True)
class In(_Combinable):
    """A payload value equal to one of several constants, as ``Compare`` with ``=`` has it."""

    key: str
    values: tuple[Scalar, ...]

    def __post_init__(self) -> None:
        for value in self.values:
            _check_constant(value)

    def __str__(self) -> str:
        return f"{_key(self.key)} in ({', '.join(_constant(value) for value in self.values)})"


@dataclass(frozen=True, slots=True)
class Exists(_Combinable):
    """A payload key that is present, not null and not an empty list."""

    key: str

    def __str__(self) -> str:
        return f"exists {_key(self.key)}"


@dataclass(frozen=True, slots=True)
class All(_Combinable):
    """Every one of the filters; an empty one matches everything."""

    filters: tuple[Filter, ...]

    def __str__(self) -> str:
        return " and ".join(_nested(each) for each in self.filters) if self.filters else "true"


@dataclass(frozen=True, slots=True)
class Either(_Combinable):
    """At least one of the filters; an empty one matches nothing."""

    filters: tuple[Filter, ...]

    def __str__(self) -> str:
        return " or ".join(_nested(each) for each in self.filters) if self.filters else "false"


@dataclass(frozen=True, slots=True)
class Not(_Combinable):
    """What the filter does not match; a missing key does not match ``Compare``, so ``Not`` of it does."""

    filter: Filter

    def __str__(self) -> str:
        return f"not {_nested(self.filter)}"


Filter = Compare | In | Exists | All | Either | Not


def all_of(filters: Sequence[Filter | None]) -> Filter | None:
    """Return the conjunction of the filters that are not ``None``; ``None`` when all are."""
    given = tuple(each for each in filters if each is not None)
    if len(given) < 2:
        return given[0] if given else None
    return All(given)


def instant(text: str) -> datetime | None:
    """Return the moment that an ISO 8601 date or date and time names; ``None`` when ``text`` is neither.

    A date is its first moment, and what has no offset is taken as UTC, so that moments can always be compared.

    Example:
        >>> instant("2024-01-31T18:30:00+02:00") == instant("2024-01-31 16:30")
        True
    """
    if not _INSTANT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def path_segments(key: str) -> tuple[str, ...]:
    """Return the segments of a filter's key: ``year``, ``camera.lens`` or ``exif."focal length"``.

    Example:
        >>> path_segments('exif."focal length"')
        ('exif', 'focal length')

    Raises:
        QueryError: The key is empty, or its quotes or dots do not pair up.
    """
    segments, position = [], 0
    while match := _QUOTED_PATH.match(key, position):
        segments.append(match["bare"] if match["quoted"] is None else match["quoted"])
        position = match.end()
        if position == len(key):
            return tuple(segments)
        if key[position] != ".":
            break
        position += 1
    raise QueryError(f"{key!r} is not a key: words joined by dots, or names in double quotes", where="filter")


def quoted_path(segments: Sequence[str]) -> str:
    r"""Return the key that ``path_segments`` takes apart, with quotes around what is not a plain word.

    Example:
        >>> quoted_path(["exif", "focal length"])
        'exif."focal length"'

    Raises:
        QueryError: A segment holds a double quote, which no key of a filter can.
    """
    for segment in segments:
        if '"' in segment:
            raise QueryError(f"the key {segment!r} holds a double quote and cannot be filtered by", where="filter")
    return ".".join(segment if _PLAIN_SEGMENT.fullmatch(segment) else f'"{segment}"' for segment in segments)


def _check_constant(value: Scalar) -> None:
    if type(value) not in (str, int, float, bool):
        raise QueryError(f"{value!r} is not a text, a number or a bool", where="filter")
    if isinstance(value, float) and not math.isfinite(value):
        raise QueryError(f"{value} equals no value; a filter's number is finite", where="filter")


def _key(key: str) -> str:
    """Write a key so that the parser reads it as one: a lone reserved word is quoted."""
    return f'"{key}"' if key.casefold() in RESERVED else key


def _nested(filter_: Filter) -> str:
    text = str(filter_)
    return f"({text})" if isinstance(filter_, All | Either) and filter_.filters else text


def _constant(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    if instant(value) is not None and " " not in value:
        return value
    if _BARE_WORD.fullmatch(value) and value.casefold() not in RESERVED:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
