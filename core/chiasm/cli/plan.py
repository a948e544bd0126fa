"""``chiasm plan``: show what a pipeline will do and need, before anything is loaded."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from chiasm.cli.options import Config, Preset, StorePath, open_pipeline
from chiasm.cli.output import print_json
from chiasm.cli.style import new_app

app = new_app()


class Format(StrEnum):
    """How a plan is shown."""

    TEXT = "text"
    MERMAID = "mermaid"
    SVG = "svg"
    JSON = "json"


@app.command()
def plan(
    *,
    config: Config = None,
    preset: Preset = None,
    store: StorePath = None,
    shape: Annotated[Format, typer.Option("--format", "-f", help="How to show it.")] = Format.TEXT,
) -> None:
    """Check a pipeline and show its steps, models, downloads and memory; nothing is loaded."""
    with open_pipeline(config, preset, store) as pipeline:
        made = pipeline.plan()
    match shape:
        case Format.TEXT:
            print(made.to_text())
        case Format.MERMAID:
            print(made.to_mermaid())
        case Format.SVG:
            print(made.to_svg())
        case Format.JSON:
            print_json(made.to_dict())
