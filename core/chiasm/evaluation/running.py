"""Evaluates a pipeline: every query encoded once, asked once, and joined by every fusion that is compared."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from chiasm.config.model import ComponentChoice
from chiasm.contracts import LateFusion, Ranking, Store
from chiasm.contracts.store import StoreSchema
from chiasm.errors import EvaluationError
from chiasm.evaluation.comparison import Comparison, compare
from chiasm.evaluation.crossvalidation import FOLDS, cross_validated, is_untrained
from chiasm.evaluation.dropping import SHARES, Curve, ThinnedStore, check_modalities, chosen
from chiasm.evaluation.judgements import Judgements
from chiasm.evaluation.measures import DEFAULT_MEASURES, Measure, read_measures
from chiasm.evaluation.naming import DocumentNames
from chiasm.evaluation.queries import JudgedQuery
from chiasm.evaluation.results import Evaluation
from chiasm.evaluation.subject import AskedQuery, Subject, encode_queries
from chiasm.search.rankings import LegRankings

DEPTH = 100
"""Documents that each query's ranking has at most."""

ALONE = "alone: "
"""Before the name of a leg that is measured by itself."""

DropFrom = Literal["documents", "queries", "both"]

Run = dict[str, Ranking]


@dataclass(frozen=True, slots=True)
class Options:
    """How a pipeline is evaluated.

    Attributes:
        measures: By name.
        main: The measure that intervals, tests and curves are shown of; the first that is no rank when ``None``.
        fusions: Late fusions by label; the pipeline's own where there is none.
        legs: Whether each leg that at least half of the queries have is measured by itself too.
        baseline: The system that the others are tested against; the best leg by the main measure, or the first
            fusion where legs are not measured, when ``None``.
        depth: Documents that each ranking has at most.
        drop: Modalities that disappear, each entry one or several together.
        shares: Of the documents or queries that lose them.
        drop_from: What loses them.
        seed: Of all random numbers.
    """

    measures: tuple[str, ...] = DEFAULT_MEASURES
    main: str | None = None
    fusions: Mapping[str, ComponentChoice] = field(default_factory=dict)
    legs: bool = True
    baseline: str | None = None
    depth: int = DEPTH
    drop: tuple[tuple[str, ...], ...] = ()
    shares: tuple[float, ...] = SHARES
    drop_from: DropFrom = "documents"
    seed: int = 0


def evaluate(
    subject: Subject,
    queries: Mapping[str, JudgedQuery],
    judgements: Judgements,
    options: Options,
    *,
    other_runs: Mapping[str, Mapping[str, Ranking]] | None = None,
    tell: Callable[[str, int, int], None] = lambda *_: None,
) -> Evaluation:
    """Evaluate a pipeline.

    Args:
        subject: The pipeline.
        queries: By id.
        judgements: What answers them; queries without any are left out.
        options: How.
        other_runs: Rankings from elsewhere by system, compared with the others.
        tell: Told what is under way, how many queries are done, and of how many.

    Raises:
        EvaluationError: Queries and judgements do not belong together, none of the judged documents is in the store,
            an option is wrong, or as ``compare`` does.
        ChiasmError: A query cannot be answered or read, a fusion cannot join the legs, or the store failed.
    """
    measures = _checked(options, subject)
    stored = frozenset(point.payload["doc"] for point in subject.plan.store.scroll())
    names = DocumentNames(stored)
    judged = names.judgements(judgements.of(queries))
    notes = _notes(subject, stored, queries, judgements, judged)
    fusions = {name: subject.fusion(choice) for name, choice in options.fusions.items()}
    fusions = fusions or {subject.fusion_name: subject.plan.late}
    asked = encode_queries(
        subject, [queries[name] for name in judged], options.depth, lambda at: tell("encoding queries", at, len(judged))
    )
    if learning := [name for name, fusion in fusions.items() if is_untrained(fusion)]:
        parts = min(FOLDS, len(judged))
        notes.append(f"{', '.join(learning)} learnt from the other queries, in {parts} parts")
    systems = _Systems(subject, fusions, judged, options)
    runs = systems.runs(asked, subject.plan.store, tell)
    runs |= {name: names.run(run) for name, run in (other_runs or {}).items()}
    baseline = options.baseline or _best_leg(compare(judged, runs, options.measures, main=options.main))
    comparison = compare(
        judged, runs, options.measures, main=options.main, baseline=baseline or next(iter(runs)), seed=options.seed
    )
    curves = [
        curve
        for dropped in options.drop
        for curve in _curves(
            subject, systems, [queries[name] for name in judged], asked, judged, comparison.main, dropped, options, tell
        )
    ]
    return Evaluation(judged, comparison, runs, tuple(curves), options.drop_from, tuple(notes), measures)


@dataclass(frozen=True, slots=True)
class _Systems:
    """What is compared: fusions, and legs by themselves."""

    subject: Subject
    fusions: Mapping[str, LateFusion[Any]]
    judged: Judgements
    options: Options

    def runs(
        self, asked: Sequence[AskedQuery], store: Store[Any], tell: Callable[[str, int, int], None]
    ) -> dict[str, Run]:
        found = self._found(asked, store, tell)
        calibrated = found
        if any(fusion.needs_calibration for fusion in self.fusions.values()):
            calibrated = self._found(asked, store, tell, calibrated=True)
        counts = Counter(leg for each in found.values() for leg in each.rankings)
        legs = list(counts)
        for fusion in self.fusions.values():
            if not is_untrained(fusion):
                fusion.check(legs)
        runs: dict[str, Run] = {}
        if self.options.legs and len(legs) > 1:
            # Of a leg that few queries have, the figure would say how few.
            runs |= {ALONE + leg: self._alone(found, leg) for leg, count in counts.items() if 2 * count >= len(asked)}
        for name, fusion in self.fusions.items():
            joins = calibrated if fusion.needs_calibration else found
            runs[name] = self._joined(fusion, joins)
        return runs

    def _joined(self, fusion: LateFusion[Any], found: Mapping[str, LegRankings]) -> Run:
        if is_untrained(fusion):
            return cross_validated(fusion, found, self.judged, self.options.depth, seed=self.options.seed)
        return {query: each.joined(fusion, self.options.depth) for query, each in found.items()}

    def _found(
        self,
        asked: Sequence[AskedQuery],
        store: Store[Any],
        tell: Callable[[str, int, int], None],
        *,
        calibrated: bool = False,
    ) -> dict[str, LegRankings]:
        searcher = self.subject.searcher_on(store, calibrated=calibrated)
        found: dict[str, LegRankings] = {}
        for at, query in enumerate(asked, start=1):
            found[query.id] = query.ask(searcher)
            tell("searching", at, len(asked))
        return found

    def _alone(self, found: Mapping[str, LegRankings], leg: str) -> Run:
        run = {}
        for query, each in found.items():
            whole = each.rankings.get(leg)
            run[query] = Ranking.from_scores({}) if whole is None else _first(whole, self.options.depth)
        return run


def _curves(
    subject: Subject,
    systems: _Systems,
    queries: Sequence[JudgedQuery],
    asked: Sequence[AskedQuery],
    judged: Judgements,
    main: Measure,
    dropped: tuple[str, ...],
    options: Options,
    tell: Callable[[str, int, int], None],
) -> list[Curve]:
    found: list[Comparison] = []
    lacking: dict[str, AskedQuery] = {}
    if options.drop_from != "documents":
        lacking = {
            each.id: each
            for each in encode_queries(subject, [each.without(dropped) for each in queries], options.depth)
        }
    with tempfile.TemporaryDirectory(prefix="chiasm-evaluate-") as folder:
        copy = subject.new_store(Path(folder) / "store")
        whole = subject.plan.store
        copy.open(StoreSchema(subject.plan.spaces, {"doc": "keyword", "field": "keyword", "modalities": "keyword"}))
        try:
            thinned = ThinnedStore(subject.plan, whole, copy)
            documents = chosen(thinned.having(dropped), options.shares, options.seed)
            losing = chosen(_queries_having(asked, dropped), options.shares, options.seed)
            for losers, silent in zip(documents, losing, strict=True):
                if options.drop_from != "queries":
                    thinned.drop(dropped, losers)
                asking = [lacking[each.id] if each.id in silent & lacking.keys() else each for each in asked]
                runs = systems.runs(asking, copy, tell)
                found.append(compare(judged, runs, [main.name], seed=options.seed))
        finally:
            copy.close()
    names = [name for name in found[0].scores if all(name in each.scores for each in found)]
    return [
        Curve(
            name,
            dropped,
            options.shares,
            tuple(each.scores[name][main.name] for each in found),
            tuple(each.interval(name) for each in found),
        )
        for name in names
    ]


def _queries_having(asked: Sequence[AskedQuery], dropped: Sequence[str]) -> list[str]:
    return [each.id for each in asked if each.query is not None and any(name in each.query.items for name in dropped)]


def _checked(options: Options, subject: Subject) -> tuple[Measure, ...]:
    measures = read_measures(options.measures)
    if options.depth < 1:
        raise EvaluationError(f"depth is at least 1; it is {options.depth}")
    for each in measures:
        cutoff = int(each.name.rpartition("@")[2]) if "@" in each.name else 0
        if cutoff > options.depth:
            raise EvaluationError(
                f"{each.name!r} looks deeper than the {options.depth} documents of each ranking",
                fix=f"Ask for a depth of at least {cutoff}.",
            )
    for dropped in options.drop:
        check_modalities(dropped, subject.plan)
    if options.drop_from not in get_args(DropFrom):
        raise EvaluationError(f"modalities are dropped from {', '.join(get_args(DropFrom))}, not {options.drop_from!r}")
    if not options.shares or any(not 0 <= share <= 1 for share in options.shares):
        raise EvaluationError(
            f"shares are numbers from 0 to 1; they are {', '.join(map(str, options.shares)) or 'none'}"
        )
    if list(options.shares) != sorted(set(options.shares)):
        raise EvaluationError("shares are given in ascending order, each once")
    return measures


def _notes(
    subject: Subject,
    stored: frozenset[str],
    queries: Mapping[str, JudgedQuery],
    judgements: Judgements,
    judged: Judgements,
) -> list[str]:
    """Return what a reader of the figures should know, and refuse judgements of other documents than the store's."""
    relevant = {document for query in judged for document in judged.relevant(query)}
    unknown = sorted(relevant - stored)
    if relevant and len(unknown) == len(relevant):
        some = ", ".join(map(repr, sorted(stored)[:3])) or "nothing"
        raise EvaluationError(
            f"none of the {len(relevant)} relevant documents is in the store, such as {unknown[0]!r}; it has {some}",
            where=subject.plan.store.location,
            fix="Judgements name documents by their ids: 'chiasm search --json' shows them.",
        )
    notes = []
    if left_out := [name for name in queries if name not in judged]:
        notes.append(f"{_of(left_out, 'query', 'queries')} without judgements left out")
    if unasked := [name for name in judgements if name not in queries]:
        notes.append(f"judgements of {_of(unasked, 'query', 'queries')} that were not asked left out")
    if judged.unanswered:
        notes.append(f"{_of(judged.unanswered, 'query', 'queries')} without a relevant document, counted with 0")
    if unknown:
        notes.append(f"{_of(unknown, 'relevant document', 'relevant documents')} not in the store, never found")
    return notes


def _of(names: Sequence[str], one: str, many: str) -> str:
    return f"{len(names)} {one if len(names) == 1 else many} ({names[0]}{', ...' if len(names) > 1 else ''})"


def _best_leg(comparison: Comparison) -> str | None:
    legs = [name for name in comparison.scores if name.startswith(ALONE)]
    return max(legs, key=lambda name: comparison.scores[name][comparison.main.name], default=None)


def _first(ranking: Ranking, depth: int) -> Ranking:
    return Ranking(ranking.ids[:depth], ranking.scores[:depth])
