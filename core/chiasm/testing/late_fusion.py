"""The contract of late fusions: the properties that make a fused ranking fair, tried on many rankings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

import numpy as np

from chiasm.contracts import LateFusion, Ranking, StoreFusion
from chiasm.contracts.late_fusion import StoreMethod
from chiasm.errors import FusionError
from chiasm.testing.component import MovableContract, fresh, nothing_printed
from chiasm.testing.contract import ContractBroken, expect
from chiasm.testing.elsewhere import call_in_another_process

Rankings = dict[str, Ranking]

SOURCES = ("image:sight", "text:keywords", "text:words")
IDS = tuple("abcdef")


class LateFusionContract(MovableContract):
    """Tests of a late fusion. Needs hypothesis, which tries many rankings."""

    def test_fused_rankings_are_rankings(self, component: LateFusion[Any]) -> None:
        """Ids that a source found, each once, with finite scores, best first, no more than asked for."""

        def holds(rankings: Rankings, limit: int) -> None:
            fused = component.fuse(rankings, limit)
            known = {name for each in rankings.values() for name in each.ids}
            expect(isinstance(fused, Ranking), f"fuse() gives {type(fused).__name__}, not a Ranking")
            expect(len(fused) <= limit, f"limit {limit} gives {len(fused)} ids")
            expect(len(set(fused.ids)) == len(fused), f"an id comes twice: {fused.ids}")
            expect(set(fused.ids) <= known, f"ids that no source found: {set(fused.ids) - known}")
            expect(len(fused.scores) == len(fused.ids), f"{len(fused.ids)} ids and {len(fused.scores)} scores")
            expect(np.isfinite(fused.scores).all(), f"a score is not finite: {fused.scores}")
            expect(bool((np.diff(fused.scores) <= 0).all()), f"scores do not descend: {fused.scores}")

        _try(holds, limited=True)

    def test_nothing_found_is_nothing_fused(self, component: LateFusion[Any]) -> None:
        """No source, and sources that found nothing."""
        empty = Ranking((), np.empty(0))
        for rankings in ({}, {"text:words": empty}, {"text:words": empty, "image:sight": empty}):
            expect(len(component.fuse(rankings, 10)) == 0, "something is fused out of nothing")

    def test_a_shorter_result_is_the_beginning_of_a_longer_one(self, component: LateFusion[Any]) -> None:
        """So pages of results fit together."""

        def holds(rankings: Rankings, limit: int) -> None:
            longer = component.fuse(rankings, 100).ids
            shorter = component.fuse(rankings, limit).ids
            expect(shorter == longer[:limit], f"limit {limit} gives {shorter}, and without one it is {longer}")

        _try(holds, limited=True)

    def test_the_order_in_which_sources_are_named_does_not_count(self, component: LateFusion[Any]) -> None:
        """Sources have names, not places."""

        def holds(rankings: Rankings) -> None:
            forward = component.fuse(rankings, 100)
            back = component.fuse(dict(reversed(rankings.items())), 100)
            expect(forward.ids == back.ids, f"{forward.ids} becomes {back.ids} with the sources named backwards")

        _try(holds)

    def test_ids_are_only_names(self, component: LateFusion[Any]) -> None:
        """Documents called otherwise score the same."""
        other = dict(zip(IDS, (f"x{name}" for name in reversed(IDS)), strict=True))

        def holds(rankings: Rankings) -> None:
            renamed = {s: Ranking(tuple(other[name] for name in each.ids), each.scores) for s, each in rankings.items()}
            before, after = component.fuse(rankings, 100), component.fuse(renamed, 100)
            scores = dict(zip(after.ids, after.scores, strict=True))
            for name, score in zip(before.ids, before.scores, strict=True):
                same = np.isclose(scores.get(other[name], np.inf), score)
                expect(same, f"called otherwise, {name!r} scores {scores.get(other[name])}, not {score}")

        _try(holds)

    def test_one_source_keeps_its_order(self, component: LateFusion[Any]) -> None:
        """There is nothing to be fused."""

        def holds(rankings: Rankings) -> None:
            source, ranking = next(iter(rankings.items()))
            fused = component.fuse({source: ranking}, 100).ids
            expect(fused == ranking.ids, f"one source's {ranking.ids} becomes {fused}")

        _try(holds)

    def test_what_all_agree_on_comes_first(self, component: LateFusion[Any]) -> None:
        """An id that is first by every source is first."""

        def holds(rankings: Rankings) -> None:
            agreed = {source: _raised("z", each) for source, each in rankings.items()}
            fused = component.fuse(agreed, 100).ids
            expect(fused[:1] == ("z",), f"first by every source and yet not first: {fused}")

        _try(holds)

    def test_a_better_place_never_makes_it_worse(self, component: LateFusion[Any]) -> None:
        """Monotonicity: when one source ranks an id higher, and all else stays, it does not fall."""

        def holds(rankings: Rankings) -> None:
            source, ranking = next(iter(rankings.items()))
            if not len(ranking):
                return
            name = ranking.ids[-1]
            before = component.fuse(rankings, 100).ids
            after = component.fuse({**rankings, source: _raised(name, ranking)}, 100).ids
            if name in before:
                moved = name in after and after.index(name) <= before.index(name)
                expect(moved, f"raised to the first place by {source!r}, {name!r} falls: {before} becomes {after}")

        _try(holds)

    def test_weights_are_shares(self, component: LateFusion[Any]) -> None:
        """Where params have ``weights`` by source: all twice as great change nothing, and 0 is as if absent."""
        if not isinstance(getattr(component.params, "weights", None), Mapping):
            return

        def holds(rankings: Rankings) -> None:
            first, *others = rankings
            once = _weighted(component, dict.fromkeys(rankings, 1.0)).fuse(rankings, 100).ids
            twice = _weighted(component, dict.fromkeys(rankings, 2.0)).fuse(rankings, 100).ids
            expect(once == twice, f"weights twice as great for every source turn {once} into {twice}")
            if others:
                weighted = _weighted(component, {first: 0.0} | dict.fromkeys(others, 1.0))
                without = weighted.fuse({name: rankings[name] for name in others}, 100).ids
                found = tuple(name for name in weighted.fuse(rankings, 100).ids if name in without)
                expect(found == without, f"a source of weight 0 changes {without} to {found}")

        _try(holds)

    def test_many_queries_are_fused_as_each_alone(self, component: LateFusion[Any]) -> None:
        """``fuse_many`` is faster and gives the same."""

        def holds(rankings: Rankings) -> None:
            halved = {source: _halved(each) for source, each in rankings.items()}
            queries = {"one": rankings, "two": halved, "three": {}}
            many = component.fuse_many(
                {
                    source: {query: each[source] for query, each in queries.items() if source in each}
                    for source in rankings
                },
                5,
            )
            for query, alone in queries.items():
                if query in many:
                    expect(many[query].ids == component.fuse(alone, 5).ids, f"query {query!r} among others differs")

        _try(holds)

    def test_rankings_that_are_none_are_refused(self, component: LateFusion[Any]) -> None:
        """Scores that are not finite, an id twice: FusionError."""
        good = Ranking(("a", "b"), np.array([2.0, 1.0]))
        for what, bad in {
            "NaN": Ranking(("a", "b"), np.array([1.0, np.nan])),
            "infinity": Ranking(("a", "b"), np.array([np.inf, 1.0])),
            "an id twice": Ranking(("a", "a"), np.array([2.0, 1.0])),
        }.items():
            try:
                component.fuse({"text:words": bad, "image:sight": good}, 10)
            except FusionError:
                continue
            except Exception as error:
                raise ContractBroken(f"{what} raises {type(error).__name__}, not FusionError: {error}") from error
            expect(False, f"a ranking with {what} is fused; raise FusionError")

    def test_rankings_stay_as_they_are(self, component: LateFusion[Any]) -> None:
        """Explanations show them afterwards."""

        def holds(rankings: Rankings) -> None:
            before = {source: (each.ids, each.scores.copy()) for source, each in rankings.items()}
            component.fuse(rankings, 10)
            for source, (ids, scores) in before.items():
                same = rankings[source].ids == ids and np.array_equal(rankings[source].scores, scores)
                expect(same, f"fuse() changes the ranking of {source!r}")

        _try(holds)

    def test_sources_are_checked(self, component: LateFusion[Any]) -> None:
        """``check`` takes the sources or raises FusionError, before anything is searched."""
        try:
            component.check(SOURCES)
        except FusionError:
            return

    def test_it_says_whether_a_store_can_do_it(self, component: LateFusion[Any]) -> None:
        """``None``, or a method that stores know."""
        told = component.in_store()
        if told is None:
            return
        expect(isinstance(told, StoreFusion), f"in_store() gives {type(told).__name__}")
        expect(told.method in get_args(StoreMethod), f"stores know no fusion {told.method!r}")

    def test_another_process_gives_the_same_ranking(self, component: LateFusion[Any]) -> None:
        """Evaluations run in many."""
        rankings = {source: Ranking(IDS[at:][:5], np.linspace(0.9, 0.1, 5)) for at, source in enumerate(SOURCES)}
        elsewhere = call_in_another_process(fresh(component), "fuse", rankings, 10)
        expect(elsewhere.ids == component.fuse(rankings, 10).ids, "another process gives another ranking")

    def test_fusing_prints_nothing(self, component: LateFusion[Any]) -> None:
        """Standard output holds results."""
        with nothing_printed():
            component.fuse({"text:words": Ranking(("a", "b"), np.array([2.0, 1.0]))}, 10)


def _try(holds: Callable[..., None], *, limited: bool = False) -> None:
    """Try a property on many rankings."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    scores = st.lists(st.integers(1, 1000), min_size=len(IDS), max_size=len(IDS), unique=True)
    ranking = st.builds(_ranking, st.lists(st.sampled_from(IDS), unique=True, max_size=len(IDS)), scores)
    rankings = st.dictionaries(st.sampled_from(SOURCES), ranking, min_size=1)
    tried = given(rankings, st.integers(1, 12)) if limited else given(rankings)
    # Examples are small as they come, and making them smaller takes many times as long as finding them.
    phases = (Phase.explicit, Phase.generate)
    quick = settings(
        max_examples=60, deadline=None, database=None, phases=phases, suppress_health_check=list(HealthCheck)
    )
    quick(tried(holds))()


def _ranking(ids: list[str], scores: list[int]) -> Ranking:
    return Ranking(tuple(ids), np.sort(np.array(scores[: len(ids)], dtype=np.float64))[::-1] / 1000)


def _raised(name: str, ranking: Ranking) -> Ranking:
    """Return the ranking with an id at its first place, and the others as they were."""
    top = float(ranking.scores[0]) + 0.1 if len(ranking) else 1.0
    scores = {each: float(score) for each, score in zip(ranking.ids, ranking.scores, strict=True)}
    return Ranking.from_scores(scores | {name: top})


def _halved(ranking: Ranking) -> Ranking:
    half = len(ranking) // 2
    return Ranking(ranking.ids[half:], ranking.scores[half:])


def _weighted(component: LateFusion[Any], weights: Mapping[str, float]) -> LateFusion[Any]:
    return type(component)(component.params.model_copy(update={"weights": dict(weights)}), component.parts)
