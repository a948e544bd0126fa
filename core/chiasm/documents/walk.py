"""Walks through a folder, file names gathered by stem, in an order that stays the same.

Folders of the tree come first, in order of their names, then those that only symbolic links lead to, so that a
document has the same id whichever links are there. Each folder is entered once. Memory holds one folder's names at a
time, and a device and inode number for each folder.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from chiasm.documents.identity import path_id, split_name
from chiasm.documents.source import SourceFailure
from chiasm.errors import SourceError, UnreadableMedia
from chiasm.media.source import printable_path

STORE_MARKER = "chiasm.json"
"""A folder with a file of this name is a store, not a source."""


@dataclass(frozen=True, slots=True)
class FileGroup:
    """Files of one folder that share a stem.

    Attributes:
        folder: Where they are.
        stem: What they share.
        names: Their names, sorted.
        explicit: The one that was asked for by name, if any.
    """

    folder: Path
    stem: str
    names: tuple[str, ...]
    explicit: str | None = None

    @property
    def id(self) -> str:
        """Id of their document."""
        return path_id(self.folder / self.stem)


def walk(root: Path) -> Iterator[FileGroup | SourceFailure]:
    """Yield the files below ``root`` by stem, and what cannot be entered.

    Hidden files and folders (a leading dot), stores, and what is neither file nor folder (pipes, devices) are passed
    over. A symbolic link to a folder that holds it is reported, as are links that lead nowhere.
    """
    entered: set[tuple[int, int]] = set()
    linked: deque[Path] = deque()
    stack = [root]
    while stack or linked:
        folder = stack.pop() if stack else linked.popleft()
        listing = _Listing(folder)
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            listing.read()
        except OSError as error:
            yield _closed(folder, error)
            continue
        if STORE_MARKER in listing.files:
            continue
        yield from listing.failures
        yield from listing.groups()
        stack.extend(folder / name for name in sorted(listing.folders, reverse=True))
        for name in sorted(listing.links):
            if (loop := _loop(folder / name)) is not None:
                yield loop
            else:
                linked.append(folder / name)


def count_stems(root: Path, most: int) -> int | None:
    """Return the number of stems below ``root``, links not followed; ``None`` for more than ``most`` files."""
    files = stems = 0
    stack = [root]
    while stack:
        listing = _Listing(stack.pop())
        with suppress(OSError):
            listing.read()
        if STORE_MARKER in listing.files:
            continue
        files += len(listing.files)
        stems += len({split_name(name)[0] for name in listing.files})
        if files > most:
            return None
        stack.extend(listing.folder / name for name in listing.folders)
    return stems


class _Listing:
    """What one folder holds, by kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[str] = []
        self.folders: list[str] = []
        self.links: list[str] = []
        self.failures: list[SourceFailure] = []

    def read(self) -> None:
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if not entry.name.startswith("."):
                    self._sort_in(entry)
        self.failures.sort(key=lambda failure: failure.id)

    def groups(self) -> Iterator[FileGroup]:
        named = sorted((*split_name(name), name) for name in self.files)
        for stem, members in groupby(named, key=lambda each: each[0]):
            yield FileGroup(self.folder, stem, tuple(name for _, _, name in members))

    def _sort_in(self, entry: os.DirEntry[str]) -> None:
        try:
            if entry.is_dir():
                (self.links if entry.is_symlink() else self.folders).append(entry.name)
            elif entry.is_file():
                self.files.append(entry.name)
            elif entry.is_symlink() and not Path(entry).exists():
                self._fail(entry, "the symbolic link leads nowhere")
        except OSError as error:
            self._fail(entry, f"the symbolic link cannot be followed ({error.strerror or error})")

    def _fail(self, entry: os.DirEntry[str], problem: str) -> None:
        where = printable_path(Path(entry))
        stem = path_id(self.folder / split_name(entry.name)[0])
        self.failures.append(SourceFailure(stem, where, UnreadableMedia(problem, where=where), hidden=f"{stem}/"))


def _loop(link: Path) -> SourceFailure | None:
    target = Path(os.path.realpath(link))
    if not Path(os.path.realpath(link.parent)).is_relative_to(target):
        return None
    where = printable_path(link)
    problem = f"the symbolic link leads back to {printable_path(target)}, which holds it; it is not followed"
    return SourceFailure(path_id(link), where, SourceError(problem, where=where))


def _closed(folder: Path, error: OSError) -> SourceFailure:
    where = printable_path(folder)
    problem = SourceError(f"the folder cannot be read ({error.strerror or error})", where=where)
    return SourceFailure(f"{path_id(folder)}/", where, problem, hidden=f"{path_id(folder)}/")
