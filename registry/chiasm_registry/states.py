"""The states of plugins and components, and how a failure is told."""

from __future__ import annotations

import traceback
from typing import Literal

State = Literal["ok", "disabled", "missing-dependency", "incompatible-api", "broken"]
"""What can be said of a plugin or component; only ``"ok"`` can be used."""

FAULTS: frozenset[State] = frozenset({"broken", "incompatible-api"})
"""States that somebody has to mend; the others are somebody's choice."""


def short_error(error: BaseException) -> str:
    """Return one line that names the class of ``error``, what it says, and the file and line that raised it."""
    said = " ".join(str(error).split())
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith("<") and "importlib" not in frame.filename]
    return f"{text} ({own[-1].filename}:{own[-1].lineno})" if len(own) > 1 else text


def full_traceback(error: BaseException) -> str:
    """Return the traceback of ``error`` as Python prints it."""
    return "".join(traceback.format_exception(error))


def import_failure(error: BaseException, module: str) -> tuple[State, str]:
    """Return the state and message for an ``error`` that importing ``module`` raised.

    A module of another package that is not installed is a missing dependency; everything else is the plugin's fault.
    """
    if isinstance(error, ModuleNotFoundError) and error.name:
        if error.name.partition(".")[0] != module.partition(".")[0]:
            return "missing-dependency", f"module {error.name!r} is not installed"
        return "broken", f"its module {error.name!r} does not exist"
    return "broken", f"importing {module!r} raised {short_error(error)}"
