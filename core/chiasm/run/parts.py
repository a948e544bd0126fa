"""The unit that flows through a run: a part of a document, on its way to become a point."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chiasm.contracts.encoder import Prepared, Vector
from chiasm.contracts.store import Point
from chiasm.media.document import Document
from chiasm.media.item import Item
from chiasm.media.modality import TEXT
from chiasm.media.source import printable_path
from chiasm.media.span import CharSpan, Span
from chiasm.plan.model import EncodeStep, Plan, TranslateStep

NAMESPACE = uuid.UUID("6f1c0c1e-9d5c-5e0b-8f5e-1f1f6b0b7a11")
"""Namespace of point ids (uuid5), so that the same part of the same document has the same id everywhere."""

SNIPPET_CHARACTERS = 2000
"""Text kept in the payload for results to show; vectors are made from all of it."""


ITEM_KEY = "item"
"""Payload key of the place of an item in its field, where it is not the first: no point of a field has it exactly where
every document has at most one item in that field."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in its document an item comes from.

    Attributes:
        key: Text form of the way from the document's own item to this one; part of the point's id.
        modality: Modality of the document's own item.
        path: Its file, printable; empty where it has none.
    """

    key: str
    modality: str
    path: str


@dataclass(slots=True, eq=False)
class Part:
    """An item of a document's field, with what has become of it so far.

    Attributes:
        document: The document.
        field: The field.
        origin: Where the item comes from.
        span: The part of the document's own item that it stands for.
        payload: What the point will carry of this item.
        prepared: What each encode step waits for, by its position among the plan's encodings.
        vectors: What encoders gave so far, by vector name.
        item: The item, kept only while a translator waits for it.
    """

    document: Document
    field: str
    origin: Origin
    span: Span | None
    payload: dict[str, Any]
    prepared: dict[int, Prepared] = dataclasses.field(default_factory=dict)
    vectors: dict[str, Vector] = dataclasses.field(default_factory=dict)
    item: Item | None = None

    @property
    def nbytes(self) -> int:
        """Memory that what is prepared holds, about."""
        return sum(each.nbytes for each in self.prepared.values()) + 1024

    @property
    def point_id(self) -> str:
        """UUID of its point."""
        return point_id(self.document.id, self.field, self.origin.key, self.span)


def point_id(document: str, field_name: str, origin: str, span: Span | None) -> str:
    """Return the UUID (version 5) of a part of a document."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join((document, field_name, origin, span.key if span else ""))))


def parts_of(document: Document) -> Iterator[tuple[str, Item, Origin]]:
    """Yield the field, item and origin of each of a document's own items."""
    for name, items in document.fields.items():
        for at, item in enumerate(items):
            path = printable_path(item.source.path) if item.source and item.source.path else ""
            yield name, item, Origin(f"{name}/{at}", item.modality, path)


def place_of(origin: Origin) -> int:
    """Return the place, from 0, of the document's own item in its field; 0 for what has none, a fused vector."""
    place = origin.key.partition(">")[0].rpartition("/")[2]
    return int(place) if place.isdigit() else 0


def child_origin(parent: Origin, step: TranslateStep, at: int) -> Origin:
    """Return the origin of the ``at``-th result of translating an item."""
    return Origin(f"{parent.key}>{step.by.name}/{at}", parent.modality, parent.path)


def child_span(parent: Span | None, own: Span | None) -> Span | None:
    """Return the span of a result of translating an item.

    A stretch of the text that was heard in a recording is found by its time, so a parent's time or box stays.
    """
    return own if parent is None or isinstance(parent, CharSpan) else parent


def make_part(document: Document, field_name: str, item: Item, origin: Origin, span: Span | None) -> Part:
    """Return a part with the payload of its item; decoded media are not kept."""
    payload: dict[str, Any] = {}
    if item.modality == TEXT:
        payload["text"] = item.text()[:SNIPPET_CHARACTERS]
    if item.provenance is not None:
        payload["provenance"] = item.provenance.to_payload()
    if span is not None:
        payload["span"] = span.to_payload()
    return Part(document, field_name, origin, span, {"modality": item.modality, **payload})


def make_point(part: Part, reach: Sequence[str]) -> Point:
    """Return the part's point: its vectors, and the payload that searches read and filter.

    Args:
        part: The part.
        reach: Names of the vectors that its document can get.
    """
    payload = {
        "doc": part.document.id,
        "title": part.document.title,
        "field": part.field,
        "source_modality": part.origin.modality,
        "modalities": list(part.document.modalities),
        "reach": list(reach),
        "meta": dict(part.document.metadata),
        **part.payload,
    }
    if part.origin.path:
        payload["path"] = part.origin.path
    if at := place_of(part.origin):
        payload[ITEM_KEY] = at
    return Point(part.point_id, part.vectors, payload)


def wanted_encodings(plan: Plan, field_name: str) -> Iterator[tuple[int, EncodeStep]]:
    """Yield the encode steps of a field with their positions."""
    for at, step in enumerate(plan.encodings):
        if field_name in step.fields:
            yield at, step
