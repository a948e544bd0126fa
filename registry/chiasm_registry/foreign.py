"""Foreign code is run with its prints sent to standard error, so that standard output holds only results."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

# Two threads that swapped ``sys.stdout`` in turns could leave it swapped.
_lock = threading.RLock()


@contextlib.contextmanager
def prints_to_stderr() -> Iterator[None]:
    """Send what the block prints to standard error; one thread at a time."""
    with _lock, contextlib.redirect_stdout(sys.stderr):
        yield
