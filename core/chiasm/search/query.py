"""A query: items of one or more modalities, with conditions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chiasm.errors import QueryError, nearest_names
from chiasm.filter_syntax import parse_filter
from chiasm.filters import All, Compare, Either, Exists, Filter, In, Not, all_of
from chiasm.media.item import Item
from chiasm.media.loaders import Loaders
from chiasm.media.modality import AUDIO, IMAGE, TEXT
from chiasm.media.source import Source

OWN_KEYS = {"id": "doc", "title": "title", "path": "path", "field": "field", "modality": "modalities"}
"""Names in a filter that mean chiasm's own payload rather than the user's metadata."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for.

    Attributes:
        items: One item of each modality that the query has, by modality.
        filter: Which points are considered; all when ``None``.
        limit: Number of documents at most.
    """

    items: dict[str, Item]
    filter: Filter | None
    limit: int


def make_query(
    given: dict[str, Any],
    *,
    where: str | Filter | None,
    modality: str | None,
    limit: int,
    loaders: Loaders,
    modalities: Collection[str],
) -> Query:
    """Check what a caller gave and make a query of it.

    Args:
        given: By modality: a text, or for other modalities a path, bytes, an ``Item``, or decoded media.
        where: Condition on metadata, as text or as a tree.
        modality: Only documents that have an item of this modality.
        limit: Number of documents at most.
        loaders: Read files.
        modalities: Every modality that documents can have.

    Raises:
        QueryError: Nothing was given, or something of another modality, or the condition is malformed.
        MediaError: A file cannot be read.
    """
    items = {name: _item(name, value, loaders) for name, value in given.items() if value is not None}
    if not items:
        raise QueryError("a search needs a text, image, audio or video", fix="For example: chiasm search 'a red car'.")
    if limit < 1:
        raise QueryError(f"limit is at least 1; it is {limit}")
    if modality is not None and modality not in modalities:
        raise QueryError(
            f"documents here have no items of modality {modality!r}; they have {', '.join(sorted(modalities))}",
            nearest=nearest_names(modality, modalities),
        )
    condition = parse_filter(where) if isinstance(where, str) else where
    only = Compare("modalities", "=", modality) if modality else None
    return Query(items, all_of([None if condition is None else on_payload(condition), only]), limit)


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


def _item(modality: str, value: object, loaders: Loaders) -> Item:
    item = _as_item(modality, value, loaders)
    if item.modality != modality:
        raise QueryError(
            f"the query's {modality} is of modality {item.modality}", where=item.name, nearest=[item.modality]
        )
    if modality == TEXT and not item.text().strip():
        raise QueryError("the query's text is empty")
    return item


def _as_item(modality: str, value: object, loaders: Loaders) -> Item:
    match value:
        case Item():
            return value
        case str() if modality == TEXT:
            return Item.of_text(value)
        case str() | Path():
            return loaders.item(Source(path=Path(value).expanduser()))
        case bytes():
            return loaders.item(Source(data=value, name=f"the query's {modality}"))
        case np.ndarray() if modality == IMAGE:
            return Item.of_image(value)
        case (np.ndarray() as samples, int() as rate) if modality == AUDIO:
            return Item.of_audio(samples, rate)
    raise QueryError(
        f"the query's {modality} is {type(value).__name__}",
        fix="Give a path, bytes, an Item, a uint8 [H, W, 3] array for an image, or (samples, rate) for audio.",
    )
