"""An evaluation as one HTML page that needs no other file and no network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chiasm.evaluation import tables
from chiasm.evaluation.figures import draw_comparison, draw_dropping, to_svg
from chiasm.report.fragment import templates
from chiasm.version import __version__

if TYPE_CHECKING:
    from chiasm.evaluation.results import Evaluation


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the page.

    Attributes:
        title: Above it.
        head: Names of its columns.
        rows: Its cells; one that ends in ``*`` is the best of its column.
        note: Beneath it.
    """

    title: str
    head: list[str]
    rows: list[list[str]]
    note: str = ""


def evaluation_page(evaluation: Evaluation) -> str:
    """Return the page.

    Raises:
        UnusableComponent: matplotlib or scipy is not installed.
    """
    comparison = evaluation.comparison
    sections = [
        Section("Figures", *tables.figures_table(comparison), "* the best of its column"),
        Section(
            f"How sure: {comparison.main.name}", *tables.tests_table(comparison), tables.footnote(comparison).strip()
        ),
    ]
    for dropped, curves in tables.dropped_sets(evaluation).items():
        title = tables.dropping_title(evaluation, dropped)
        sections.append(Section(title[0].upper() + title[1:], *tables.dropping_table(comparison.main, curves)))
    plots = [_inline(draw_comparison(comparison))]
    if evaluation.curves:
        plots.append(_inline(draw_dropping(evaluation)))
    return (
        templates("chiasm.evaluation")
        .get_template("evaluation.html.j2")
        .render(
            queries=comparison.queries,
            best=comparison.best(),
            main=comparison.main.name,
            figure=tables.figure(comparison.main, comparison.scores[comparison.best()][comparison.main.name]),
            sections=sections,
            plots=plots,
            notes=evaluation.notes,
            version=__version__,
        )
    )


def _inline(figure: Any) -> str:  # noqa: ANN401
    """Return a plot as markup, in which matplotlib escapes what it writes, without a declaration of its own."""
    return re.sub(r"^.*?(?=<svg)", "", to_svg(figure), flags=re.DOTALL)
