"""Measures of rankings: the same figures as trec_eval, ranx and a plain reading of the definitions."""

import math
import string

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from chiasm.contracts import Ranking
from chiasm.errors import EvaluationError
from chiasm.evaluation import Judgements, measure, score
from chiasm.evaluation.trec_files import in_trec_order

TREC = {
    "recall@1": "recall_1",
    "recall@5": "recall_5",
    "recall@10": "recall_10",
    "precision@5": "P_5",
    "success@5": "success_5",
    "mrr": "recip_rank",
    "ndcg@10": "ndcg_cut_10",
    "ndcg": "ndcg",
    "map": "map",
    "r-precision": "Rprec",
}


def random_data(seed, tied):
    random = np.random.default_rng(seed)
    documents = [f"d{at}" for at in range(40)]
    qrels, run = {}, {}
    for at in range(30):
        judged = random.choice(documents, 8, replace=False)
        qrels[f"q{at}"] = {str(name): int(random.integers(-1, 4)) for name in judged}
        found = random.choice(documents, int(random.integers(0, 30)), replace=False)
        scores = random.integers(0, 4, len(found)) / 2 if tied else random.random(len(found))
        run[f"q{at}"] = {str(name): float(value) for name, value in zip(found, scores, strict=True)}
    run["q3"] = {}
    return qrels, run


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_measures_agree_with_trec_eval_on_random_and_tied_runs(seed, tied):
    qrels, run = random_data(seed, tied)
    asked = {"recall.1,5,10", "P.5", "success.5", "recip_rank", "ndcg_cut.10", "ndcg", "map", "Rprec"}
    expected = pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(run)
    found = score(qrels, {query: in_trec_order(scores) for query, scores in run.items()}, [*TREC])
    for name, theirs in TREC.items():
        for query, value in zip(found.queries, found.values[name], strict=True):
            assert value == pytest.approx(expected[query][theirs], abs=1e-9), (query, name)
        assert found[name] == pytest.approx(np.mean([each[theirs] for each in expected.values()]), abs=1e-9)


@pytest.mark.filterwarnings("ignore:.*unsafe cast:Warning")  # numba, of ranx's own code
@pytest.mark.parametrize("seed", range(3))
def test_measures_agree_with_ranx(seed):
    ranx = pytest.importorskip("ranx")
    qrels, run = random_data(seed, tied=False)
    qrels = {query: {name: max(grade, 0) for name, grade in judged.items()} for query, judged in qrels.items()}
    qrels = {query: judged for query, judged in qrels.items() if any(judged.values()) and run[query]}
    run = {query: run[query] for query in qrels}
    theirs = {"recall@5": "recall@5", "mrr": "mrr", "map": "map", "ndcg@10": "ndcg@10", "precision@5": "precision@5"}
    expected = ranx.evaluate(ranx.Qrels(qrels), ranx.Run(run), [*theirs.values()])
    found = score(qrels, {query: Ranking.from_scores(scores) for query, scores in run.items()}, [*theirs])
    for ours, name in theirs.items():
        assert found[ours] == pytest.approx(expected[name], abs=1e-6), ours


names = st.text(string.ascii_lowercase, min_size=1, max_size=2)


@settings(deadline=None, max_examples=60)
@given(grades=st.dictionaries(names, st.integers(0, 3), min_size=1), ids=st.lists(names, unique=True))
def test_measures_are_what_their_definitions_say(grades, ids):
    found = score({"q": grades}, {"q": ids}, ["recall@3", "precision@3", "mrr", "map", "ndcg@3", "median-rank"])
    relevant = {name for name, grade in grades.items() if grade}
    hits = [name in relevant for name in ids]
    of_all = max(len(relevant), 1)
    assert found["recall@3"] == pytest.approx(sum(hits[:3]) / of_all)
    assert found["precision@3"] == pytest.approx(sum(hits[:3]) / 3)
    first = hits.index(True) + 1 if any(hits) else math.inf
    assert found["median-rank"] == first
    assert found["mrr"] == pytest.approx(1 / first)
    precisions = [sum(hits[: at + 1]) / (at + 1) for at in range(len(hits)) if hits[at]]
    assert found["map"] == pytest.approx(sum(precisions) / of_all)
    discounts = 1 / np.log2(np.arange(2, 5))
    gains = np.array([grades.get(name, 0) for name in ids[:3]] + [0] * 3)[:3]
    ideal = np.array(sorted(grades.values(), reverse=True)[:3] + [0] * 3)[:3]
    assert found["ndcg@3"] == pytest.approx((gains @ discounts) / (ideal @ discounts) if relevant else 0.0)


def test_the_order_of_a_ranking_counts_and_ties_stay_as_they_are():
    tied = Ranking(("a", "b", "c"), np.array([1.0, 1.0, 1.0]))
    close = Ranking(("a", "b", "c"), np.array([1.0, 1.0 - 1e-12, 1.0 - 2e-12]))  # one number in single precision
    for ranking in (tied, close):
        assert score({"q": {"a": 1}}, {"q": ranking}, ["mrr"])["mrr"] == 1.0
        assert score({"q": {"c": 1}}, {"q": ranking}, ["mrr"])["mrr"] == pytest.approx(1 / 3)


def test_a_query_without_ranking_counts_as_nothing_found():
    found = score({"q1": {"a": 1}, "q2": {"a": 1}, "q3": {"a": 1}}, {"q1": ["a"], "q2": []}, ["mrr", "median-rank"])
    assert found.values["mrr"].tolist() == [1.0, 0.0, 0.0]
    assert found["median-rank"] == math.inf
    assert found.to_dict() == {"mrr": pytest.approx(1 / 3), "median-rank": None}


def test_a_query_that_nothing_answers_counts_with_zero_and_is_named():
    judgements = Judgements({"q1": {"a": 1}, "q2": {"a": 0}})
    assert judgements.unanswered == ("q2",)
    assert score(judgements, {"q1": ["a"], "q2": ["a"]}, ["recall@1", "map"]).to_dict() == {"recall@1": 0.5, "map": 0.5}


def test_unjudged_documents_count_as_not_relevant_and_unjudged_queries_are_left_out():
    found = score({"q": {"a": 1}}, {"q": ["x", "a"], "other": ["a"]}, ["mrr"])
    assert (found.queries, found["mrr"]) == (("q",), 0.5)


def test_two_names_of_one_measure_give_the_same():
    found = score({"q": {"a": 1}}, {"q": ["b", "a"]}, ["success@1", "hit-rate@1", "success@2"])
    assert found.to_dict() == {"success@1": 0.0, "hit-rate@1": 0.0, "success@2": 1.0}


def test_other_measures_of_trec_eval_go_by_the_library_s_names():
    found = score({"q": {"a": 1, "b": 3}}, {"q": ["a", "b"]}, ["P(rel=2)@2", "NumRet"])
    assert found.to_dict() == {"P(rel=2)@2": 0.5, "NumRet": 2.0}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("recal@1", "there is no measure 'recal@1'.*Did you mean 'recall@10'"),
        ("recall", "needs a cutoff.*recall@10"),
        ("median-rank@3", "takes no cutoff"),
        ("map@0", "at least 1"),
        ("", "there is no measure"),
        ("__import__('os')", "there is no measure"),
    ],
)
def test_a_measure_that_is_not_there_names_the_nearest(name, message):
    with pytest.raises(EvaluationError, match=message):
        measure(name)


@pytest.mark.parametrize(
    ("judgements", "rankings", "measures", "message"),
    [
        ({}, {}, ["map"], "no judgements"),
        ({"q": {"a": 0.5}}, {}, ["map"], "whole number: 0.5"),
        ({"q": {"a": 1}}, {"q": ["b", "b"]}, ["map"], "'b' is ranked twice"),
        ({"q": {"a": 1}}, {}, [], "nothing to measure"),
    ],
)
def test_what_cannot_be_scored_is_refused(judgements, rankings, measures, message):
    with pytest.raises(EvaluationError, match=message):
        score(judgements, rankings, measures)


def test_a_figure_that_was_not_measured_names_those_that_were():
    with pytest.raises(EvaluationError, match=r"'map' was not measured.*mrr"):
        score({"q": {"a": 1}}, {}, ["mrr"])["map"]
