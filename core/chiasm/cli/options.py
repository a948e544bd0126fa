"""Options that several commands share, and the pipeline that they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chiasm.cli.output import prints_to_stderr
from chiasm.errors import ConfigError

if TYPE_CHECKING:
    from chiasm import Pipeline

DEFAULT_PRESET = "starter"
DEFAULT_STORE = Path(".chiasm")


def _complete_preset(incomplete: str) -> list[str]:
    from chiasm.config.presets import preset_names

    return [name for name in preset_names() if name.startswith(incomplete)]


Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="Pipeline to use, a YAML file.", show_default=False),
]
Preset = Annotated[
    str | None,
    typer.Option(
        "--preset", "-p", metavar="NAME",
        help=f"Built-in pipeline to use; where nothing is said, that of the store, or {DEFAULT_PRESET} for a new one.",
        show_default=False, autocompletion=_complete_preset,
    ),
]  # fmt: skip
StorePath = Annotated[
    Path | None,
    typer.Option(
        "--store", "-s", metavar="PATH", show_default=False,
        help=f"Folder of the store; {DEFAULT_STORE} where neither this nor the configuration says.",
    ),
]  # fmt: skip
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and only that, on standard output.")]


@contextmanager
def open_pipeline(config: Path | None, preset: str | None, store: Path | None) -> Iterator[Pipeline]:
    """Open the pipeline that the shared options ask for, checked and with nothing loaded, and close it in the end.

    Where they name none, it is the one that indexed the store, and the default preset where nothing was indexed yet.

    Print results after it: what libraries print meanwhile goes to standard error.

    Raises:
        ConfigError: Both a file and a preset are asked for, or the pipeline is wrong.
    """
    if config is not None and preset is not None:
        raise ConfigError(
            "--config and --preset exclude each other", fix="A preset is a whole pipeline; leave one out."
        )
    with prints_to_stderr():
        from chiasm import Pipeline
        from chiasm.pipeline import KEPT_PIPELINE

        if config is not None:
            pipeline = Pipeline.from_yaml(config, store=store)
        elif preset is None and (store or DEFAULT_STORE).joinpath(KEPT_PIPELINE).is_file():
            pipeline = Pipeline.open(store or DEFAULT_STORE)
        else:
            pipeline = Pipeline.preset(preset or DEFAULT_PRESET, store=store or DEFAULT_STORE)
        with pipeline:
            yield pipeline
