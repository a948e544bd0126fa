"""Figures as text: plain tables that a terminal, a log and a page show alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chiasm.evaluation.measures import Measure

if TYPE_CHECKING:
    from chiasm.evaluation.comparison import Against, Comparison
    from chiasm.evaluation.dropping import Curve
    from chiasm.evaluation.results import Evaluation

Cells = tuple[list[str], list[list[str]]]
"""The head and the rows of a table; the first column is of words, the others are of numbers."""


def figures_table(comparison: Comparison) -> Cells:
    """Return every system's figures; the best of each measure has a ``*`` where there are several systems."""
    measures = comparison.measures
    best = {each.name: comparison.best(each.name) for each in measures}
    rows = []
    for name, scores in comparison.scores.items():
        row = [name]
        for each in measures:
            is_best = len(comparison.scores) > 1 and scores[each.name] == comparison.scores[best[each.name]][each.name]
            row.append(figure(each, scores[each.name]) + ("*" if is_best else " " * (len(comparison.scores) > 1)))
        rows.append(row)
    return ["system", *(each.name for each in measures)], rows


def tests_table(comparison: Comparison) -> Cells:
    """Return the intervals of the main measure, and the tests against the baseline."""
    tests = comparison.against_baseline()
    head = ["system", comparison.main.name, "95% interval"]
    head += ["difference", "p t-test", "p randomization", "better", "worse"] if tests else []
    rows = []
    for name, scores in comparison.scores.items():
        bounds = comparison.interval(name)
        low, high = (figure(comparison.main, bound) for bound in (bounds.low, bounds.high))
        row = [name, figure(comparison.main, scores[comparison.main.name]), f"{low} to {high}"]
        rows.append(row + (_test_cells(tests.get(name)) if tests else []))
    return head, rows


def comparison_text(comparison: Comparison) -> str:
    """Return both tables as text."""
    parts = [table_text(*figures_table(comparison)), table_text(*tests_table(comparison))]
    return f"{comparison.queries} judged queries\n\n" + "\n\n".join(parts) + footnote(comparison)


def dropping_table(measure: Measure, curves: Sequence[Curve]) -> Cells:
    """Return the main measure's figures of curves that drop the same, by system and share."""
    rows = [[curve.system, *(figure(measure, each) for each in curve.figures)] for curve in curves]
    return ["system", *(f"{100 * share:g}%" for share in curves[0].shares)], rows


def dropped_sets(evaluation: Evaluation) -> dict[tuple[str, ...], list[Curve]]:
    """Return the curves by what was dropped."""
    found: dict[tuple[str, ...], list[Curve]] = {}
    for curve in evaluation.curves:
        found.setdefault(curve.dropped, []).append(curve)
    return found


def dropping_title(evaluation: Evaluation, dropped: Sequence[str]) -> str:
    """Return what a table or plot of dropping shows."""
    whose = "documents and queries" if evaluation.drop_from == "both" else evaluation.drop_from
    return f"{evaluation.comparison.main.name} as {whose} lose {' and '.join(dropped)}"


def evaluation_text(evaluation: Evaluation) -> str:
    """Return every table as text, and the notes."""
    parts = [comparison_text(evaluation.comparison)]
    for dropped, curves in dropped_sets(evaluation).items():
        table = table_text(*dropping_table(evaluation.comparison.main, curves))
        parts.append(f"{dropping_title(evaluation, dropped)}\n\n{table}")
    parts += ["\n".join(f"Note: {each}." for each in evaluation.notes)] if evaluation.notes else []
    return "\n\n".join(parts)


def footnote(comparison: Comparison) -> str:
    """Return what the tests were made against; nothing where there are none."""
    if not comparison.against_baseline():
        return ""
    return f"\n\nTested against {comparison.baseline}; p values are corrected for several tests (Holm)."


def table_text(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as text: words to the left, numbers to the right.

    Example:
        >>> print(table_text(["system", "mrr"], [["rrf", "0.50"], ["words", "0.25"]]))
        system   mrr
        rrf     0.50
        words   0.25
    """
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def figure(measure: Measure, value: float) -> str:
    """Return a figure as it is shown: three digits, ranks with at most one, and ``none`` for an infinite rank."""
    if math.isinf(value):
        return "none"
    return f"{value:.1f}".removesuffix(".0") if measure.is_rank else f"{value:.3f}"


def p_value(value: float) -> str:
    """Return a p value as it is shown."""
    if math.isnan(value):
        return "-"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _test_cells(against: Against | None) -> list[str]:
    if against is None:
        return ["baseline", "-", "-", "-", "-"]
    test = against.test
    cells = [f"{test.difference:+.3f}", p_value(against.t_test), p_value(against.randomization)]
    return [*cells, str(test.wins), str(test.losses)]
