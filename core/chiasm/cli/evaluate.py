"""``chiasm evaluate``: how well queries find what answers them, and which fusion serves best."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chiasm.cli.options import AsJson, Config, Preset, StorePath, open_pipeline
from chiasm.cli.output import print_json, say
from chiasm.cli.step_progress import step_progress
from chiasm.cli.style import new_app

if TYPE_CHECKING:
    from chiasm.config import Use
    from chiasm.contracts import Ranking
    from chiasm.evaluation.results import Evaluation

app = new_app()


@app.command()
def evaluate(
    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries",
            "-q",
            metavar="FILE",
            show_default=False,
            help="Queries: JSON lines with 'text', 'image', 'audio' or 'video', and perhaps 'id' and 'relevant'; "
            "or lines of an id, a tab and a text.",
        ),
    ] = None,
    *,
    qrels: Annotated[
        Path | None,
        typer.Option("--qrels", metavar="FILE", help="What answers them, in TREC format."),
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            "--measure",
            "-M",
            metavar="NAME",
            help="recall@10, mrr, ndcg@10, map, ... Repeatable; the first "
            "is the main one, of which intervals and tests are shown.",
        ),
    ] = None,
    fusion: Annotated[
        list[str] | None,
        typer.Option(
            "--fusion",
            "-f",
            metavar="NAME",
            help="Late fusion to compare, with params as in 'rrf {k: 20}'. Repeatable; the pipeline's own without it.",
        ),
    ] = None,
    with_run: Annotated[
        list[Path] | None,
        typer.Option("--with-run", metavar="FILE", help="A TREC run to compare with. Repeatable."),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="SYSTEM",
            help="What the others are tested against; the best single leg where nothing is said.",
        ),
    ] = None,
    depth: Annotated[int, typer.Option("--depth", min=1, help="Documents of each ranking at most.")] = 100,
    drop: Annotated[
        list[str] | None,
        typer.Option(
            "--drop",
            metavar="MODALITY",
            help="Also measure as documents lose it: 'image', or 'image,audio' together. Repeatable.",
        ),
    ] = None,
    drop_from: Annotated[
        str, typer.Option("--drop-from", metavar="WHAT", help="What loses it: documents, queries or both.")
    ] = "documents",
    between: Annotated[
        str | None,
        typer.Option(
            "--between",
            metavar="FIELD,FIELD",
            help="Instead of queries: documents that have both fields, found from one to the other and back by their "
            "stored vectors.",
        ),
    ] = None,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="FILE", help="Write the rankings as TREC runs, one file a system.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the figures, as .png or .svg.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write tables and plots as one HTML page.")
    ] = None,
    json: AsJson = False,
    config: Config = None,
    preset: Preset = None,
    store: StorePath = None,
) -> None:
    """Measure how well queries find the documents that answer them.

    Each way of searching is measured alone, and every fusion of them, with 95% intervals and paired tests. Queries are
    encoded once, whatever is compared. With --drop nothing is encoded again either.
    """  # fmt: skip
    from chiasm.errors import EvaluationError
    from chiasm.evaluation.figures import check_suffix

    if plot is not None:
        check_suffix(plot)
    fields = [name.strip() for name in between.split(",")] if between else []
    if (queries is None) == (not fields) or len(fields) not in {0, 2}:
        raise EvaluationError("give either --queries FILE or --between FIELD,FIELD")
    with open_pipeline(config, preset, store) as pipeline, step_progress() as progress:
        if queries is None:
            evaluation = pipeline.evaluate_pairs(*fields, measures=measure, depth=depth)
        else:
            evaluation = pipeline.evaluate(
                queries,
                qrels,
                fusions={name: _fusion(name) for name in fusion or ()},
                runs=_runs(with_run or ()),
                baseline=baseline,
                depth=depth,
                drop=[each.split(",") for each in drop or ()],
                drop_from=drop_from,
                on_query=progress,
                **({"measures": measure, "main": measure[0]} if measure else {}),
            )
    _write(evaluation, run, plot, report)
    if json:
        print_json(evaluation.to_dict())
    else:
        print(evaluation)


def _fusion(text: str) -> Use | str:
    """Return the fusion that an option asks for: a name, or a name and its params in braces."""
    import yaml

    from chiasm.config import Use
    from chiasm.errors import EvaluationError

    name, brace, inner = text.partition("{")
    if not brace:
        return name.strip()
    try:
        params = yaml.safe_load(brace + inner)
    except yaml.YAMLError:
        params = None
    if not isinstance(params, dict) or not name.strip():
        raise EvaluationError(f"the fusion {text!r} cannot be read", where="--fusion", fix="Write it as 'rrf {k: 20}'.")
    return Use(use=name.strip(), params=params)


def _runs(paths: Sequence[Path]) -> dict[str, dict[str, Ranking]]:
    from chiasm.evaluation import read_run

    return {path.stem: read_run(path) for path in paths}


def _write(evaluation: Evaluation, run: Path | None, plot: Path | None, report: Path | None) -> None:
    from chiasm.errors import EvaluationError

    if run is not None:
        for path in evaluation.write_runs(run):
            say(f"Wrote {path}")
    if plot is not None:
        evaluation.plot(plot)
        say(f"Wrote {plot}")
        if evaluation.curves:
            of_drops = plot.with_name(f"{plot.stem}.drop{plot.suffix}")
            evaluation.plot_dropping(of_drops)
            say(f"Wrote {of_drops}")
    if report is not None:
        try:
            report.write_text(evaluation.to_html(), encoding="utf-8")
        except OSError as error:
            raise EvaluationError(f"the report cannot be written ({error.strerror})", where=str(report)) from error
        say(f"Wrote {report}")
