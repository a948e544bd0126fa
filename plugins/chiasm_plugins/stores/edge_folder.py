"""The folder of an embedded store: a description, the engine's shard beside it, and room on the disk for both."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chiasm.contracts import StoreSchema
from chiasm.errors import StoreError
from chiasm_plugins.stores import identity

_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Description:
    """What ``chiasm.json`` says.

    Attributes:
        schema: What the collection holds.
        unindexed: Vectors written since the index was last built, by vector name; too low by what was written between
            the last flush and a crash.
        unfinished: Vector names that were about to be added; nothing is stored under them.
    """

    schema: StoreSchema
    unindexed: Mapping[str, int] = field(default_factory=dict)
    unfinished: Sequence[str] = ()


class EdgeFolder:
    """Files of one store.

    Args:
        path: The store's folder. The pipeline may keep its own files there too.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shard = path / "shard"
        self.unfinished_shard = path / "shard.new"
        self._removed_shard = path / "shard.old"
        self._description = path / "chiasm.json"

    def describe(self) -> Description | None:
        """Read the description; ``None`` when there is no store.

        Raises:
            StoreError: It is damaged, or missing where a shard is.
            StoreTooNew: A newer chiasm wrote it.
        """
        where = str(self._description)
        try:
            payload = json.loads(self._description.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if self.shard.exists():
                raise StoreError(
                    "the description of the store is missing, so nothing says what its vectors mean",
                    where=where,
                    fix="Put the file back, or index again with `chiasm index --rebuild`.",
                ) from None
            return None
        except (OSError, ValueError) as error:
            raise StoreError(
                f"the description of the store cannot be read ({error})",
                where=where,
                fix="Put the file back, or index again with `chiasm index --rebuild`.",
            ) from error
        schema = identity.from_payload(payload, where)
        if not self.shard.exists():
            # Killed between the two steps of making it: nothing was stored yet.
            return None
        return Description(schema, dict(payload.get("unindexed", {})), tuple(payload.get("unfinished", ())))

    def write(self, description: Description) -> None:
        """Replace the description in one step, so that a crash leaves the old one or the new one.

        Raises:
            StoreError: The disk refused it.
        """
        payload: dict[str, Any] = {
            **identity.to_payload(description.schema),
            "unindexed": dict(description.unindexed),
            "unfinished": list(description.unfinished),
        }
        draft = self._description.with_suffix(".json.new")
        try:
            with draft.open("w", encoding="utf-8") as file:
                json.dump(payload, file, indent=1, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._description)
        except OSError as error:
            raise StoreError(f"the description cannot be written ({error})", where=str(self._description)) from error

    def remove(self) -> None:
        """Remove shard and description. Only under the lock.

        Raises:
            StoreError: The disk refused it.
        """
        self.remove_leftovers()
        try:
            if self.shard.exists():
                # In one step: a shard of which a part is gone could be mistaken for a whole one.
                self.shard.rename(self._removed_shard)
            self._description.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"the store cannot be removed ({error})", where=str(self.path)) from error
        self.remove_leftovers()

    def remove_leftovers(self) -> None:
        """Remove what a process killed while it made, optimized or removed the shard has left. Only under the lock."""
        for leftover in (self.unfinished_shard, self._removed_shard):
            shutil.rmtree(leftover, ignore_errors=True)
        # A segment that was being built; the engine starts anew and never looks at it again.
        for leftover in self.shard.glob("temp_segments/*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def require_room(self, nbytes: int, reserve_mb: int) -> None:
        """Refuse to go on when the disk would have less than the reserve left.

        The engine writes through memory maps of sparse files: on a disk that is really full, the system ends the whole
        process (SIGBUS), with no error to catch.

        Args:
            nbytes: What is about to be written, at most.
            reserve_mb: What must stay free then, in megabytes.

        Raises:
            StoreError: There is not enough room.
        """
        free = shutil.disk_usage(self.path).free
        if free < nbytes + reserve_mb * _MEGABYTE:
            raise StoreError(
                f"the disk has {free // _MEGABYTE} MB left, and {nbytes // _MEGABYTE} MB are needed beside a reserve "
                f"of {reserve_mb} MB",
                where=str(self.path),
                fix="Free some room and run the same command again: what is stored is safe, and the run resumes.",
            )

    def nbytes(self) -> int:
        """Return how many bytes the shard takes on the disk."""
        files = (entry.stat() for entry in self.shard.rglob("*") if entry.is_file())
        # Blocks rather than lengths where the system tells: the engine's files are sparse.
        return sum(getattr(entry, "st_blocks", 0) * 512 or entry.st_size for entry in files)
