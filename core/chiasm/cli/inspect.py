"""``chiasm inspect``: looks into what a store holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chiasm.cli.options import AsJson, Config, Preset, StorePath, open_pipeline
from chiasm.cli.output import Column, print_json, print_table, say
from chiasm.cli.progress import busy
from chiasm.cli.style import new_app

if TYPE_CHECKING:
    from chiasm.evaluation.gap import Gap
    from chiasm.evaluation.inspecting import FieldGap

app = new_app("Look into what a store holds.")


@app.callback()
def inspect() -> None:
    """Look into what a store holds."""


@app.command()
def gap(
    *,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the vectors of both fields, as .png or .svg.")
    ] = None,
    json: AsJson = False,
    config: Config = None,
    preset: Preset = None,
    store: StorePath = None,
) -> None:
    """Measure how far apart fields of different modalities lie in a space that they share.

    Each gap is shown as stored, and with the mean of each field subtracted, as 'search: calibrate: centre' has it:
    the distance of the means, the mean squared distance of pairs (alignment), how evenly each field is spread
    (uniformity, the lower the more), and how many pairs are found among the first 10 each way.
    """
    from chiasm.evaluation.figures import check_suffix
    from chiasm.evaluation.inspecting import draw_gaps

    if plot is not None:
        check_suffix(plot)
    with busy("measuring"), open_pipeline(config, preset, store) as pipeline:
        gaps = pipeline.gaps()
        if plot is not None:
            draw_gaps(gaps, plot)
            say(f"Wrote {plot}")
    if json:
        print_json([each.to_dict() for each in gaps])
        return
    numbers = ("distance", "alignment", "uniformity", "own side", "recall@10")
    columns = [Column("space"), Column("fields"), Column("pairs", align="right"), Column("vectors")]
    columns += [Column(name, align="right") for name in numbers]
    print_table(columns, [row for each in gaps for row in _rows(each)])


def _rows(gap: FieldGap) -> list[list[str]]:
    fields = f"{gap.left.field}, {gap.right.field}"
    return [
        [gap.vector, fields, f"{gap.pairs:,}", "as stored", *_figures(gap.before)],
        ["", "", "", "centred", *_figures(gap.after)],
    ]


def _figures(gap: Gap) -> list[str]:
    both = " and ".join(f"{each:.2f}" for each in gap.uniformity)
    recall = " and ".join(f"{each:.3f}" for each in gap.recall) if gap.recall else "-"
    alignment = f"{gap.alignment:.3f}" if gap.alignment is not None else "-"
    return [f"{gap.distance:.3f}", alignment, both, f"{gap.same_side:.3f}", recall]
