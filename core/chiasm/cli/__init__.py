"""The command line. Start-up is kept short: each command's module is imported when it is called."""

from __future__ import annotations

import os
import sys

from chiasm.cli.exit_codes import BROKEN_PIPE, FAULT, INTERRUPTED, exit_code_of

DEBUG_OPTION = "--debug"
DEBUG_VARIABLE = "CHIASM_DEBUG"


def main() -> None:
    """Run the command that ``sys.argv`` asks for and end the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # Names of files may hold what the terminal's encoding cannot; that must not end a run.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: What follows the program's name. ``--debug`` is taken at any place before ``--``.
    """
    arguments, debug = _without_debug(arguments)
    try:
        code = _run(arguments, debug)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough ('| head'). What is still buffered would raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return code


def _run(arguments: list[str], debug: bool) -> int:
    from chiasm_registry.errors import ChiasmError

    try:
        from chiasm.cli.app import run_app

        code = run_app(arguments)
    except ChiasmError as error:
        from chiasm.cli.output import show_error

        show_error(error, debug=debug)
        return exit_code_of(error)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        from chiasm.cli.output import show_fault

        show_fault(error, debug=debug)
        return FAULT
    if code == INTERRUPTED:
        print("Interrupted.", file=sys.stderr)
    return code


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [argument for argument in arguments[:end] if argument != DEBUG_OPTION]
    asked = len(kept) < end or os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")
    return kept + arguments[end:], asked
