"""The states of plugins and components, and how a failure is told."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Literal

State = Literal["ok", "disabled", "missing-dependency", "incompatible-api", "broken"]
"""What can be said of a plugin or component; only ``"ok"`` can be used."""

FAULTS: frozenset[State] = frozenset({"broken", "incompatible-api"})
"""States that somebody has to mend; the others are somebody's choice."""

MACHINERY = ("chiasm_registry", "importlib", "pluggy", "_frozen_importlib")


def short_error(error: BaseException) -> str:
    """Return one line that names the class of ``error``, what it says, and the file and line that raised it."""
    said = " ".join(str(error).split())
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    frames = traceback.extract_tb(_foreign_part(error))
    return f"{text} ({frames[-1].filename}:{frames[-1].lineno})" if frames else text


def full_traceback(error: BaseException) -> str:
    """Return the traceback of ``error`` from the plugin's first line on; nothing when none of its lines ran."""
    part = _foreign_part(error)
    return "".join(traceback.format_exception(type(error), error, part)) if part else ""


def _foreign_part(error: BaseException) -> TracebackType | None:
    """Return the traceback without its head, the frames of the registry, of pluggy and of the import system."""
    part = error.__traceback__
    while part is not None and part.tb_frame.f_globals.get("__name__", "").startswith(MACHINERY):
        part = part.tb_next
    return part


def import_failure(error: BaseException, module: str) -> tuple[State, str]:
    """Return the state and message for an ``error`` that importing ``module`` raised.

    A module of another package that is not installed is a missing dependency; everything else is the plugin's fault.
    """
    if isinstance(error, ModuleNotFoundError) and error.name:
        if error.name.partition(".")[0] != module.partition(".")[0]:
            return "missing-dependency", f"module {error.name!r} is not installed"
        return "broken", f"its module {error.name!r} does not exist"
    return "broken", f"importing {module!r} raised {short_error(error)}"
