"""Conditions on a user's names, as conditions on what a store keeps of a document."""

from __future__ import annotations

from collections.abc import Sequence

from chiasm.filter_syntax import parse_filter
from chiasm.filters import All, Compare, Either, Exists, Filter, In, Not, all_of

OWN_KEYS = {"id": "doc", "title": "title", "path": "path", "field": "field", "modality": "modalities"}
"""Names in a filter that mean chiasm's own payload rather than the user's metadata."""


def condition_of(where: str | Filter | None, modality: str | None, not_documents: Sequence[str] = ()) -> Filter | None:
    """Return the one condition that points have to meet; ``None`` where every point may be found.

    Args:
        where: Condition on metadata, as text or as a tree.
        modality: Only documents that have an item of this modality.
        not_documents: Ids of documents that are left out.

    Raises:
        QueryError: The text is malformed.
    """
    condition = parse_filter(where) if isinstance(where, str) else where
    only = Compare("modalities", "=", modality) if modality else None
    others = Not(In("doc", tuple(not_documents))) if not_documents else None
    return all_of([None if condition is None else on_payload(condition), only, others])


def on_payload(condition: Filter) -> Filter:
    """Return a condition on a user's names as a condition on payload keys."""
    match condition:
        case Compare(key, op, value):
            return Compare(payload_key(key), op, value)
        case In(key, values):
            return In(payload_key(key), values)
        case Exists(key):
            return Exists(payload_key(key))
        case Not(inner):
            return Not(on_payload(inner))
        case All(filters):
            return All(tuple(map(on_payload, filters)))
        case Either(filters):
            return Either(tuple(map(on_payload, filters)))


def payload_key(name: str) -> str:
    """Return the payload key that a name in a filter means: one of chiasm's own, or a user's metadata."""
    return OWN_KEYS.get(name) or f"meta.{name}"
