"""Python values as JSON values, the only ones that metadata holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

import numpy as np

from chiasm.errors import SourceError
from chiasm.media.source import printable_path

DEEPEST = 32
"""Nesting that metadata may have: deeper is a mistake, or has no end."""


def json_value(value: Any, where: str, depth: int = 0) -> Any:  # noqa: ANN401, PLR0911
    """Return ``value`` as JSON has it.

    Dates and times become ISO 8601 text, durations seconds, decimals numbers, paths and UUIDs text, enumerations their
    value, arrays and sets lists; what is not a number (NaN, infinities, pandas' NaT and NA) becomes null. Text that
    UTF-8 cannot hold keeps its readable part.

    Args:
        value: The value.
        where: For the message.
        depth: How deep inside the metadata it is.

    Raises:
        SourceError: The value, or one inside it, has no JSON form.

    Example:
        >>> json_value({"taken": date(2024, 1, 31), "price": Decimal("9.5"), "size": float("nan")}, "row 1")
        {'taken': '2024-01-31', 'price': 9.5, 'size': None}
    """
    if depth > DEEPEST:
        raise SourceError(f"metadata is nested more than {DEEPEST} deep", where=where)
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is str:
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if is_missing(value):
        return None
    if isinstance(value, Mapping):
        return {_key(key, where): json_value(inner, where, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(inner, where, depth + 1) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted((json_value(inner, where, depth + 1) for inner in value), key=repr)
    return _scalar(value, where, depth)


def is_missing(value: Any) -> bool:  # noqa: ANN401
    """Return whether ``value`` stands for no value: ``None``, a float that is not finite, pandas' NaT or NA."""
    if value is None:
        return True
    if isinstance(value, float | np.floating):
        return not math.isfinite(value)
    if isinstance(value, Decimal):
        return not value.is_finite()
    return type(value).__name__ in ("NaTType", "NAType")


def _scalar(value: Any, where: str, depth: int) -> Any:  # noqa: ANN401, PLR0911
    match value:
        case Enum():
            return json_value(value.value, where, depth + 1)
        case bool() | int() | float() | str():  # subclasses of the plain types
            plain = next(each for each in (bool, int, float, str) if isinstance(value, each))
            return json_value(plain(value), where, depth + 1) if type(value) is not plain else value
        case np.datetime64() | np.timedelta64():  # nanoseconds have no Python form
            return json_value(value.astype(f"{value.dtype.kind}8[us]").item(), where, depth + 1)
        case np.generic() | np.ndarray():
            return json_value(value.tolist(), where, depth + 1)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case UUID():
            return str(value)
        case PurePath():
            return printable_path(value)  # type: ignore[arg-type]
    raise SourceError(
        f"metadata cannot hold {type(value).__name__} values",
        where=where,
        fix="Leave the column out with 'documents: {metadata: {exclude: [...]}}', or convert it before.",
    )


def _key(key: object, where: str) -> str:
    found = json_value(key, where)
    return found if isinstance(found, str) else str(found)
