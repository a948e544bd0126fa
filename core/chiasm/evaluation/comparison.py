"""Several systems on the same queries: their figures, how sure they are, and which of them differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chiasm.contracts import Ranking
from chiasm.errors import EvaluationError, nearest_names
from chiasm.evaluation.intervals import Interval, interval
from chiasm.evaluation.judgements import Judgements
from chiasm.evaluation.measures import DEFAULT_MEASURES, Measure
from chiasm.evaluation.scoring import Scores, finite_or_none, score
from chiasm.evaluation.significance import PairedTest, holm, paired_test


@dataclass(frozen=True, slots=True)
class Against:
    """A system against the baseline.

    Attributes:
        test: By the main measure.
        t_test: p of the t-test, corrected by Holm for the number of systems.
        randomization: p of the randomization test, corrected likewise.
    """

    test: PairedTest
    t_test: float
    randomization: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Systems compared on the same judged queries.

    Attributes:
        scores: By system, in the order of the table.
        main: The measure that intervals and tests are shown of.
        baseline: The system that the others are tested against.
        seed: Of the random numbers of intervals and tests.
    """

    scores: Mapping[str, Scores]
    main: Measure
    baseline: str
    seed: int = 0
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What was measured."""
        return next(iter(self.scores.values())).measures

    @property
    def queries(self) -> int:
        """Number of judged queries."""
        return len(next(iter(self.scores.values())).queries)

    def best(self, measure: str | None = None) -> str:
        """Return the system with the best figure of a measure, the main one when ``None``; the first of equal ones."""
        wanted = self._measure(measure)
        sign = -1 if wanted.is_rank else 1
        return max(self.scores, key=lambda name: sign * self.scores[name][wanted.name])

    def interval(self, system: str, measure: str | None = None) -> Interval:
        """Return the bootstrap interval of a system's figure, of the main measure when ``None``."""
        wanted = self._measure(measure)
        key = f"{system}\n{wanted.name}"
        if key not in self._kept:
            self._kept[key] = interval(wanted, self.scores[system].values[wanted.name], seed=self.seed)
        found: Interval = self._kept[key]
        return found

    def against_baseline(self) -> dict[str, Against]:
        """Return each other system's paired tests against the baseline, by the main measure.

        Ranks that are infinite cannot be tested, so with ``median-rank`` as the main measure there are none.
        """
        if self.main.is_rank:
            return {}
        if "tests" not in self._kept:
            others = [name for name in self.scores if name != self.baseline]
            values = {name: self.scores[name].values[self.main.name] for name in self.scores}
            tests = [paired_test(values[self.baseline], values[name], seed=self.seed) for name in others]
            t_tests = holm([each.t_test for each in tests])
            randomizations = holm([each.randomization for each in tests])
            self._kept["tests"] = {
                name: Against(test, t_test, randomization)
                for name, test, t_test, randomization in zip(others, tests, t_tests, randomizations, strict=True)
            }
        found: dict[str, Against] = self._kept["tests"]
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values: figures, intervals and tests, by system."""
        tests = self.against_baseline()
        return {
            "queries": self.queries,
            "main": self.main.name,
            "baseline": self.baseline,
            "systems": {
                name: {
                    "figures": scores.to_dict(),
                    "intervals": {each.name: self._interval_values(name, each) for each in self.measures},
                    "against_baseline": _against_values(tests[name]) if name in tests else None,
                }
                for name, scores in self.scores.items()
            },
        }

    def plot(self, path: str | Path, measures: Sequence[str] | None = None) -> None:
        """Draw bars with intervals, PNG or SVG by the file's suffix; see ``figures.draw_comparison``."""
        from chiasm.evaluation.figures import draw_comparison, save

        save(draw_comparison(self, measures), Path(path))

    def __str__(self) -> str:
        from chiasm.evaluation.tables import comparison_text

        return comparison_text(self)

    def _measure(self, name: str | None) -> Measure:
        known = {each.name: each for each in self.measures}
        if name is not None and name not in known:
            raise EvaluationError(f"{name!r} was not measured", nearest=nearest_names(name, known) or [*known])
        return known[name] if name is not None else self.main

    def _interval_values(self, system: str, measure: Measure) -> list[float | None]:
        found = self.interval(system, measure.name)
        return [finite_or_none(found.low), finite_or_none(found.high)]


def compare(
    judgements: Judgements | Mapping[str, Mapping[str, int]],
    runs: Mapping[str, Mapping[str, Ranking | Sequence[str]]],
    measures: Sequence[str] = DEFAULT_MEASURES,
    *,
    main: str | None = None,
    baseline: str | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare several systems' rankings of the same queries.

    Args:
        judgements: Grades by query and document.
        runs: Rankings by query, by system.
        measures: By name.
        main: The measure that intervals and tests are shown of; the first that is no rank when ``None``.
        baseline: The system that the others are tested against; the first when ``None``.
        seed: Of the random numbers of intervals and tests.

    Raises:
        EvaluationError: There is no system, no such baseline or measure, or as ``scoring.score`` does.
        UnusableComponent: ir-measures or scipy is not installed.

    Example:
        >>> judged = {"q1": {"a": 1}, "q2": {"b": 1}}
        >>> runs = {"words": {"q1": ["a", "b"], "q2": ["a", "b"]}, "looks": {"q1": ["a"], "q2": ["b"]}}
        >>> compare(judged, runs, ["mrr"]).best()
        'looks'
    """
    if not runs:
        raise EvaluationError("there is nothing to compare", fix="Give the rankings of at least one system.")
    scores = {name: score(judgements, run, measures) for name, run in runs.items()}
    first = next(iter(scores.values()))
    if baseline is not None and baseline not in scores:
        raise EvaluationError(f"there is no system {baseline!r}", nearest=nearest_names(baseline, scores) or [*scores])
    chosen = main or next((each.name for each in first.measures if not each.is_rank), first.measures[0].name)
    known = {each.name: each for each in first.measures}
    if chosen not in known:
        raise EvaluationError(f"{chosen!r} is not among the measures", nearest=nearest_names(chosen, known) or [*known])
    return Comparison(scores, known[chosen], baseline or next(iter(scores)), seed)


def _against_values(against: Against) -> dict[str, float | int | None]:
    return {
        "difference": against.test.difference,
        "t_test": finite_or_none(against.test.t_test),
        "t_test_holm": finite_or_none(against.t_test),
        "randomization": against.test.randomization,
        "randomization_holm": finite_or_none(against.randomization),
        "wins": against.test.wins,
        "losses": against.test.losses,
    }
