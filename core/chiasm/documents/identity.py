"""Ids of documents that come from files: readable, and different for different names whatever their bytes."""

from __future__ import annotations

import os
from pathlib import PurePath


def path_id(path: PurePath) -> str:
    r"""Return the id of the document whose files are ``path`` with any suffix.

    It is the POSIX form of the path; bytes that are not UTF-8 become ``\xNN``, and a backslash in a name is doubled
    so that no other name has the same id.

    Example:
        >>> path_id(PurePath("/photos/caf\udce9"))
        '/photos/caf\\xe9'
    """
    return printable_name(path.as_posix().replace("\\", "\\\\"))


def printable_name(name: str) -> str:
    r"""Return a file's name as text that UTF-8 can hold; bytes that are not UTF-8 become ``\xNN``."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def split_name(name: str) -> tuple[str, str]:
    """Return the stem that files of one document share, and the suffix, of a file's name.

    Example:
        >>> split_name("IMG 1.final.JPG")
        ('IMG 1.final', '.JPG')
    """
    stem, suffix = os.path.splitext(name)  # noqa: PTH122  (PurePath.suffix has other ideas of names that end in a dot)
    return stem, suffix
