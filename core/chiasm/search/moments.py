"""Moments: neighbouring spans of one recording that answer a query alike, merged into one stretch of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chiasm.contracts.store import ScoredPoint
from chiasm.media.span import Span, TimeSpan, span_from_payload

RELEVANT_SHARE = 0.85
"""A neighbour belongs to the moment when it scores at least this share of the best; the rest is only nearby."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The part of a document that answers a query.

    Attributes:
        span: The stretch; ``None`` for the whole document.
        text: What was said or written in it; empty where there is no text.
        points: The points that make it up, in order of time.
    """

    span: Span | None
    text: str
    points: tuple[ScoredPoint, ...]


def span_of(point: ScoredPoint) -> Span | None:
    """Return the span that a point stands for."""
    payload = point.payload.get("span")
    return span_from_payload(payload) if payload else None


def find_moment(best: ScoredPoint, others: Sequence[ScoredPoint], gap: float) -> Moment:
    """Grow the best point by its relevant neighbours in time.

    Args:
        best: The point that the document was found by.
        others: Further points of the same document that the same leg found.
        gap: Seconds between two spans at most.
    """
    span = span_of(best)
    if not isinstance(span, TimeSpan):
        return Moment(span, str(best.payload.get("text", "")), (best,))
    timed = [(best, span)]
    for point in others:
        other = span_of(point)
        if isinstance(other, TimeSpan) and _belongs(point, best):
            timed.append((point, other))
    timed.sort(key=lambda pair: pair[1])
    at = next(n for n, (point, _) in enumerate(timed) if point is best)
    first = last = at
    start, end = span.start, span.end
    while first > 0 and start - timed[first - 1][1].end <= gap:
        first -= 1
        start = min(start, timed[first][1].start)
    while last + 1 < len(timed) and timed[last + 1][1].start - end <= gap:
        last += 1
        end = max(end, timed[last][1].end)
    points = tuple(point for point, _ in timed[first : last + 1])
    text = " ".join(str(point.payload["text"]) for point in points if point.payload.get("text"))
    return Moment(TimeSpan(start, end), text, points)


def _belongs(point: ScoredPoint, best: ScoredPoint) -> bool:
    """Whether a point is of the same field and file as the best one, and about as good."""
    same = all(point.payload.get(key) == best.payload.get(key) for key in ("field", "path"))
    return same and point.score >= RELEVANT_SHARE * best.score > 0
