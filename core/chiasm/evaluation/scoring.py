"""Rankings against judgements: each measure of each query, and their means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Ranking
from chiasm.errors import EvaluationError
from chiasm.evaluation.judgements import Judgements
from chiasm.evaluation.measures import DEFAULT_MEASURES, Measure, read_measures
from chiasm.evaluation.needed import needed


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What one system reached.

    Attributes:
        queries: Ids of the judged queries, in the order of the values.
        measures: What was measured.
        values: float64 ``[len(queries)]`` by name of the measure; a rank is infinite where nothing relevant was found.
    """

    queries: tuple[str, ...]
    measures: tuple[Measure, ...]
    values: Mapping[str, NDArray[np.float64]]

    def __getitem__(self, name: str) -> float:
        """Return the one figure of a measure: the mean over the queries, or the median of ranks."""
        return joined(self._measure(name), self.values[name])

    def to_dict(self) -> dict[str, float | None]:
        """Return the figures as JSON values; an infinite rank is ``None``."""
        return {each.name: finite_or_none(self[each.name]) for each in self.measures}

    def _measure(self, name: str) -> Measure:
        for each in self.measures:
            if each.name == name:
                return each
        raise EvaluationError(f"{name!r} was not measured", nearest=[each.name for each in self.measures])


def score(
    judgements: Judgements | Mapping[str, Mapping[str, int]],
    rankings: Mapping[str, Ranking | Sequence[str]],
    measures: Sequence[str] | Sequence[Measure] = DEFAULT_MEASURES,
) -> Scores:
    """Measure rankings against judgements, by trec_eval through ir-measures.

    The order of a ranking counts, and not its scores: documents with equal scores stand as the ranking has them.
    Rankings of queries that are not judged are left out. A judged query without a ranking, or with an empty one, and
    one for which no document is relevant, count with 0, as in trec_eval.

    Args:
        judgements: Grades by query and document.
        rankings: By query: a ``Ranking``, or ids, best first.
        measures: By name, as in ``measures.measure``.

    Raises:
        EvaluationError: A measure is unknown, there is none, or a ranking has an id twice.
        UnusableComponent: ir-measures is not installed.

    Example:
        >>> found = score({"q1": {"a": 1}, "q2": {"b": 1}}, {"q1": ["a", "b"], "q2": ["a", "b"]}, ["mrr", "recall@1"])
        >>> found["mrr"], found["recall@1"]
        (0.75, 0.5)
    """
    if not isinstance(judgements, Judgements):
        judgements = Judgements(judgements)
    wanted = read_measures(each.name if isinstance(each, Measure) else each for each in measures)
    if not wanted:
        raise EvaluationError("there is nothing to measure", fix=f"For example: {', '.join(DEFAULT_MEASURES)}.")
    queries = tuple(judgements)
    ids = {query: ids_of(query, rankings.get(query, ())) for query in queries}
    values = _by_library(judgements, ids, [each for each in wanted if not each.is_rank])
    if any(each.is_rank for each in wanted):
        ranks = np.array([first_relevant(ids[query], judgements.relevant(query)) for query in queries])
        values |= {each.name: ranks for each in wanted if each.is_rank}
    return Scores(queries, wanted, {each.name: values[each.name] for each in wanted})


def joined(measure: Measure, values: NDArray[np.float64]) -> float:
    """Return the one figure of many queries' values, float64 ``[n]``."""
    return float(np.median(values) if measure.is_rank else np.mean(values))


def finite_or_none(value: float) -> float | None:
    """Return a number that JSON has; ``None`` for one that is infinite or NaN."""
    return value if np.isfinite(value) else None


def ids_of(query: str, ranking: Ranking | Sequence[str]) -> tuple[str, ...]:
    """Return a ranking's ids, best first.

    Raises:
        EvaluationError: One is there twice.
    """
    ids = tuple(ranking.ids if isinstance(ranking, Ranking) else ranking)
    if len(set(ids)) != len(ids):
        twice = next(name for at, name in enumerate(ids) if name in ids[:at])
        raise EvaluationError(f"{twice!r} is ranked twice", where=f"ranking of {query!r}")
    return ids


def first_relevant(ids: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return the rank, from 1, of the first relevant document; infinity where there is none."""
    return next((float(rank) for rank, name in enumerate(ids, start=1) if name in relevant), float("inf"))


def _by_library(
    judgements: Judgements, ids: Mapping[str, Sequence[str]], measures: Sequence[Measure]
) -> dict[str, NDArray[np.float64]]:
    if not measures:
        return {}
    library = needed("ir_measures")
    named: dict[Any, list[str]] = {}
    for each in measures:
        named.setdefault(each.implementation, []).append(each.name)  # 'success' and 'hit-rate' are one measure
    at = {query: position for position, query in enumerate(judgements)}
    values = {each.name: np.zeros(len(at)) for each in measures}
    # Scores that fall by one a rank keep the order through trec_eval's single precision and its own order of ties.
    run = {query: {name: float(-rank) for rank, name in enumerate(names)} for query, names in ids.items()}
    grades = {query: dict(judged) for query, judged in judgements.items()}
    for found in library.iter_calc(list(named), grades, run):
        for name in named[found.measure]:
            values[name][at[found.query_id]] = found.value
    return values
