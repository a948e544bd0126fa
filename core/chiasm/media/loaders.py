"""The installed loaders: from the bytes of a file to an item with the loader that decodes it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, cached_property
from pathlib import PurePath
from typing import Any

from chiasm.contracts.loader import Loader, LoaderParams
from chiasm.errors import UnreadableMedia, UnsupportedMedia
from chiasm.media.item import Item
from chiasm.media.limits import Limits
from chiasm.media.modality import MODALITIES
from chiasm.media.sniff import HEAD_BYTES, sniff
from chiasm.media.source import Source
from chiasm_registry import Registry, installed_registry

UNTOLD = frozenset(
    {None, "text/plain", "application/zip", "application/gzip", "application/x-xz", "application/zstd",
     "application/vnd.sqlite3", "application/x-ole-storage"}
)  # fmt: skip
"""What the first bytes of a file may be while its name says more: what holds many types, and the unknown."""


class Loaders:
    """Loader plugins by media type, each made when its first file is met.

    Args:
        registry: Where loader plugins are looked up.
        limits: What the loaders read and decode at most.
        asked: Modalities that are asked for. Files that only their suffix tells from texts and archives are left as
            these where nobody asks for what they otherwise are; all modalities by default.
    """

    def __init__(self, registry: Registry, limits: Limits, asked: Collection[str] | None = None) -> None:
        self._limits = limits
        self._registry = registry
        self._names = {
            media_type: component.id
            for component in registry.components("loader")
            if component.usable
            for media_type in component.spec.consumes
        }
        self._types = {
            suffix: component.spec.consumes[0]
            for component in registry.components("loader")
            if component.usable and component.spec.consumes
            if asked is None or not set(component.spec.produces).isdisjoint(asked)
            for suffix in component.spec.suffixes
        }
        self._made: dict[str, Loader[Any]] = {}

    @cached_property
    def modalities(self) -> tuple[str, ...]:
        """Modalities of everything that is read: the built-in ones first, then those of plugins by name."""
        return loaded_modalities(self._registry)

    @property
    def suffixes(self) -> frozenset[str]:
        """Ends of file names by which plugins know their files."""
        return frozenset(self._types)

    def item(self, source: Source) -> Item:
        """Return ``source`` as an item, its type found by its content.

        Raises:
            UnreadableMedia: It cannot be read, or is empty.
            UnsupportedMedia: Its type is unknown, or no installed loader reads it.
        """
        with source.open() as stream:
            try:
                head = stream.read(HEAD_BYTES)
            except OSError as error:
                raise UnreadableMedia(
                    f"the file cannot be read ({error.strerror or error})", where=source.name
                ) from error
        if not head:
            raise UnreadableMedia("the file is empty", where=source.name)
        media_type = sniff(head, source)
        if media_type in UNTOLD:
            suffix = PurePath(source.path or source.name).suffix.lower()
            media_type = self._types.get(suffix, media_type)
        loader = self._loader(media_type, source)
        return Item(loader.modality, source=source, media_type=media_type, loader=loader)

    def _loader(self, media_type: str | None, source: Source) -> Loader[Any]:
        name = self._names.get(media_type or "")
        if media_type is None or name is None:
            kind = f"content of type {media_type}" if media_type else "content of an unknown type"
            raise UnsupportedMedia(
                f"{kind} is read by no installed loader",
                where=source.name,
                fix="'chiasm plugins list --kind loader' shows what is read, and which extras are missing.",
            )
        if name not in self._made:
            component = self._registry.get("loader", name)
            params = component.load_params() or LoaderParams
            self._made[name] = component.load_class()(params(limits=self._limits))
        return self._made[name]


def loaded_modalities(registry: Registry) -> tuple[str, ...]:
    """Return the modalities that the usable loaders of a registry give: the built-in ones first, others by name."""
    given = {name for each in registry.components("loader") if each.usable for name in each.spec.produces}
    return (*MODALITIES, *sorted(given.difference(MODALITIES)))


@cache
def installed_loaders() -> Loaders:
    """Return the loaders of every installed plugin, with the default limits."""
    return Loaders(installed_registry(), Limits())
