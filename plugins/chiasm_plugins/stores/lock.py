"""The lock that one process takes before it opens a folder, and the note beside it that says which process that is."""

from __future__ import annotations

import json
import os
import shlex
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from chiasm.errors import StoreError, StoreLocked

_COMMAND_LENGTH = 200


class FolderLock:
    """Held by one process at a time.

    The operating system holds it for the process, so it is free again when that one dies, however it dies. The note is
    for messages alone: it may be missing or stale, and decides nothing.

    Args:
        folder: What is locked; made when it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._note = folder / "lock.json"
        # The thread that closes a store need not be the one that opened it.
        self._lock = FileLock(folder / "lock", thread_local=False)

    def acquire(self, timeout: float) -> None:
        """Take the lock.

        Args:
            timeout: Seconds to wait for another process; 0 for none.

        Raises:
            StoreLocked: Another process holds it; the message names that process.
            StoreError: The folder cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=timeout, poll_interval=0.05)
            self._note.write_text(json.dumps(_this_process()), encoding="utf-8")
        except Timeout:
            raise StoreLocked(
                f"another process uses the store: {self._holder()}",
                where=str(self._folder),
                fix="Wait for it to end, or stop it; or use another --store, or a Qdrant server, which many can share.",
            ) from None
        except OSError as error:
            self._lock.release()
            raise StoreError(
                f"the folder cannot be used ({error})",
                where=str(self._folder),
                fix="Make the folder writable and leave room on its disk, or use another --store.",
            ) from error

    def release(self) -> None:
        """Let the lock go; nothing when it is not held."""
        if self._lock.is_locked:
            self._note.unlink(missing_ok=True)
            self._lock.release()

    def _holder(self) -> str:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            holder = f"process {note['pid']} on {note['host']} since {note['since']}: {note['command']}"
            mine = note["pid"] == os.getpid() and note["host"] == socket.gethostname()
        except (OSError, ValueError, KeyError, TypeError):
            # It was taken this moment, and the note is still to come.
            return "one that has only just started"
        return f"{holder} (this very process, which opened it twice)" if mine else holder


def _this_process() -> dict[str, str | int]:
    command = shlex.join([Path(sys.argv[0]).name or "python", *sys.argv[1:]])
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).astimezone().isoformat(sep=" ", timespec="seconds"),
        "command": command if len(command) <= _COMMAND_LENGTH else command[: _COMMAND_LENGTH - 1] + "…",
    }
