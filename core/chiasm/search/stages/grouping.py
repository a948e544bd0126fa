"""Grouping: of the documents that share a value of their metadata the best is shown, with the others under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chiasm.errors import QueryError, nearest_names
from chiasm.filters import path_segments
from chiasm.search.conditions import payload_key
from chiasm.search.found import Found
from chiasm.search.hits import Beneath
from chiasm.search.stages.stage import Arranged, Stage


@dataclass(frozen=True, slots=True)
class Grouping(Stage):
    """Shows one document of each group.

    The value is taken whole, a list too. A document without the metadata stands for itself.

    Attributes:
        key: Name of the metadata, as filters write it: ``folder``, ``camera.lens``, or ``title``.
    """

    key: str
    name = "group"

    def run(self, arranged: Arranged, found: Found) -> tuple[Arranged, str]:
        """See ``Stage.run``.

        Raises:
            QueryError: None of the documents has the metadata.
        """
        segments = path_segments(payload_key(self.key))
        payloads = {document: found.points(document)[0].payload for document in arranged.ids}
        values = {document: _value(payload, segments) for document, payload in payloads.items()}
        if values and all(value is None for value in values.values()):
            known = sorted({name for payload in payloads.values() for name in payload.get("meta", {})})
            raise QueryError(
                f"nothing that was found has {self.key!r} to be grouped by; there is {', '.join(known) or 'none'}",
                where="group_by",
                nearest=nearest_names(self.key, known),
            )
        firsts: dict[str, str] = {}
        beneath: dict[str, list[Beneath]] = {}
        ids = []
        for document in arranged.ids:
            value = values[document]
            first = document if value is None else firsts.setdefault(repr(value), document)
            if first == document:
                ids.append(document)
            else:
                beneath.setdefault(first, []).append(Beneath(document, arranged.scores[document]))
        grouped = {document: tuple(under) for document, under in beneath.items()}
        note = f"{len(arranged.ids)} documents in {len(ids)} groups by {self.key}"
        return replace(arranged, ids=tuple(ids), groups=values, grouped=grouped), note


def _value(payload: Mapping[str, Any], segments: tuple[str, ...]) -> Any:  # noqa: ANN401
    value: Any = payload
    for segment in segments:
        value = value.get(segment) if isinstance(value, Mapping) else None
    return value
