"""The installed loaders: from the bytes of a file to an item with the loader that decodes it."""

from __future__ import annotations

from functools import cache
from typing import Any

from chiasm.contracts.loader import Loader, LoaderParams
from chiasm.errors import UnreadableMedia, UnsupportedMedia
from chiasm.media.item import Item
from chiasm.media.limits import Limits
from chiasm.media.sniff import HEAD_BYTES, sniff
from chiasm.media.source import Source
from chiasm_registry import Registry, installed_registry


class Loaders:
    """Loader plugins by media type, each made when its first file is met.

    Args:
        registry: Where loader plugins are looked up.
        limits: What the loaders read and decode at most.
    """

    def __init__(self, registry: Registry, limits: Limits) -> None:
        self._limits = limits
        self._registry = registry
        self._names = {
            media_type: component.id
            for component in registry.components("loader")
            if component.usable
            for media_type in component.spec.consumes
        }
        self._made: dict[str, Loader[Any]] = {}

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
            self._made[name] = component.load_class()(LoaderParams(limits=self._limits))
        return self._made[name]


@cache
def installed_loaders() -> Loaders:
    """Return the loaders of every installed plugin, with the default limits."""
    return Loaders(installed_registry(), Limits())
