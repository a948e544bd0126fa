"""What a caller gives for a query, as items: texts, paths, bytes, arrays and items themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chiasm.errors import QueryError
from chiasm.media.item import Item
from chiasm.media.loaders import Loaders
from chiasm.media.modality import AUDIO, IMAGE, TEXT
from chiasm.media.source import Source


def item_of(modality: str, value: object, loaders: Loaders) -> Item:
    """Return what was given as the query's ``modality``.

    Args:
        modality: The modality that it has to have.
        value: A text, or for other modalities a path, bytes, an ``Item``, or decoded media.
        loaders: Read files.

    Raises:
        QueryError: It is of another modality or type, or an empty text.
        MediaError: A file cannot be read.
    """
    item = _as_item(modality, value, loaders)
    if item.modality != modality:
        raise QueryError(
            f"the query's {modality} is of modality {item.modality}", where=item.name, nearest=[item.modality]
        )
    return _not_empty(item, f"the query's {modality} is empty")


def example_of(part: str, value: object, loaders: Loaders) -> str | Item:
    """Return an example that results should or should not be like: the id of a stored document, or an item.

    Raises:
        QueryError: It is of another type, or empty.
        MediaError: A file cannot be read.
    """
    if isinstance(value, str):
        if not value.strip():
            raise QueryError(f"'{part}' has an empty id")
        return value
    return excluded_of(part, value, loaders)


def excluded_of(part: str, value: object, loaders: Loaders) -> Item:
    """Return something that results should be far from: a text or an item.

    Raises:
        QueryError: It is of another type, or an empty text.
        MediaError: A file cannot be read.
    """
    match value:
        case Item():
            return _not_empty(value, f"'{part}' has an empty text")
        case str():
            return _not_empty(Item.of_text(value), f"'{part}' has an empty text")
        case Path():
            return loaders.item(Source(path=value.expanduser()))
        case bytes():
            return loaders.item(Source(data=value, name=f"what '{part}' gives"))
        case np.ndarray():
            return Item.of_image(value)
    text = "an id" if part in ("like", "unlike") else "a text"
    raise QueryError(
        f"'{part}' has a {type(value).__name__}",
        fix=f"Give {text}, a Path, bytes, an Item, or a uint8 [H, W, 3] array; several of them as a list.",
    )


def _not_empty(item: Item, problem: str) -> Item:
    if item.modality == TEXT and not item.text().strip():
        raise QueryError(problem)
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
