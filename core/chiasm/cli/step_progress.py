"""Progress of work that counts its steps: a bar on a terminal, a line now and then elsewhere, on standard error."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from chiasm.cli.output import is_terminal, say
from chiasm.cli.progress import LINE_SECONDS

Tell = Callable[[str, int, int], None]
"""Told what is under way, how many steps are done, and of how many."""


@contextlib.contextmanager
def step_progress() -> Iterator[Tell]:
    """Give a function that shows how far the work in the block has come."""
    if not is_terminal(sys.stderr):
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda doing, done, of: bar.update(task, description=doing, completed=done, total=of)


def _lines() -> Tell:
    due = time.monotonic() + LINE_SECONDS

    def tell(doing: str, done: int, of: int) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + LINE_SECONDS
            say(f"{doing}: {done:,} of {of:,}")

    return tell
