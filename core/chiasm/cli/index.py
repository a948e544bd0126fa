"""``chiasm index``: bring a folder, manifest or single files into the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chiasm.cli.options import AsJson, Config, Preset, StorePath, open_pipeline
from chiasm.cli.progress import run_progress
from chiasm.cli.run_summary import end_run
from chiasm.cli.style import new_app

app = new_app()


@app.command()
def index(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="Folder, file, or manifest (.jsonl, .csv, .parquet) of documents.")
    ],
    *,
    config: Config = None,
    preset: Preset = None,
    store: StorePath = None,
    sync: Annotated[
        bool, typer.Option("--sync", help="Also remove documents from the store that SOURCE no longer has.")
    ] = False,
    checksum: Annotated[
        bool, typer.Option("--checksum", help="Compare contents even where size and time of a file are unchanged.")
    ] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Index everything again, also what is unchanged.")] = False,
    optimize: Annotated[
        bool, typer.Option(help="Build the search index at the end, where searches gain from it.")
    ] = True,
    json: AsJson = False,
) -> None:
    """Index documents: what is new or changed is done, the rest is left as it is.

    The pipeline of a store that is there already is taken from it; --config or --preset says another.
    A document that fails is recorded and the run goes on; 'chiasm retry' takes the failures up again.
    Ctrl-C ends the run; what was finished is kept, and the same command goes on from there.
    """
    with open_pipeline(config, preset, store) as pipeline, run_progress() as progress:
        report = pipeline.index(
            source, sync=sync, rebuild=rebuild, checksum=checksum, optimize=optimize, on_event=progress
        )
    end_run(report, json=json)
