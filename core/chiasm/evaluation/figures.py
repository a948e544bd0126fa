"""Plots of an evaluation by matplotlib, as PNG or SVG; drawn without a screen and without its global state."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chiasm.errors import EvaluationError
from chiasm.evaluation.needed import needed
from chiasm.evaluation.tables import dropped_sets, dropping_title

if TYPE_CHECKING:
    from chiasm.evaluation.comparison import Comparison
    from chiasm.evaluation.dropping import Curve
    from chiasm.evaluation.results import Evaluation

SUFFIXES = (".png", ".svg")

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7f7f7f", "#b3a800")
"""Okabe and Ito's, which are told apart by people who see colours otherwise."""


def check_suffix(path: Path) -> None:
    """Refuse a file that no plot can be written to, before anything is computed.

    Raises:
        EvaluationError: It ends neither in ``.png`` nor in ``.svg``.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise EvaluationError(
            f"a plot is written as {' or '.join(SUFFIXES)}, not as {path.suffix or 'a file without suffix'!r}",
            where=str(path),
        )


def draw_comparison(comparison: Comparison, measures: Sequence[str] | None = None) -> Any:  # noqa: ANN401
    """Return a figure with a panel of bars for each measure, each bar with its 95% interval.

    Args:
        comparison: What is drawn.
        measures: Those that are drawn; every one that is no rank when ``None``.
    """
    names = list(measures or (each.name for each in comparison.measures if not each.is_rank))
    names = names or [each.name for each in comparison.measures]
    systems = list(comparison.scores)
    across = min(len(names), 3)
    down = math.ceil(len(names) / across)
    figure, panels = new_figure(3.4 * across + 1.2, down * (0.75 + 0.34 * len(systems)), down, across)
    for at, name in enumerate(names):
        _draw_bars(panels[at // across][at % across], comparison, name, labelled=at % across == 0)
    for at in range(len(names), down * across):
        panels[at // across][at % across].set_visible(False)
    return figure


def draw_dropping(evaluation: Evaluation) -> Any:  # noqa: ANN401
    """Return a figure with a panel for each that was dropped: a line for each system, by the share that lost it."""
    sets = dropped_sets(evaluation)
    figure, panels = new_figure(6.4 * len(sets), 3.8, 1, len(sets))
    for panel, (dropped, curves) in zip(panels[0], sets.items(), strict=True):
        for at, curve in enumerate(curves):
            _draw_line(panel, curve, COLOURS[at % len(COLOURS)])
        panel.set_title(dropping_title(evaluation, dropped), loc="left", fontsize=10)
        panel.set_xlabel("% that lost it", fontsize=9)
        panel.set_ylim(bottom=0)
        panel.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _draw_line(panel: Any, curve: Curve, colour: str) -> None:  # noqa: ANN401
    shares = [100 * share for share in curve.shares]
    panel.plot(shares, curve.figures, color=colour, marker="o", markersize=4, label=curve.system)
    if all(math.isfinite(bound.low) and math.isfinite(bound.high) for bound in curve.intervals):
        lows, highs = zip(*((bound.low, bound.high) for bound in curve.intervals), strict=True)
        panel.fill_between(shares, lows, highs, color=colour, alpha=0.1, linewidth=0)


def new_figure(width: float, height: float, down: int, across: int) -> tuple[Any, Any]:
    """Return a figure of so many inches, and its panels ``[down][across]``.

    Raises:
        UnusableComponent: matplotlib is not installed.
    """
    figure = needed("matplotlib.figure").Figure(figsize=(width, height), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False)
    for panel in panels.flat:
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=8)
    return figure, panels


def save(figure: Any, path: Path) -> None:  # noqa: ANN401
    """Write a figure as PNG or SVG, by the file's suffix.

    Raises:
        EvaluationError: The suffix is another, or the file cannot be written.
    """
    check_suffix(path)
    content = to_svg(figure).encode() if path.suffix.lower() == ".svg" else _to_png(figure)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise EvaluationError(f"the plot cannot be written ({error.strerror})", where=str(path)) from error


def to_svg(figure: Any) -> str:  # noqa: ANN401
    """Return a figure as SVG that is the same whenever it is drawn."""
    out = io.BytesIO()
    with needed("matplotlib").rc_context({"svg.hashsalt": "chiasm", "svg.fonttype": "none"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue().decode()


def _to_png(figure: Any) -> bytes:  # noqa: ANN401
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150)
    return out.getvalue()


def _draw_bars(panel: Any, comparison: Comparison, name: str, *, labelled: bool) -> None:  # noqa: ANN401
    systems = list(comparison.scores)
    values = [comparison.scores[system][name] for system in systems]
    bounds = [comparison.interval(system, name) for system in systems]
    finite = [value if math.isfinite(value) else 0.0 for value in values]
    below = [max(0.0, value - each.low) for value, each in zip(finite, bounds, strict=True)]
    above = [
        max(0.0, each.high - value) if math.isfinite(each.high) else 0.0
        for value, each in zip(finite, bounds, strict=True)
    ]
    at = range(len(systems))
    best = comparison.scores[comparison.best(name)][name]
    colours = [COLOURS[1] if value == best else COLOURS[0] for value in values]
    panel.barh(at, finite, xerr=[below, above], color=colours, height=0.66, error_kw={"lw": 1, "ecolor": "#333333"})
    panel.set_yticks(at, systems if labelled else [""] * len(systems))
    panel.invert_yaxis()
    panel.set_xlim(left=0)
    panel.set_title(name, loc="left", fontsize=10)
