"""The entry points that installed distributions declare, found without importing any of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions

from chiasm_registry.hooks import ENTRY_POINT_GROUP
from chiasm_registry.names import normalized
from chiasm_registry.states import short_error

UNNAMED = "unnamed"
"""Stands for a distribution whose metadata cannot be read."""


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """One declared plugin, or a distribution whose declaration cannot be read.

    Attributes:
        name: Name of the entry point; empty when ``problem`` is set.
        distribution: Normalized name of the distribution.
        version: Version of the distribution; empty where unknown.
        entry_point: What to load; ``None`` when ``problem`` is set.
        problem: Why the declaration cannot be read.
    """

    name: str
    distribution: str
    version: str
    entry_point: EntryPoint | None
    problem: str = ""


def installed_entries() -> list[FoundEntry]:
    """Return the plugins of every distribution on ``sys.path``, ordered by distribution and name.

    ``importlib.metadata.entry_points`` is not used: one malformed file anywhere makes it raise, and its order is not
    fixed. Of two copies of a distribution the first on ``sys.path`` counts, as it does for imports.
    """
    found: dict[str, list[FoundEntry]] = {}
    for distribution in distributions():
        if ENTRY_POINT_GROUP not in _declaration(distribution):
            continue
        name, version = _identity(distribution)
        if name == UNNAMED or name not in found:
            found.setdefault(name, []).extend(_entries_of(distribution, name, version))
    return _in_order(entry for entries in found.values() for entry in entries)


def given_entries(entry_points: Iterable[EntryPoint]) -> list[FoundEntry]:
    """Return entry points from elsewhere in the same form and order."""
    entries = []
    for entry_point in entry_points:
        distribution = getattr(entry_point, "dist", None)
        own_package = (entry_point.value.partition(":")[0].partition(".")[0], "")
        name, version = _identity(distribution) if distribution is not None else own_package
        entries.append(FoundEntry(entry_point.name, normalized(name), version, entry_point))
    return _in_order(entries)


def _declaration(distribution: Distribution) -> str:
    try:
        return distribution.read_text("entry_points.txt") or ""
    except (OSError, UnicodeDecodeError):
        return ""


def _identity(distribution: Distribution) -> tuple[str, str]:
    """Return name and version with one reading of the metadata, which costs a millisecond each."""
    try:
        metadata = distribution.metadata
        # The type of the metadata, before Python 3.12, has no ``get``.
        name = metadata["Name"] if "Name" in metadata else ""  # noqa: SIM401
        version = metadata["Version"] if "Version" in metadata else ""  # noqa: SIM401
        return normalized(name or UNNAMED), version or ""
    except Exception:  # any: what a damaged or missing METADATA raises differs between versions of Python
        return UNNAMED, ""


def _entries_of(distribution: Distribution, name: str, version: str) -> Iterator[FoundEntry]:
    try:
        entry_points = distribution.entry_points.select(group=ENTRY_POINT_GROUP)
    except Exception as error:  # any: the file is parsed by the standard library, which checks little
        yield FoundEntry("", name, version, None, f"its entry_points.txt cannot be read: {short_error(error)}")
        return
    for entry_point in entry_points:
        yield FoundEntry(entry_point.name, name, version, entry_point)


def _in_order(entries: Iterable[FoundEntry]) -> list[FoundEntry]:
    return sorted(entries, key=lambda entry: (entry.distribution, entry.name, str(entry.entry_point)))
