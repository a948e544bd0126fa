"""The part of a source that an item stands for: seconds, characters or a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chiasm.errors import ConfigError


@dataclass(frozen=True, slots=True, order=True)
class TimeSpan:
    """A stretch of a recording, in seconds from its start; ``end >= start``."""

    start: float
    end: float

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON form kept in a store."""
        return {"seconds": [self.start, self.end]}

    @property
    def key(self) -> str:
        """Stable text form in milliseconds, part of a point's id."""
        return f"t{round(self.start * 1000)}-{round(self.end * 1000)}"

    def __str__(self) -> str:
        return f"{clock(self.start)}-{clock(self.end)}"


@dataclass(frozen=True, slots=True, order=True)
class CharSpan:
    """A stretch of a text, in characters (code points) from its start; ``end`` is exclusive."""

    start: int
    end: int

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON form kept in a store."""
        return {"characters": [self.start, self.end]}

    @property
    def key(self) -> str:
        """Stable text form, part of a point's id."""
        return f"c{self.start}-{self.end}"

    def __str__(self) -> str:
        return f"characters {self.start}-{self.end}"


@dataclass(frozen=True, slots=True, order=True)
class BoxSpan:
    """A rectangle of a picture, in pixels of the upright picture; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON form kept in a store."""
        return {"box": [self.left, self.top, self.right, self.bottom]}

    @property
    def key(self) -> str:
        """Stable text form, part of a point's id."""
        return f"b{self.left},{self.top},{self.right},{self.bottom}"

    def __str__(self) -> str:
        return f"box {self.left},{self.top} to {self.right},{self.bottom}"


Span = TimeSpan | CharSpan | BoxSpan


def span_from_payload(payload: dict[str, Any]) -> Span:
    """Return the span whose ``to_payload`` gave ``payload``.

    Raises:
        ConfigError: The payload is of no known kind.
    """
    match payload:
        case {"seconds": [start, end]}:
            return TimeSpan(float(start), float(end))
        case {"characters": [start, end]}:
            return CharSpan(int(start), int(end))
        case {"box": [left, top, right, bottom]}:
            return BoxSpan(int(left), int(top), int(right), int(bottom))
    raise ConfigError(f"no kind of span has the form {payload!r}")


def clock(seconds: float) -> str:
    """Return ``m:ss`` or ``h:mm:ss`` for a time in seconds, rounded down.

    Example:
        >>> clock(75.9)
        '1:15'
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
