"""What a finished run tells, and its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from chiasm.cli.exit_codes import DOCUMENTS_FAILED, INTERRUPTED
from chiasm.cli.output import print_json, say

if TYPE_CHECKING:
    from chiasm.contracts.engine import Failure
    from chiasm.run.report import RunReport

SHOWN_FAILURES = 10


def end_run(report: RunReport, *, json: bool) -> None:
    """Print a run's result and end with the exit code that fits.

    Raises:
        typer.Exit: Something failed, or the run was interrupted.
    """
    if json:
        print_json(report.to_dict())
    else:
        print(report)
        _tell_skipped(report)
        _tell_failures(report)
    if report.interrupted:
        say("What was finished is kept; the same command goes on from there.")
        raise typer.Exit(INTERRUPTED)
    if report.failed or report.partial or report.failures:
        raise typer.Exit(DOCUMENTS_FAILED)


def problem_of(failure: Failure) -> str:
    """Return what was wrong, without the place, which the messages of most errors begin with."""
    return failure.message.removeprefix(f"{failure.where}: ")


def _tell_skipped(report: RunReport) -> None:
    if report.skipped:
        most_first = sorted(report.skipped.items(), key=lambda pair: (-pair[1], pair[0]))
        say("Not read: " + ", ".join(f"{count:,} {suffix or 'without suffix'}" for suffix, count in most_first))


def _tell_failures(report: RunReport) -> None:
    for failure in report.failures[:SHOWN_FAILURES]:
        say(f"Failed: {failure.where}: {problem_of(failure)}")
    more = len(report.failures) - SHOWN_FAILURES
    if more > 0:
        say(f"... and {more} more; 'chiasm info --failures' lists them.")
    if report.failures:
        say("'chiasm retry' takes them up again.")
