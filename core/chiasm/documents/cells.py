"""One value of a row, or of a mapping in Python, as items of a field."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chiasm.documents.json_values import is_missing
from chiasm.errors import ChiasmError, SourceError, UnsupportedMedia
from chiasm.media.audio import Audio
from chiasm.media.item import Item
from chiasm.media.loaders import Loaders
from chiasm.media.modality import AUDIO, IMAGE, TEXT
from chiasm.media.source import Source

_URL = re.compile(r"(?:[a-z][a-z0-9+.-]+://|data:)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cells:
    """Turns values into items.

    Attributes:
        folder: What relative paths are relative to.
        loaders: Find the types of files.
    """

    folder: Path
    loaders: Loaders

    def items(self, value: Any, modality: str, is_path: bool, where: str) -> list[Item]:  # noqa: ANN401
        """Return the items that a value holds: none for a missing one, several for a list.

        Args:
            value: Text; a path (``str`` where ``is_path`` says so, ``Path`` anywhere); the bytes of a file; an item; a
                picture as uint8 ``[H, W, 3]`` or PIL image; sound as ``Audio``, ``(samples, rate)`` or
                ``{"array": samples, "sampling_rate": rate}``; ``{"bytes": ..., "path": ...}``; or a list of such.
            modality: What the items have to be.
            is_path: Whether a ``str`` is a path.
            where: For messages.

        Raises:
            SourceError: A value is of no kind that makes such an item.
            MediaError: A file cannot be read, or is of another modality.
        """
        if is_missing(value) or (isinstance(value, str) and not value.strip()):
            return []
        if isinstance(value, list) or (isinstance(value, tuple) and not _is_sound(value)):
            return [item for inner in value for item in self.items(inner, modality, is_path, where)]
        item = self._item(value, modality, is_path, where)
        if item.modality != modality:
            raise UnsupportedMedia(f"it holds {item.modality} where {modality} is due", where=f"{where}, {item.name}")
        return [item]

    def _item(self, value: Any, modality: str, is_path: bool, where: str) -> Item:  # noqa: ANN401
        if isinstance(value, Item):
            return value
        if isinstance(value, os.PathLike) or (is_path and isinstance(value, str)):
            return self._file(os.fspath(value), where)
        if isinstance(value, bytes | bytearray | memoryview):
            return self.loaders.item(Source(data=bytes(value), name=where))
        if modality == TEXT and isinstance(value, str | int | float | np.generic):
            return Item.of_text(str(value))
        if isinstance(value, Mapping) and not _is_sound(value):
            return self._stored_file(value, modality, where)
        try:
            return _in_memory(value, modality, where)
        except ChiasmError as error:
            raise type(error)(error.problem, where=error.where or where, nearest=error.nearest, fix=error.fix) from None

    def _file(self, path: str | bytes, where: str) -> Item:
        name = os.fsdecode(path)
        if _URL.match(name):
            shown = name if len(name) < 100 else f"{name[:97]}..."
            raise SourceError(
                f"{shown!r} is a URL; chiasm fetches nothing from the network",
                where=where,
                fix="Download the files first and give their paths.",
            )
        return self.loaders.item(Source(path=self.folder / Path(name).expanduser()))

    def _stored_file(self, value: Mapping[str, Any], modality: str, where: str) -> Item:
        """Return the item of a file kept in a table the way the datasets library does it."""
        data, path = value.get("bytes"), value.get("path")
        if isinstance(data, bytes) and data:
            return self.loaders.item(Source(data=data, name=f"{where}, {path}" if path else where))
        if isinstance(path, str) and path:
            return self._file(path, where)
        keys = ", ".join(map(repr, value))
        raise SourceError(f"a mapping with {keys or 'nothing'} is no {modality}; 'bytes' or 'path' is due", where=where)


def _is_sound(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, Mapping):
        return "array" in value and "sampling_rate" in value
    return len(value) == 2 and isinstance(value[0], np.ndarray) and isinstance(value[1], int | np.integer)


def _in_memory(value: Any, modality: str, where: str) -> Item:  # noqa: ANN401
    if isinstance(value, Audio):
        return Item(AUDIO, value=value)
    if isinstance(value, Mapping):
        return _sound(np.asarray(value["array"]), int(value["sampling_rate"]))
    if isinstance(value, tuple):
        return _sound(value[0], int(value[1]))
    if type(value).__module__.startswith("PIL."):
        return Item.of_image(np.asarray(value.convert("RGB")))
    if isinstance(value, np.ndarray):
        if modality == AUDIO:
            raise SourceError("sound needs its rate: give (samples, rate)", where=where)
        return Item.of_image(value) if modality == IMAGE else Item(modality, value=value)
    raise SourceError(f"a value of type {type(value).__name__} is no {modality}", where=where)


def _sound(samples: np.ndarray[Any, Any], rate: int) -> Item:
    if rate <= 0:
        raise SourceError(f"a rate of {rate} Hz is none")
    if samples.dtype.kind in "iu":
        middle = 0 if samples.dtype.kind == "i" else 2 ** (8 * samples.itemsize - 1)
        samples = (samples.astype(np.float64) - middle) / 2.0 ** (8 * samples.itemsize - 1)
    return Item.of_audio(samples.astype(np.float32, copy=False), rate)
