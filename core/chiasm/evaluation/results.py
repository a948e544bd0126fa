"""What an evaluation found: the comparison, its rankings, what dropping did, and what a reader should know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chiasm.contracts import Ranking
from chiasm.errors import EvaluationError
from chiasm.evaluation.comparison import Comparison
from chiasm.evaluation.dropping import Curve
from chiasm.evaluation.judgements import Judgements
from chiasm.evaluation.measures import Measure
from chiasm.evaluation.scoring import finite_or_none
from chiasm.evaluation.trec_files import write_run


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """An evaluated pipeline; ``str`` gives its tables.

    Attributes:
        judgements: Of the queries that were asked.
        comparison: The systems: each leg alone, each fusion, and runs from elsewhere.
        runs: Rankings by query, by system.
        curves: What dropping modalities did, by what was dropped and system.
        drop_from: What lost the modalities: ``"documents"``, ``"queries"`` or ``"both"``.
        notes: What a reader of the figures should know.
        measures: What was measured.
    """

    judgements: Judgements
    comparison: Comparison
    runs: Mapping[str, Mapping[str, Ranking]]
    curves: tuple[Curve, ...] = ()
    drop_from: str = "documents"
    notes: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = field(default=(), repr=False)

    def __getitem__(self, system: str) -> Mapping[str, float | None]:
        """Return a system's figures by measure; an infinite rank is ``None``."""
        return self.comparison.scores[system].to_dict()

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the rankings as JSON values."""
        return {
            **self.comparison.to_dict(),
            "dropped": [
                {
                    "system": curve.system,
                    "modalities": list(curve.dropped),
                    "from": self.drop_from,
                    "measure": self.comparison.main.name,
                    "shares": list(curve.shares),
                    "figures": [finite_or_none(each) for each in curve.figures],
                    "intervals": [[finite_or_none(each.low), finite_or_none(each.high)] for each in curve.intervals],
                }
                for curve in self.curves
            ],
            "notes": list(self.notes),
        }

    def plot(self, path: str | Path) -> None:
        """Draw the figures of all systems, PNG or SVG by the file's suffix.

        Raises:
            EvaluationError: The suffix is another, or the file cannot be written.
        """
        self.comparison.plot(path)

    def plot_dropping(self, path: str | Path) -> None:
        """Draw a line for each system as modalities disappear, PNG or SVG by the file's suffix.

        Raises:
            EvaluationError: Nothing was dropped, the suffix is another, or the file cannot be written.
        """
        from chiasm.evaluation.figures import draw_dropping, save

        if not self.curves:
            raise EvaluationError("nothing was dropped, so there is nothing to draw", fix="Evaluate with 'drop'.")
        save(draw_dropping(self), Path(path))

    def to_html(self) -> str:
        """Return a page that stands by itself: tables, plots and notes."""
        from chiasm.evaluation.page import evaluation_page

        return evaluation_page(self)

    def write_runs(self, path: str | Path) -> list[Path]:
        """Write the rankings as TREC runs, and return the files.

        One system's go to ``path``; of several each has a file of its own, with the system's name before the suffix.

        Raises:
            EvaluationError: A file cannot be written.
        """
        path = Path(path)
        written = []
        for name, run in self.runs.items():
            plain = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
            plain = "-".join(filter(None, plain.split("-")))
            target = path if len(self.runs) == 1 else path.with_name(f"{path.stem}.{plain}{path.suffix}")
            try:
                write_run(run, target, tag=f"chiasm-{plain}")
            except OSError as error:
                raise EvaluationError(f"the run cannot be written ({error.strerror})", where=str(target)) from error
            written.append(target)
        return written

    def __str__(self) -> str:
        from chiasm.evaluation.tables import evaluation_text

        return evaluation_text(self)
