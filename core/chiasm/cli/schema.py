"""``chiasm schema``: the JSON Schema of pipeline files, for editors."""

from __future__ import annotations

from chiasm.cli.output import print_json
from chiasm.cli.style import new_app

app = new_app()


@app.command()
def schema() -> None:
    """Print the JSON Schema of pipeline files.

    An editor that knows it completes and checks pipelines; with the YAML language server, put
    '# yaml-language-server: $schema=chiasm.schema.json' on the first line of the pipeline.
    """
    from chiasm.pipeline import pipeline_schema

    print_json(pipeline_schema())
