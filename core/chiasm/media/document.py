"""A document: an id, named fields of items, and metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chiasm.media.item import Item


@dataclass(slots=True, eq=False)
class Document:
    """What is indexed, found and replaced as one.

    Attributes:
        id: Stable and unique in its store.
        fields: Items by field name; fields that come from files are named by their modality.
        metadata: JSON values, kept beside the vectors and open to filters.
        title: How results call it; the id by default.
        stamp: Changes whenever the content may have changed (sizes and times of its files); ``None`` where unknown.
    """

    id: str
    fields: dict[str, list[Item]]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    stamp: str | None = None

    def __post_init__(self) -> None:
        if not self.title:
            self.title = self.id

    @property
    def modalities(self) -> tuple[str, ...]:
        """Modalities of its items, sorted, each once."""
        return tuple(sorted({item.modality for items in self.fields.values() for item in items}))
