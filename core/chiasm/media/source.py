"""Where the bytes of an item come from: a file or memory."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chiasm.errors import MediaTooLarge, UnreadableMedia


@dataclass(frozen=True, slots=True)
class Source:
    """A file on disk or bytes in memory; exactly one of the two is set.

    Attributes:
        path: The file.
        data: The bytes.
        name: How messages and results call it; the path by default.
    """

    path: Path | None = None
    data: bytes | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if (self.path is None) == (self.data is None):
            raise ValueError("a source has either a path or bytes")
        if not self.name:
            object.__setattr__(self, "name", printable_path(self.path) if self.path else "bytes in memory")

    @property
    def size(self) -> int:
        """Number of bytes.

        Raises:
            UnreadableMedia: The file is gone or may not be looked at.
        """
        if self.data is not None:
            return len(self.data)
        assert self.path is not None
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise _unreadable(self, error) from error

    def open(self) -> BinaryIO:
        """Open for reading from the start.

        Raises:
            UnreadableMedia: The file is gone, a folder, or may not be read.
        """
        if self.data is not None:
            return io.BytesIO(self.data)
        assert self.path is not None
        try:
            return self.path.open("rb")
        except OSError as error:
            raise _unreadable(self, error) from error

    def read(self, max_bytes: int) -> bytes:
        """Return all bytes.

        Raises:
            UnreadableMedia: The file cannot be read, or is empty.
            MediaTooLarge: There are more than ``max_bytes``.
        """
        self.check_size(max_bytes)
        with self.open() as stream:
            try:
                data = stream.read(max_bytes + 1)
            except OSError as error:
                raise _unreadable(self, error) from error
        if not data:
            raise UnreadableMedia("the file is empty", where=self.name)
        return data

    def check_size(self, max_bytes: int) -> None:
        """Refuse a source of more than ``max_bytes`` bytes.

        Raises:
            MediaTooLarge: It is larger.
            UnreadableMedia: Its size cannot be had.
        """
        if self.size > max_bytes:
            raise MediaTooLarge(
                f"{self.size:,} bytes are over the limit of {max_bytes:,}",
                where=self.name,
                fix="Raise the limit under 'media:' in the configuration if the file is trusted.",
            )


def printable_path(path: Path) -> str:
    r"""Return ``path`` as text that UTF-8 can hold; bytes that are not UTF-8 become ``\xNN``.

    Example:
        >>> printable_path(Path("caf\udce9.jpg"))
        'caf\\xe9.jpg'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _unreadable(source: Source, error: OSError) -> UnreadableMedia:
    reason = error.strerror or str(error)
    return UnreadableMedia(f"the file cannot be read ({reason})", where=source.name)
