"""Converted models kept between processes, in the user's own cache folder.

A converted model is as trusted as the code beside it, so the folder is the user's alone (mode 0700) and is not used
when it belongs to somebody else. An entry is written aside and renamed, and the sizes of its files are checked, so
that a crash or a full disk leaves nothing half-written in use.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("chiasm.runtime")

SIZES = "sizes.json"

_ASIDE = "writing-"
_ABANDONED_SECONDS = 24 * 3600


def cache_folder() -> Path:
    """Return the folder of converted models: ``$CHIASM_CACHE_DIR`` or the user's cache folder of this system."""
    from platformdirs import user_cache_path

    named = os.environ.get("CHIASM_CACHE_DIR")
    return (Path(named).expanduser() if named else user_cache_path("chiasm", appauthor=False)) / "models"


def kept(key: str, version: str, write: Callable[[Path], None]) -> Path | None:
    """Return the folder of a converted model, converting it now where it is not kept.

    Args:
        key: Identity of the model; entries of other versions of the same model are deleted when one is written.
        version: Everything else that the conversion depends on: versions of packages, precision.
        write: Writes the converted model's files into a folder.

    Returns:
        ``None`` when the cache cannot be written or is not private; the reason is logged as a warning.
    """
    folder = cache_folder() / _digest(key) / _digest(version)
    if not _private(cache_folder()):
        return None
    if _complete(folder):
        return folder
    try:
        _write(folder, write)
    except OSError as error:
        log.warning("the converted model cannot be kept in %s (%s); it will be converted anew next time", folder, error)
        return None
    for other in folder.parent.iterdir():
        if other != folder:
            forget(other)
    return folder


def forget(folder: Path) -> None:
    """Delete an entry, which may be gone already."""
    shutil.rmtree(folder, ignore_errors=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _private(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not hasattr(os, "getuid"):
            return True
        status = folder.stat()
        if status.st_uid != os.getuid():
            log.warning("%s belongs to another user, so no converted model is kept or taken from it", folder)
            return False
        if stat.S_IMODE(status.st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        log.warning("no converted model can be kept in %s (%s); each process converts it anew", folder, error)
        return False
    return True


def _complete(folder: Path) -> bool:
    try:
        sizes = json.loads((folder / SIZES).read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _write(folder: Path, write: Callable[[Path], None]) -> None:
    _delete_abandoned()
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=cache_folder()))
    try:
        write(aside)
        sizes = {path.name: path.stat().st_size for path in aside.iterdir()}
        (aside / SIZES).write_text(json.dumps(sizes), encoding="utf-8")
        if not _complete(folder):
            forget(folder)
            try:
                aside.rename(folder)
            except OSError:
                if not _complete(folder):  # otherwise another process was first, and its entry is as good
                    raise
    finally:
        forget(aside)


def _delete_abandoned() -> None:
    """Delete what processes that died while they wrote have left."""
    for aside in cache_folder().glob(f"{_ASIDE}*"):
        try:
            abandoned = time.time() - aside.stat().st_mtime > _ABANDONED_SECONDS
        except OSError:
            continue
        if abandoned:
            forget(aside)
