"""rrf: the formula of Cormack et al., its variant for missing fields, and the same ranking from Qdrant."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import qdrant_edge
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chiasm.contracts import Ranking, StoreFusion
from chiasm.errors import FusionError
from chiasm_plugins.fusions.rrf import RrfFusion, RrfParams

IDS = st.lists(st.integers(0, 14).map("d{:02}".format), unique=True, max_size=10)
SOURCES = st.dictionaries(st.sampled_from(["joint", "text", "image", "words"]), IDS, min_size=1)


def ranking(ids) -> Ranking:
    return Ranking(tuple(ids), np.linspace(1, 0.5, len(ids)))


def fuse(sources, limit=100, available=None, **params) -> Ranking:
    rankings = {source: ranking(ids) for source, ids in sources.items()}
    return RrfFusion(RrfParams(**params)).fuse(rankings, limit, available)


def by_hand(sources, k=60, weights=None) -> dict[str, float]:
    """The formula of the paper, written out: sum over rankings of weight / (k + rank), ranks from 1."""
    scores: dict[str, float] = {}
    for source, ids in sources.items():
        for rank, name in enumerate(ids, start=1):
            scores[name] = scores.get(name, 0.0) + (weights or {}).get(source, 1.0) / (k + rank)
    return scores


@given(SOURCES, st.integers(0, 100))
def test_scores_are_those_of_the_paper(sources, k):
    fused = fuse(sources, k=k)
    assert dict(zip(fused.ids, fused.scores, strict=True)) == pytest.approx(by_hand(sources, k))


@given(SOURCES, st.floats(0.001, 1000))
def test_weights_multiply_the_terms_of_their_source(sources, weight):
    fused = fuse(sources, weights={"text": weight})
    assert dict(zip(fused.ids, fused.scores, strict=True)) == pytest.approx(by_hand(sources, weights={"text": weight}))


@given(SOURCES, st.integers(0, 20))
def test_results_are_sorted_by_score_then_id_and_cut_at_the_limit(sources, limit):
    whole = fuse(sources)
    assert all(
        (-score, name) < (-next_score, next_name)
        for (score, name), (next_score, next_name) in pairwise(zip(whole.scores, whole.ids, strict=True))
    )
    assert fuse(sources, limit=limit).ids == whole.ids[:limit]


@given(SOURCES, st.randoms())
def test_the_order_of_sources_does_not_matter(sources, random):
    shuffled = list(sources.items())
    random.shuffle(shuffled)
    assert fuse(dict(shuffled)).ids == fuse(sources).ids


@given(IDS, st.integers(0, 100))
def test_one_source_keeps_its_order(ids, k):
    assert fuse({"text": ids}, k=k).ids == tuple(ids)


@given(SOURCES)
def test_a_source_of_weight_zero_is_left_out(sources):
    without = {source: ids for source, ids in sources.items() if source != "text"}
    assert fuse(sources, weights={"text": 0, "image": 1}).ids == fuse(without).ids


@given(IDS, st.randoms())
def test_available_counts_like_all_when_every_source_ranks_every_item(ids, random):
    sources = {name: random.sample(ids, len(ids)) for name in ("text", "image", "words")}
    assert fuse(sources, coverage="available").ids == fuse(sources).ids


@given(SOURCES, st.dictionaries(st.sampled_from(["joint", "text", "image", "words"]), IDS))
def test_available_is_the_mean_over_the_sources_that_could_rank_the_item(sources, available):
    weights = {"joint": 2.0, "text": 0.5}
    fused = fuse(sources, available=available, coverage="available", weights=weights)
    for name, score in zip(fused.ids, fused.scores, strict=True):
        terms, total = 0.0, 0.0
        for source, ids in sources.items():
            if ids and (source not in available or name in available[source] or name in ids):
                rank = ids.index(name) + 1 if name in ids else len(ids) + 1
                terms += weights.get(source, 1.0) / (60 + rank)
                total += weights.get(source, 1.0)
        assert score == pytest.approx(terms / total)


@given(SOURCES)
def test_a_source_that_ranks_nothing_changes_nothing(sources):
    for coverage in ("all", "available"):
        assert fuse(sources | {"more": []}, coverage=coverage).ids == fuse(sources, coverage=coverage).ids


def test_a_text_whose_words_say_nothing_is_not_pushed_behind_a_photo_that_fits_less():
    sources = {"meaning": ["text", "note", "photo"], "words": ["note"]}
    available = {"meaning": ["text", "note", "photo"], "words": ["text", "note"]}
    assert fuse(sources, available=available, coverage="available").ids == ("note", "text", "photo")


def test_a_photo_without_text_is_not_pushed_down_by_what_two_sources_reach():
    sources = {"image": ["photo", "page"], "text": ["page", "note"]}
    available = {"image": ["photo", "page"], "text": ["page", "note"]}
    assert fuse(sources, available=available).ids[0] == "page"
    assert fuse(sources, available=available, coverage="available").ids[0] == "photo"


def test_no_rankings_and_empty_rankings_give_an_empty_result():
    assert fuse({}).ids == ()
    assert fuse({"text": []}).ids == ()
    assert fuse({"text": []}).scores.shape == (0,)


def test_unsound_params_are_refused():
    for wrong in ({"k": -1}, {"weights": {"text": -1}}, {"weights": {"text": 0}}, {"coverage": "some"}):
        with pytest.raises(ValidationError):
            RrfParams(**wrong)


def test_a_weight_for_an_unknown_source_is_refused_with_the_nearest():
    with pytest.raises(FusionError, match="Did you mean 'image'"):
        RrfFusion(RrfParams(weights={"imgae": 2})).check(["image", "text"])


def test_scores_that_are_not_finite_are_refused():
    wrong = Ranking(("a", "b"), np.array([1.0, np.nan]))
    with pytest.raises(FusionError, match="source 'text'"):
        RrfFusion(RrfParams()).fuse({"text": wrong}, 10)


def test_an_id_that_comes_twice_is_refused():
    with pytest.raises(FusionError, match="twice"):
        fuse({"text": ["a", "b", "a"]})


def test_the_store_gets_the_same_fusion_in_its_own_terms():
    weights = {"text": 2.0}
    for params, due in (
        ({"coverage": "available"}, None),
        ({"weights": {"text": 1}}, StoreFusion("rrf", {"k": 61})),
        ({"weights": weights, "k": 5}, StoreFusion("weighted-rrf", {"k": 6, "weights": weights})),
        ({"weights": weights, "weigh": "ranks"}, StoreFusion("rrf", {"k": 61, "weights": weights})),
    ):
        assert RrfFusion(RrfParams(**params)).in_store() == due


@given(SOURCES, st.sampled_from([0.25, 2.0, 10.0]))
def test_weights_may_divide_ranks_as_qdrant_does(sources, weight):
    fused = fuse(sources, weights={"text": weight}, weigh="ranks", k=3)
    due: dict[str, float] = {}
    for source, ids in sources.items():
        for rank, name in enumerate(ids, start=1):
            due[name] = due.get(name, 0.0) + 1 / (3 + rank / (weight if source == "text" else 1.0))
    assert fused.to_dict() == pytest.approx(due)


@pytest.mark.parametrize("k", [0, 1, 60])
def test_qdrant_gives_the_same_scores(tmp_path, k):
    orders = {"text": [3, 1, 5, 2], "image": [1, 2, 4], "words": [5, 4, 3, 2, 1]}
    shard = qdrant_edge.EdgeShard.create(
        str(tmp_path),
        qdrant_edge.EdgeConfig(
            vectors={name: qdrant_edge.EdgeVectorParams(1, qdrant_edge.Distance.Dot) for name in orders}
        ),
    )
    points = [
        qdrant_edge.Point(
            point, {name: [1.0 - order.index(point) / 10] for name, order in orders.items() if point in order}, {}
        )
        for point in range(1, 6)
    ]
    shard.update(qdrant_edge.UpdateOperation.upsert_points(points))
    fusion = RrfFusion(RrfParams(k=k))
    in_store = fusion.in_store()
    assert in_store is not None
    found = shard.query(
        qdrant_edge.QueryRequest(
            limit=10,
            prefetches=[
                qdrant_edge.Prefetch(limit=10, query=qdrant_edge.Query.Nearest([1.0], using=name)) for name in orders
            ],
            query=qdrant_edge.Fusion.Rrf(k=in_store.options["k"]),
        )
    )
    shard.close()
    here = fuse({name: [str(point) for point in order] for name, order in orders.items()}, k=k)
    there = {str(point.id): point.score for point in found}
    assert there == pytest.approx(dict(zip(here.ids, here.scores, strict=True)))
