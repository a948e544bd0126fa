"""``chiasm info``: what a store holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chiasm.cli.options import AsJson, Config, Preset, StorePath, open_pipeline
from chiasm.cli.output import Column, print_json, print_table, say
from chiasm.cli.run_summary import problem_of
from chiasm.cli.style import new_app

if TYPE_CHECKING:
    from chiasm.contracts.engine import Failure

app = new_app()


@app.command()
def info(
    *,
    config: Config = None,
    preset: Preset = None,
    store: StorePath = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="List what failed instead, document by document.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Tell what the store holds: documents by state, points by field, embedding spaces, versions."""
    with open_pipeline(config, preset, store) as pipeline:
        failed = pipeline.failures() if failures else []
        facts = {} if failures else pipeline.info()
    if failures:
        _print_failures(failed, json=json)
    elif json:
        print_json(facts)
    else:
        for line in _lines(facts):
            print(line)


def _print_failures(failures: list[Failure], *, json: bool) -> None:
    if json:
        print_json([asdict(failure) for failure in failures])
    elif failures:
        columns = [Column("Where", wrap=True), Column("Stage"), Column("Problem", wrap=True)]
        print_table(columns, [[each.where, each.stage, problem_of(each)] for each in failures])
    else:
        say("Nothing failed.")


def _lines(facts: Mapping[str, Any]) -> Iterator[str]:
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        label = name.replace("_", " ").ljust(width)
        for position, text in enumerate(_texts(value)):
            yield f"{label if position == 0 else ' ' * width}  {text}"


def _texts(value: object) -> list[str]:
    match value:
        case {**inner} if inner:
            width = max(len(str(name)) for name in inner)
            return [f"{str(name).ljust(width)}  {_texts(each)[0]}" for name, each in inner.items()]
        case [*several] if several:
            return [str(each) for each in several]
        case int() if not isinstance(value, bool):
            return [f"{value:,}"]
    return [str(value) if value else "none"]
