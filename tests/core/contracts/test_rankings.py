"""Rankings of many queries: from and to what users have, and as a mapping."""

from __future__ import annotations

import numpy as np
import pytest

from chiasm.contracts import Ranking, Rankings
from chiasm.errors import FusionError


def test_rankings_come_from_scores_ids_and_other_rankings():
    rankings = Rankings.of({"q1": {"b": 0.5, "a": 0.5, "c": 0.9}, "q2": ["c", "a"], "q3": Ranking((), np.empty(0))})
    assert {query: each.ids for query, each in rankings.items()} == {"q1": ("c", "a", "b"), "q2": ("c", "a"), "q3": ()}
    assert rankings["q1"].scores.tolist() == [0.9, 0.5, 0.5]
    assert rankings["q2"].scores.tolist() == [1, 0.5]
    assert rankings.vocabulary == ("a", "b", "c")


def test_rankings_are_a_mapping():
    rankings = Rankings.of({"q1": ["a"], "q2": ["b"]})
    assert list(rankings) == ["q1", "q2"]
    assert len(rankings) == 2
    assert "q3" not in rankings
    with pytest.raises(KeyError):
        rankings["q3"]


def test_a_table_of_scores_and_back():
    scores = np.array([[0.1, 0.9, -np.inf], [-np.inf, -np.inf, -np.inf], [2.0, 2.0, 3.0]])
    rankings = Rankings.from_array(scores, ids=["z", "y", "x"])
    assert [each.ids for each in rankings.values()] == [("y", "z"), (), ("x", "y", "z")]
    np.testing.assert_array_equal(rankings.to_array(["z", "y", "x"]), scores)
    assert rankings.to_array(["y", "w"]).tolist() == [[0.9, -np.inf], [-np.inf, -np.inf], [2.0, -np.inf]]


def test_to_dicts_and_back_changes_nothing():
    given = {"q1": {"c": 3.0, "a": 1.0}, "q2": {}}
    assert Rankings.of(given).to_dicts() == given


@pytest.mark.parametrize(
    "scores, names, message",
    [
        (np.array([1.0]), {}, "queries, ids"),
        (np.array([[1.0, np.nan]]), {}, "NaN"),
        (np.array([[1.0, np.inf]]), {}, "infinite"),
        (np.ones((1, 2)), {"ids": ["a", "a"]}, "each once"),
        (np.ones((2, 1)), {"queries": ["a"]}, "2 queries are due"),
    ],
)
def test_tables_that_are_no_rankings_are_refused(scores, names, message):
    with pytest.raises(FusionError, match=message):
        Rankings.from_array(scores, **names)


@pytest.mark.parametrize(
    "given, message", [({"a": float("nan")}, "not finite"), ("abc", "no ranking"), ([1, 2], "no ranking")]
)
def test_what_is_no_ranking_is_refused(given, message):
    with pytest.raises(FusionError, match=message):
        Rankings.of({"q": given})
