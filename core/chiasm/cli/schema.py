"""``chiasm schema``: the JSON Schema of pipeline files, for editors."""

from __future__ import annotations

import typer

from chiasm.cli.output import print_json

app = typer.Typer()


@app.command()
def schema() -> None:
    """Print the JSON Schema of pipeline files.

    An editor that knows it completes and checks pipelines; with the YAML language server, put
    '# yaml-language-server: $schema=chiasm.schema.json' on the first line of the pipeline.
    """
    from chiasm.pipeline import pipeline_schema

    print_json(pipeline_schema())
