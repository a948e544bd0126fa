"""``chiasm demo``: real media, made, indexed, searched across modalities, and shown in one page."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from chiasm.cli.exit_codes import DOCUMENTS_FAILED
from chiasm.cli.output import Column, print_table, say
from chiasm.cli.progress import run_progress
from chiasm.cli.style import new_app

app = new_app()


@app.command()
def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where samples, store and report go.")
    ] = Path("chiasm-demo"),
) -> None:
    """Index sample photographs, recordings, videos and texts, and find them by words, pictures and sound.

    Needs no network. Writes FOLDER/report.html, and ends with 1 when fewer than 8 of the 10 searches find the right
    document first.
    """
    from chiasm.demo.running import run_demo

    # Results are printed after it: what libraries print meanwhile goes to standard error.
    with redirect_stdout(sys.stderr), run_progress() as progress:
        result = run_demo(output, tell=say, on_event=progress)
    columns = [Column("search", wrap=True), Column("query", wrap=True), Column("best hit"), Column("moment")]
    columns += [Column("outcome", wrap=True)]
    rows = [
        [
            outcome.search.title,
            " + ".join(filter(None, _query(outcome.search.text, outcome.search.spoken, outcome.picture is not None))),
            outcome.hits[0].title if outcome.hits else "",
            str(outcome.hits[0].span or "") if outcome.hits else "",
            outcome.verdict,
        ]
        for outcome in result.outcomes
    ]
    print_table(columns, rows)
    print(f"\n{result.right} of {len(result.outcomes)} searches found the right document first.")
    print(f"Indexing: {result.run}")
    print(f"Report: {result.page}")
    if not result.passed:
        raise typer.Exit(DOCUMENTS_FAILED)


def _query(text: str | None, spoken: str | None, has_picture: bool) -> list[str]:
    return ["a picture" if has_picture else "", f"spoken: {spoken}" if spoken else "", text or ""]
