"""Where the bytes of an item come from: a file or memory."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chiasm.errors import MediaTooLarge, UnreadableMedia

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_FILE_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


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

        Only regular files are opened: a pipe or a device under a picture's name would wait for ever or have effects.

        Raises:
            UnreadableMedia: The file is gone, no regular file, or may not be read.
        """
        if self.data is not None:
            return io.BytesIO(self.data)
        assert self.path is not None
        try:
            self._check_regular(self.path.stat())
            descriptor = os.open(self.path, _OPEN_FLAGS)
            try:
                self._check_regular(os.fstat(descriptor))  # it may have been exchanged since
                return os.fdopen(descriptor, "rb")
            except BaseException:
                os.close(descriptor)
                raise
        except OSError as error:
            raise _unreadable(self, error) from error

    def _check_regular(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            kind = next((name for test, name in _FILE_KINDS if test(status.st_mode)), "no regular file")
            raise UnreadableMedia(f"it is {kind}, and only regular files are read", where=self.name)

    def read(self, max_bytes: int) -> bytes:
        """Return all bytes.

        Raises:
            UnreadableMedia: The file cannot be read, or is empty.
            MediaTooLarge: There are more than ``max_bytes``.
        """
        self.check_size(max_bytes)
        with self.open() as stream:
            size = self.size  # asking for much more than there is costs eight times as long
            try:
                data = stream.read(size + 1)
                if len(data) > size:  # it grew, or its size is not told (/proc)
                    data += stream.read(max_bytes + 1 - len(data))
            except OSError as error:
                raise _unreadable(self, error) from error
        if len(data) > max_bytes:
            raise _too_large(self, len(data), max_bytes)
        if not data:
            raise UnreadableMedia("the file is empty", where=self.name)
        return data

    def check_size(self, max_bytes: int) -> None:
        """Refuse a source of more than ``max_bytes`` bytes.

        Raises:
            MediaTooLarge: It is larger.
            UnreadableMedia: Its size cannot be had.
        """
        size = self.size
        if size > max_bytes:
            raise _too_large(self, size, max_bytes)


def printable_path(path: Path) -> str:
    r"""Return ``path`` as text that UTF-8 can hold; bytes that are not UTF-8 become ``\xNN``.

    Example:
        >>> printable_path(Path("caf\udce9.jpg"))
        'caf\\xe9.jpg'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _too_large(source: Source, size: int, max_bytes: int) -> MediaTooLarge:
    return MediaTooLarge(
        f"{size:,} bytes are over the limit of {max_bytes:,}",
        where=source.name,
        fix="Raise the limit under 'media:' in the configuration if the file is trusted.",
    )


def _unreadable(source: Source, error: OSError) -> UnreadableMedia:
    reason = error.strerror or str(error)
    return UnreadableMedia(f"the file cannot be read ({reason})", where=source.name)
