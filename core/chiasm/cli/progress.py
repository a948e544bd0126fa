"""Progress of an indexing run: a bar on a terminal, a line now and then elsewhere; always on standard error."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from chiasm.cli.output import is_terminal, say

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

    from chiasm.run.report import Progress

LINE_SECONDS = 10.0
"""Between two lines where no terminal reads."""


class RunProgress(Protocol):
    """Shows a run while it goes on; called from several threads."""

    def __enter__(self) -> Self:
        """Begin to show."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear away what is not to stay."""
        ...

    def __call__(self, progress: Progress) -> None:
        """Show how far the run has come."""
        ...


def run_progress() -> RunProgress:
    """Return what suits standard error."""
    return ProgressBar() if is_terminal(sys.stderr) else ProgressLines()


@contextlib.contextmanager
def busy(doing: str) -> Iterator[None]:
    """Show on a terminal that something is under way while the block runs."""
    if not is_terminal(sys.stderr):
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(doing):
        yield


class ProgressLines:
    """A line every ten seconds, for logs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = time.monotonic() + LINE_SECONDS
        self._doing = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def __call__(self, progress: Progress) -> None:
        """Print a line when the last one is long ago, or something else is under way now."""
        with self._lock:
            if time.monotonic() < self._next and progress.doing == self._doing:
                return
            self._next = time.monotonic() + LINE_SECONDS
            self._doing = progress.doing
        say(progress_line(progress))


def progress_line(progress: Progress) -> str:
    """Return one line of progress.

    Example:
        >>> from chiasm.run.report import Progress
        >>> progress_line(Progress(finished=50, total=200, indexed=48, unchanged=0, failed=2, seconds=10.0))
        '50 of 200 documents, 5.0/s, 2 failed, 0:30 left'
    """
    of_all = f" of {progress.total:,}" if progress.total is not None else ""
    parts = [f"{progress.finished:,}{of_all} documents"]
    rate = progress.finished / progress.seconds if progress.seconds > 0 else 0.0
    if rate:
        parts.append(f"{rate:,.1f}/s")
    if progress.unchanged:
        parts.append(f"{progress.unchanged:,} unchanged")
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    if rate and progress.total is not None and progress.total > progress.finished:
        from chiasm.media.span import clock

        parts.append(f"{clock((progress.total - progress.finished) / rate)} left")
    return ", ".join(parts) + (f"; {progress.doing}" if progress.doing else "")


class ProgressBar:
    """A bar with count, rate, errors and time left, which goes when the run ends."""

    def __init__(self) -> None:
        self._bar: RichProgress = _rich_bar()
        self._task = self._bar.add_task("starting", total=None, rate="", failed="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, progress: Progress) -> None:
        """Redraw is left to the bar's own clock, so this is cheap."""
        rate = progress.finished / progress.seconds if progress.seconds > 0 else 0.0
        self._bar.update(
            self._task,
            completed=progress.finished,
            total=progress.total,
            description=progress.doing or "indexing",
            rate=f"{rate:,.1f}/s",
            failed=f"[red]{progress.failed:,} failed[/]" if progress.failed else "",
        )


def _rich_bar() -> RichProgress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[failed]}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        console=Console(stderr=True),
        expand=True,
        transient=True,
    )
