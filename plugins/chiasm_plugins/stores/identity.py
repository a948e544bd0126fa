"""What a collection says of itself: format, version of chiasm, plan and embedding spaces; and who may open it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from packaging.version import InvalidVersion, Version

from chiasm.contracts import StoreSchema
from chiasm.errors import StoreError, StoreTooNew
from chiasm.space import EmbeddingSpace, require_same_space
from chiasm.version import __version__

FORMAT = 1
"""Number of the layout of collections; one that an older chiasm cannot read gets the next number."""

_OTHER = "Use another --store, or move this one away and index again."

ANOTHER_WAY = "Use another --store, or index again with `chiasm index --rebuild`."


def to_payload(schema: StoreSchema) -> dict[str, Any]:
    """Return the JSON form of a schema that is kept with the collection."""
    return {
        "format": FORMAT,
        "version": schema.version or __version__,
        "plan": schema.plan,
        "spaces": {name: space.to_payload() for name, space in schema.spaces.items()},
        "payload_indexes": dict(schema.payload_indexes),
    }


def from_payload(payload: object, where: str) -> StoreSchema:
    """Return the schema that ``to_payload`` gave.

    Args:
        payload: What the collection holds.
        where: The collection, for messages.

    Raises:
        StoreTooNew: It was written by a newer chiasm, in this format or another.
        StoreError: It is not what chiasm writes.
    """
    if not isinstance(payload, Mapping) or not isinstance(payload.get("format"), int):
        raise StoreError(
            "the collection does not say what it holds, so chiasm did not make it", where=where, fix=_OTHER
        )
    written_by = str(payload.get("version", ""))
    _require_not_newer(payload["format"], written_by, where)
    try:
        return StoreSchema(
            spaces={name: EmbeddingSpace.from_payload(dict(space)) for name, space in payload["spaces"].items()},
            payload_indexes=dict(payload["payload_indexes"]),
            plan=str(payload["plan"]),
            version=written_by,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"the collection's description is damaged ({error})", where=where, fix=_OTHER) from error


def _require_not_newer(format_number: int, written_by: str, where: str) -> None:
    try:
        reader = Version(__version__)
        # A source tree that is not installed has no version to compare; the number of the format it has.
        newer = reader.local != "unknown" and Version(written_by) > reader
    except InvalidVersion:
        newer = False
    if newer or format_number > FORMAT:
        raise StoreTooNew(
            f"the collection was written by chiasm {written_by} (format {format_number}), "
            f"and this is {__version__} (format {FORMAT})",
            where=where,
            fix=f"Run `pip install -U 'chiasm>={written_by}'`, or use another --store.",
        )


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A wanted schema brought together with a stored one.

    Attributes:
        schema: What the collection holds afterwards.
        new_spaces: Spaces to be added, by vector name.
        new_indexes: Payload indexes to be added, by key.
    """

    schema: StoreSchema
    new_spaces: Mapping[str, EmbeddingSpace]
    new_indexes: Mapping[str, Any]


def reconcile(stored: StoreSchema, wanted: StoreSchema, where: str) -> Reconciled:
    """Join two schemas: names that only one has are kept, names that both have must be of one space.

    Raises:
        SpaceMismatch: A vector name is there with another space.
    """
    for name, space in wanted.spaces.items():
        if name in stored.spaces:
            require_same_space(space, stored.spaces[name], where=f"{where}, vectors {name!r}", fix=ANOTHER_WAY)
    new_spaces = {name: space for name, space in wanted.spaces.items() if name not in stored.spaces}
    new_indexes = {key: kind for key, kind in wanted.payload_indexes.items() if key not in stored.payload_indexes}
    schema = replace(
        stored,
        spaces={**stored.spaces, **new_spaces},
        payload_indexes={**stored.payload_indexes, **new_indexes},
        plan=wanted.plan or stored.plan,
        version=wanted.version or __version__,
    )
    return Reconciled(schema, new_spaces, new_indexes)
