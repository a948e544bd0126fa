"""An engine's errors as chiasm's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chiasm.errors import ChiasmError, StoreError


@contextmanager
def as_store_error(doing: str, where: str, fix: str | None = None) -> Iterator[None]:
    """Raise what an engine raises as ``StoreError``; chiasm's own errors pass.

    Args:
        doing: What was tried, for the message: ``"the points could not be written"``.
        where: The collection.
        fix: What mends it, where that is known.
    """
    try:
        yield
    except (ChiasmError, MemoryError):
        raise
    except Exception as error:
        raise StoreError(f"{doing} ({_one_line(error)})", where=where, fix=fix) from error
    except BaseException as error:
        # What Rust code panics with is no ``Exception``.
        if type(error).__name__ != "PanicException":
            raise
        raise StoreError(f"{doing} (the engine failed: {_one_line(error)})", where=where, fix=fix) from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
