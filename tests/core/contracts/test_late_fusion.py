"""What every late fusion gets from its contract: many queries as one, ties, limits, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chiasm.contracts import LateFusion, NoParams, Ranking, Rankings
from chiasm.contracts import late_fusion as contract
from chiasm.errors import FusionError

SCORES = st.dictionaries(st.integers(0, 9).map("d{}".format), st.sampled_from([0.1, 0.2, 0.3, 1.0, -1.0]), max_size=8)
QUERIES = st.dictionaries(st.sampled_from(["q1", "q2", "q3"]), SCORES)
MANY = st.dictionaries(st.sampled_from(["text", "image", "words"]), QUERIES, max_size=3)


class Added(LateFusion[NoParams]):
    """The plainest fusion that a plugin could have."""

    def check(self, sources):
        pass

    def score(self, candidates):
        return candidates.scores.sum(axis=0)


class Unsound(Added):
    def score(self, candidates):
        return np.full(len(candidates), np.nan)


def fuse(rankings, limit=None) -> Ranking:
    return Added(NoParams()).fuse({source: Ranking.from_scores(each) for source, each in rankings.items()}, limit)


@given(MANY, st.integers(0, 12), st.sampled_from([1, 5, 200_000]))
def test_many_queries_give_what_each_gives_alone(many, limit, block):
    whole = {source: Rankings.of(queries) for source, queries in many.items()}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(contract, "_BLOCK_ENTRIES", block)
        fused = Added(NoParams()).fuse_many(whole, limit)
    assert set(fused) == {query for queries in many.values() for query in queries}
    for query, ranking in fused.items():
        alone = fuse({source: queries[query] for source, queries in many.items() if query in queries}, limit)
        assert ranking.ids == alone.ids
        assert ranking.scores.tolist() == alone.scores.tolist()


@given(MANY)
def test_rankings_by_query_do_as_well(many):
    fusion = Added(NoParams())
    columns = {source: Rankings.of(queries) for source, queries in many.items()}
    plain = {source: dict(each) for source, each in columns.items()}
    assert fusion.fuse_many(plain).to_dicts() == fusion.fuse_many(columns).to_dicts()


def test_sums_that_differ_in_rounding_are_tied_and_ordered_by_id():
    # In this order of adding, b gets 0.6000000000000001 and a gets 0.6.
    rankings = {"p": {"b": 0.1, "a": 0.3}, "q": {"b": 0.2, "a": 0.2}, "r": {"b": 0.3, "a": 0.1}}
    fused = fuse(rankings)
    assert fused.ids == ("a", "b")
    assert fused.scores[0] == fused.scores[1]


def test_a_large_vocabulary_is_fused_alike():
    ids = [f"d{at:07d}" for at in range(50_000)]
    table = np.full((3, len(ids)), -np.inf)
    table[:, [7, 49_999, 300]] = [[3, 2, 1], [1, 2, 3], [0, 0, 0]]
    one = Rankings.from_array(table, ids)
    other = Rankings.from_array(table[:, ::-1], ids)
    fused = Added(NoParams()).fuse_many({"one": one, "other": other})
    assert fused["0"].ids == (ids[7], ids[-8], ids[0], ids[49_999], ids[300], ids[-301])
    assert fused["1"].ids[:2] == (ids[300], ids[-301])


def test_no_source_and_empty_sources_give_empty_rankings():
    assert Added(NoParams()).fuse({}).ids == ()
    assert Added(NoParams()).fuse_many({}).queries == ()
    empty = Added(NoParams()).fuse_many({"text": Rankings.of({"q": {}}), "image": Rankings.of({})})
    assert {query: ranking.ids for query, ranking in empty.items()} == {"q": ()}


def test_an_id_that_comes_twice_in_one_ranking_is_refused():
    twice = Ranking(("a", "b", "a"), np.array([3.0, 2.0, 1.0]))
    with pytest.raises(FusionError, match=r"twice.*") as refused:
        Added(NoParams()).fuse({"image": Ranking.from_ids(["a"]), "text": twice})
    assert "source 'text'" in str(refused.value)


@pytest.mark.parametrize("scores", [[1.0, np.nan], [np.inf, 1.0], [1.0]])
def test_scores_that_are_not_one_finite_number_an_id_are_refused(scores):
    with pytest.raises(FusionError, match="source 'text'"):
        Added(NoParams()).fuse({"text": Ranking(("a", "b"), np.array(scores))})


def test_a_fusion_that_gives_no_number_is_refused():
    with pytest.raises(FusionError, match="Unsound"):
        Unsound(NoParams()).fuse({"text": Ranking.from_ids(["a"])})
