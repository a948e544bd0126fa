"""Folders of files, and single files, as documents: files that share a stem are one document."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from chiasm.documents.files import gather
from chiasm.documents.identity import path_id, split_name
from chiasm.documents.source import DocumentSource, Entry, SourceFailure
from chiasm.documents.walk import STORE_MARKER, FileGroup, count_stems, walk
from chiasm.errors import SourceError
from chiasm.media.loaders import Loaders
from chiasm.media.source import printable_path

_COUNTED_FILES = 200_000
"""Files that ``count_hint`` lists at most: about a fifth of a second."""


class FolderSource(DocumentSource):
    """Every document below a folder.

    Args:
        root: The folder.
        loaders: Find the types of files.

    Raises:
        SourceError: The folder is a chiasm store.
    """

    def __init__(self, root: Path, loaders: Loaders) -> None:
        self._root = Path(os.path.realpath(root))
        super().__init__(path_id(self._root))
        self._loaders = loaders
        if (self._root / STORE_MARKER).is_file():
            raise SourceError(
                "the folder is a chiasm store, not a folder of documents",
                where=printable_path(self._root),
                fix="Name the folder whose files are to be indexed; the store is named by --store.",
            )

    def __iter__(self) -> Iterator[Entry]:
        """Yield documents and failures, folder by folder."""
        self.skipped.clear()
        if not self._root.is_dir():
            raise SourceError("the folder is no longer there", where=printable_path(self._root))
        for group in walk(self._root):
            if isinstance(group, SourceFailure):
                yield group
                continue
            found = gather(group, self._loaders)
            self.skipped.update(found.skipped)
            yield from found.failures
            if found.document:
                yield found.document

    def count_hint(self) -> int | None:
        """Return the number of stems, or ``None`` where there are very many files."""
        return count_stems(self._root, _COUNTED_FILES)


class FileSource(DocumentSource):
    """The one document that a file belongs to, together with the files beside it that share its stem.

    They come along so that the document is the same whether its folder or one of its files was named.

    Args:
        path: The file.
        loaders: Find the types of files.
    """

    def __init__(self, path: Path, loaders: Loaders) -> None:
        folder = Path(os.path.realpath(path.parent))
        self._path = folder / path.name
        super().__init__(path_id(folder / split_name(path.name)[0]))
        self._loaders = loaders

    def __iter__(self) -> Iterator[Entry]:
        """Yield the document, and what is wrong with its files."""
        self.skipped.clear()
        found = gather(self._group(), self._loaders)
        self.skipped.update(found.skipped)
        yield from found.failures
        if found.document:
            yield found.document
        elif not found.failures:
            error = SourceError(
                "the file holds metadata, and no file beside it what it is about", where=printable_path(self._path)
            )
            yield SourceFailure(self.key, printable_path(self._path), error)

    def count_hint(self) -> int:
        """Return 1."""
        return 1

    def _group(self) -> FileGroup:
        stem = split_name(self._path.name)[0]
        names = {self._path.name}
        # A folder may be open to be entered but not to be listed: the file itself can still be read.
        with suppress(OSError), os.scandir(self._path.parent) as entries:
            names |= {each.name for each in entries if split_name(each.name)[0] == stem and each.is_file()}
        shown = sorted(name for name in names if name == self._path.name or not name.startswith("."))
        return FileGroup(self._path.parent, stem, tuple(shown), explicit=self._path.name)
