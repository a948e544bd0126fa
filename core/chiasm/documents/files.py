"""The document that files of one stem make, and the facts of its files."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chiasm.documents.identity import printable_name, split_name
from chiasm.documents.json_values import json_value
from chiasm.documents.source import SourceFailure
from chiasm.documents.walk import FileGroup
from chiasm.errors import ChiasmError, MediaError, SourceError, UnreadableMedia, UnsupportedMedia
from chiasm.media.document import Document
from chiasm.media.item import Item
from chiasm.media.loaders import Loaders
from chiasm.media.source import Source, printable_path

_SIDECAR = ".json"
_SIDECAR_BYTES = 4 * 1024**2

_SUFFIXES = """
    .txt .text .md .markdown .html .htm .xhtml .pdf
    .jpg .jpeg .jpe .jfif .png .webp .gif .tif .tiff .bmp .heic .heif .avif
    .wav .flac .ogg .oga .opus .mp3 .m4a .aac .aif .aiff .wma
    .mp4 .m4v .mov .mkv .webm .avi .mpg .mpeg .wmv .flv .3gp .ogv
"""
MEDIA_SUFFIXES = frozenset(_SUFFIXES.split())
"""Suffixes that promise media: a file with one of them that cannot be read is a failure, not merely passed over."""


@dataclass(slots=True)
class Gathered:
    """What came of a group of files.

    Attributes:
        document: With the fields that could be had; ``None`` when there were none.
        failures: Files that promise media and are none, or cannot be read.
        skipped: Files of types that are not read, by suffix.
    """

    document: Document | None = None
    failures: list[SourceFailure] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def gather(group: FileGroup, loaders: Loaders) -> Gathered:
    """Make the document of a group. Each file is opened to find its type; none is decoded."""
    found = Gathered()
    fields: dict[str, list[Item]] = {}
    status: dict[str, os.stat_result] = {}
    for name in group.names:
        if split_name(name)[1].lower() == _SIDECAR:
            continue
        path = group.folder / name
        try:
            item = loaders.item(Source(path=path))
            status[name] = file_status(path)
        except MediaError as error:
            _set_aside(found, group, name, error, MEDIA_SUFFIXES | loaders.suffixes)
            continue
        fields.setdefault(item.modality, []).append(item)
    sidecars = [name for name in group.names if split_name(name)[1].lower() == _SIDECAR]
    if not fields:
        found.skipped.update({_SIDECAR: len(sidecars)} if sidecars else {})
        return found
    metadata = _facts(group, status)
    for name in sidecars:
        _add_sidecar(found, group, name, metadata, status)
    title = title_in(metadata) or printable_name(group.names[0] if len(group.names) == 1 else group.stem)
    found.document = Document(group.id, fields, metadata, title=title, stamp=stamp_of(status))
    return found


def title_in(metadata: Mapping[str, Any]) -> str:
    """Return the title that metadata gives a document under ``title``; empty where there is none."""
    title = metadata.get("title")
    return title if isinstance(title, str) else ""


def stamp_of(status: Mapping[str, os.stat_result]) -> str:
    """Return a text that changes when a file is added, removed, renamed, or written to: names, sizes and times."""
    return json.dumps([[name, at.st_size, at.st_mtime_ns] for name, at in sorted(status.items())])


def _facts(group: FileGroup, status: Mapping[str, os.stat_result]) -> dict[str, Any]:
    names = list(status)
    suffixes = sorted({split_name(name)[1].lower() for name in names})
    modified = max(at.st_mtime for at in status.values())
    return {
        "file name": _one_or_all([printable_name(name) for name in names]),
        "folder": printable_path(group.folder),
        "suffix": _one_or_all([printable_name(suffix) for suffix in suffixes]),
        "modified": datetime.fromtimestamp(modified, UTC).isoformat(timespec="seconds"),
        "bytes": sum(at.st_size for at in status.values()),
    }


def _one_or_all(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _add_sidecar(
    found: Gathered, group: FileGroup, name: str, metadata: dict[str, Any], status: dict[str, os.stat_result]
) -> None:
    source = Source(path=group.folder / name)
    try:
        metadata |= _sidecar(source)
        status[name] = file_status(group.folder / name)
    except ChiasmError as error:
        found.failures.append(SourceFailure(group.id, source.name, error))


def _sidecar(source: Source) -> dict[str, Any]:
    try:
        facts = json.loads(source.read(_SIDECAR_BYTES).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SourceError(f"the metadata file is not JSON ({error})", where=source.name) from error
    if not isinstance(facts, dict):
        raise SourceError("the metadata file holds no JSON object ({...})", where=source.name)
    converted: dict[str, Any] = json_value(facts, source.name)
    return converted


def _set_aside(found: Gathered, group: FileGroup, name: str, error: MediaError, promising: Collection[str]) -> None:
    """Report a file that promises media or was asked for; count another."""
    suffix = split_name(name)[1].lower()
    if suffix in promising or name == group.explicit:
        where = printable_path(group.folder / name)
        found.failures.append(SourceFailure(group.id, where, _explained(error, suffix, where)))
    else:
        found.skipped[printable_name(suffix) or "no suffix"] += 1


def _explained(error: MediaError, suffix: str, where: str) -> MediaError:
    if isinstance(error, UnsupportedMedia) and suffix in MEDIA_SUFFIXES:
        return UnsupportedMedia(f"{error.problem}, though its name ends in {suffix}", where=where, fix=error.fix)
    return error


def file_status(path: Path) -> os.stat_result:
    """Return size and times of a file.

    Raises:
        UnreadableMedia: It is gone, or may not be looked at.
    """
    try:
        return path.stat()
    except OSError as error:
        raise UnreadableMedia(
            f"the file cannot be read ({error.strerror or error})", where=printable_path(path)
        ) from error
