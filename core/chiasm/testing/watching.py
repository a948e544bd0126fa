"""Watches what code does beside its results: files read, network, processes, threads, prints."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
import threading
import types
from collections.abc import Iterator
from dataclasses import dataclass, field

_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"})
_PROCESS = frozenset({"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"})
_CODE = (".py", ".pyc", ".so", ".pyd", ".pth")
_LIGHT_BYTES = 1_000_000


@dataclass(slots=True)
class Doings:
    """What was done while it was watched.

    Attributes:
        network: Network calls, as text.
        processes: Processes started.
        big_files: Files of more than a megabyte that were opened, without code.
        printed: What went to standard output.
    """

    network: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    big_files: list[str] = field(default_factory=list)
    printed: str = ""


_watched: dict[int, Doings] = {}
_installed = False


@contextlib.contextmanager
def watch() -> Iterator[Doings]:
    """Watch what this thread does in the block, and catch what it prints."""
    global _installed  # noqa: PLW0603
    if not _installed:
        # An audit hook cannot be taken away again; this one sleeps while nothing is watched.
        sys.addaudithook(_note)
        _installed = True
    doings, printed, thread = Doings(), io.StringIO(), threading.get_ident()
    _watched[thread] = doings
    try:
        with contextlib.redirect_stdout(printed):
            yield doings
    finally:
        del _watched[thread]
        doings.printed = printed.getvalue()


@contextlib.contextmanager
def threads_started() -> Iterator[list[str]]:
    """Gather the names of threads that are still alive at the end of the block and were not at its start."""
    before, left = set(threading.enumerate()), list[str]()
    yield left
    for thread in set(threading.enumerate()) - before:
        thread.join(1.0)  # one that is on its way out is no leak
        if thread.is_alive():
            left.append(thread.name)


def held_bytes(root: object, besides: object = None) -> int:
    """Return the bytes of arrays and tensors that can be reached from an object, about; modules and classes left out.

    Args:
        root: The object.
        besides: What is not looked into.
    """
    seen: set[int] = {id(besides)}
    todo, total = [root], 0
    while todo:
        value = todo.pop()
        if id(value) in seen or isinstance(value, type | types.ModuleType | types.FunctionType):
            continue
        seen.add(id(value))
        size = getattr(value, "nbytes", None)
        if isinstance(size, int):
            total += size
        else:
            todo.extend(gc.get_referents(value))
    return total


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if not _watched:
        return
    doings = _watched.get(threading.get_ident())
    if doings is None:
        return
    if event == "open":
        _note_file(doings, arguments[0])
    elif event in _NETWORK:
        doings.network.append(f"{event}{tuple(arguments[1:] if event == 'socket.connect' else arguments[:2])}")
    elif event in _PROCESS:
        doings.processes.append(str(arguments[0]))


def _note_file(doings: Doings, path: object) -> None:
    if not isinstance(path, str | bytes | os.PathLike):
        return
    name = os.fsdecode(path)
    with contextlib.suppress(OSError):
        if not name.endswith(_CODE) and os.stat(name).st_size > _LIGHT_BYTES:  # noqa: PTH116 - no Path in an audit hook
            doings.big_files.append(name)
