"""Filters in Python: ``(F("year") >= 2020) & ~F("draft").exists()``."""

from __future__ import annotations

from datetime import date
from typing import cast

from chiasm.filters import Compare, Comparison, Exists, In, Scalar, path_segments, quoted_path

Constant = Scalar | date
"""What a payload value is compared with; a date or datetime stands for its ISO 8601 text."""


class F:
    """A payload key, compared with Python's own operators. The results are joined by ``&``, ``|`` and ``~``.

    Example:
        >>> from chiasm.filter_builder import F
        >>> str((F("year") >= 2020) & (F("tag").one_of("dog", "cat") | ~F("draft").exists()))
        'year >= 2020 and (tag in (dog, cat) or not exists draft)'

    Args:
        key: A path of names joined by dots; a name that has a dot itself is put in double quotes: ``'"file.name"'``.

    Raises:
        QueryError: The key is empty or malformed.
    """

    __slots__ = ("_key",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, key: str) -> None:
        self._key = quoted_path(path_segments(key))

    def __eq__(self, value: Constant) -> Compare:  # type: ignore[override]
        return self._compare("=", value)

    def __ne__(self, value: Constant) -> Compare:  # type: ignore[override]
        return self._compare("!=", value)

    def __lt__(self, value: Constant) -> Compare:
        return self._compare("<", value)

    def __le__(self, value: Constant) -> Compare:
        return self._compare("<=", value)

    def __gt__(self, value: Constant) -> Compare:
        return self._compare(">", value)

    def __ge__(self, value: Constant) -> Compare:
        return self._compare(">=", value)

    def one_of(self, *values: Constant) -> In:
        """Return the filter that the value equals one of ``values``."""
        return In(self._key, tuple(_scalar(value) for value in values))

    def exists(self) -> Exists:
        """Return the filter that the key is present, not null and not an empty list."""
        return Exists(self._key)

    def _compare(self, op: Comparison, value: Constant) -> Compare:
        return Compare(self._key, op, _scalar(value))


def _scalar(value: Constant) -> Scalar:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    bare = getattr(value, "item", None)  # a number of numpy's gives the Python number that it is
    return cast(Scalar, bare()) if callable(bare) else value
