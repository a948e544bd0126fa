"""Fusions that learn are measured on queries that they have not seen."""

import numpy as np
import pytest

from chiasm import late_fusion
from chiasm.contracts import LateFusion, NoParams, Ranking
from chiasm.errors import EvaluationError
from chiasm.evaluation import score
from chiasm.evaluation.crossvalidation import cross_validated, is_untrained
from chiasm.search.rankings import LegRankings


class BestSource(LateFusion[NoParams]):
    """Learns which source finds relevant documents first, and follows that one."""

    trained_on = ()
    best = None

    def fit(self, rankings, judgements, available=None):
        self.trained_on = tuple(judgements)
        self.best = max(sorted(rankings), key=lambda source: score(judgements, rankings[source], ["mrr"])["mrr"])
        return self

    def check(self, sources):
        assert self.best in sources

    def score(self, candidates):
        if self.best not in candidates.sources:
            return np.zeros(len(candidates))
        row = candidates.sources.index(self.best)
        return np.where(candidates.found[row], candidates.scores[row], -1.0)


def ranking(*ids):
    return Ranking.from_scores({name: 1 / rank for rank, name in enumerate(ids, start=1)})


def found(count):
    """Of each query "good" has the answer first, and "bad" last."""
    everyone = {"good": ["a", "b", "c"], "bad": ["a", "b", "c"]}
    return {
        f"q{at}": LegRankings(
            {"good": ranking("a", "b", "c"), "bad": ranking("c", "b", "a")}, everyone, {"good": 1.0, "bad": 1.0}
        )
        for at in range(count)
    }


def test_each_query_is_joined_by_what_was_learnt_from_the_others(monkeypatch):
    seen = {}
    joined = LegRankings.joined

    def spy(self, fusion, depth):
        seen[id(self)] = fusion.trained_on
        return joined(self, fusion, depth)

    monkeypatch.setattr(LegRankings, "joined", spy)
    queries = found(12)
    judged = {query: {"a": 1} for query in queries}
    fusion = BestSource(NoParams())
    run = cross_validated(fusion, queries, judged, depth=2)
    assert list(run) == list(queries)
    assert score(judged, run, ["mrr"])["mrr"] == 1.0
    assert all(len(each) == 2 for each in run.values())
    for query, each in queries.items():
        assert query not in seen[id(each)]
        assert 9 <= len(seen[id(each)]) <= 10
    assert fusion.best is None  # the fusion itself has learnt nothing


def test_two_queries_learn_from_each_other_and_one_from_nobody():
    judged = {"q0": {"a": 1}, "q1": {"c": 1}}
    run = cross_validated(BestSource(NoParams()), found(2), judged, depth=3)
    assert score(judged, run, ["mrr"])["mrr"] == pytest.approx(1 / 3)  # each learnt what is wrong for the other
    with pytest.raises(EvaluationError, match="there is only one"):
        cross_validated(BestSource(NoParams()), found(1), judged, depth=3)


def test_a_fusion_without_fit_has_nothing_to_learn():
    assert is_untrained(BestSource(NoParams()))
    assert not is_untrained(late_fusion("rrf"))
