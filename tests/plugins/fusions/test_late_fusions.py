"""What holds for every late fusion: how sources, weights and ties count, and what is refused."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chiasm import late_fusion
from chiasm.contracts import Ranking, Rankings
from chiasm.errors import ConfigError, FusionError
from chiasm_plugins.fusions.weighted_late import WeightedParams

WEIGHTED = ("rrf", "weighted-sum", "borda", "isr", "product")
NAMES = (*WEIGHTED, "comb-sum", "comb-mnz")
NORMALIZATIONS = ("none", "min-max", "z-score", "dbsf", "sum", "rank")
VARIANTS = [
    *((name, {}) for name in NAMES),
    *(("weighted-sum", {"normalization": each, "coverage": "available"}) for each in NORMALIZATIONS),
    *(("comb-sum", {"normalization": each}) for each in NORMALIZATIONS),
    ("rrf", {"coverage": "available"}),
]
SCORES = st.dictionaries(
    st.integers(0, 9).map("d{}".format), st.sampled_from([0.0, 0.1, 0.25, 0.25, 0.5, 1.0, -0.5]), max_size=8
)
SOURCES = st.dictionaries(st.sampled_from(["joint", "text", "image", "words"]), SCORES, min_size=1)

every_fusion = pytest.mark.parametrize("name, params", VARIANTS, ids=str)


@every_fusion
@given(sources=SOURCES, random=st.randoms())
def test_the_order_of_sources_and_ids_does_not_matter(name, params, sources, random):
    def shuffled(given):
        pairs = list(given.items())
        random.shuffle(pairs)
        return dict(pairs)

    fusion = late_fusion(name, **params)
    one = fusion(sources)
    other = fusion({source: shuffled(scores) for source, scores in shuffled(sources).items()})
    assert one.ids == other.ids
    assert one.scores.tolist() == other.scores.tolist()


@every_fusion
@given(sources=SOURCES)
def test_every_id_that_was_found_comes_once_best_first_and_ties_by_id(name, params, sources):
    fused = late_fusion(name, **params)(sources)
    assert sorted(fused.ids) == sorted({each for scores in sources.values() for each in scores})
    assert np.isfinite(fused.scores).all()
    for (score, id_), (next_score, next_id) in pairwise(zip(fused.scores, fused.ids, strict=True)):
        assert (-score, id_) < (-next_score, next_id)


@every_fusion
@given(scores=SCORES)
def test_one_source_keeps_its_order(name, params, scores):
    assert late_fusion(name, **params)({"text": scores}).ids == Ranking.from_scores(scores).ids


@every_fusion
@given(sources=SOURCES)
def test_a_source_that_finds_nothing_changes_no_order(name, params, sources):
    fusion = late_fusion(name, **params)
    assert fusion(sources | {"silent": {}}).ids == fusion(sources).ids


@every_fusion
@given(sources=SOURCES, source=st.sampled_from(["text", "image"]))
def test_an_id_that_a_source_ranks_first_instead_does_not_fall(name, params, sources, source):
    scores = sources.get(source, {})
    if len(scores) < 2 or len(set(scores.values())) < len(scores):
        return
    *others, last = Ranking.from_scores(scores).ids
    # The same scores are dealt out to another order, so that normalizations see the same numbers.
    dealt = dict(zip([last, *others], sorted(scores.values(), reverse=True), strict=True))
    fusion = late_fusion(name, **params)
    before, after = fusion(sources).ids, fusion(sources | {source: dealt}).ids
    assert after.index(last) <= before.index(last)


@pytest.mark.parametrize("name", WEIGHTED)
@given(sources=SOURCES)
def test_a_source_of_weight_zero_is_left_out(name, sources):
    sources = sources | {"image": {"d1": 0.3}}
    without = {source: scores for source, scores in sources.items() if source != "text"}
    fusion = late_fusion(name, weights={"text": 0, "image": 1})
    assert fusion.fuse(sources).to_dict() == fusion.fuse(without).to_dict()


@pytest.mark.parametrize("name", WEIGHTED)
@given(sources=SOURCES, factor=st.sampled_from([0.25, 2.0, 8.0]))
def test_only_the_proportion_of_weights_matters(name, sources, factor):
    weights = {"joint": 1.0, "text": 2.0, "image": 0.5, "words": 1.0}
    scaled = {source: weight * factor for source, weight in weights.items()}
    assert late_fusion(name, weights=weights).fuse(sources).ids == late_fusion(name, weights=scaled).fuse(sources).ids


@pytest.mark.parametrize("name", WEIGHTED)
def test_a_source_of_great_weight_decides(name):
    sources = {"text": {"a": 3.0, "b": 2.0, "c": 1.0}, "image": {"c": 0.9, "b": 0.5, "a": 0.1}}
    assert late_fusion(name, weights={"text": 100})(sources).ids[0] == "a"
    assert late_fusion(name, weights={"image": 100})(sources).ids[0] == "c"


@every_fusion
@given(sources=SOURCES, limit=st.integers(0, 12))
def test_a_limit_cuts_the_result(name, params, sources, limit):
    fusion = late_fusion(name, **params)
    assert fusion(sources, limit=limit).ids == fusion(sources).ids[:limit]


@every_fusion
def test_scores_that_are_not_finite_are_refused(name, params):
    for wrong in (np.nan, np.inf, -np.inf):
        with pytest.raises(FusionError, match="finite"):
            late_fusion(name, **params)({"text": {"a": 1.0, "b": wrong}})
        ranking = Ranking(("a", "b"), np.array([1.0, wrong]))
        with pytest.raises(FusionError, match="source 'text'"):
            late_fusion(name, **params).fuse({"text": ranking, "image": ["a"]})


@every_fusion
def test_an_id_that_comes_twice_is_refused(name, params):
    with pytest.raises(FusionError, match="twice"):
        late_fusion(name, **params)({"text": ["a", "b", "a"]})


@pytest.mark.parametrize("name", WEIGHTED)
@pytest.mark.parametrize(
    "weights, message",
    [
        ({"text": -1.0}, "at least 0"),
        ({"text": float("nan")}, "nan"),
        ({"text": float("inf")}, "inf"),
        ({"text": 0.0, "image": 0.0}, "every weight is 0"),
        ({"text": "much"}, "number"),
    ],
)
def test_unsound_weights_are_refused_when_the_fusion_is_made(name, weights, message):
    with pytest.raises(ConfigError, match=message):
        late_fusion(name, weights=weights)


@pytest.mark.parametrize("name", WEIGHTED)
def test_a_weight_for_an_unknown_source_is_refused_with_the_nearest(name):
    with pytest.raises(FusionError, match="Did you mean 'image'"):
        late_fusion(name, weights={"imgae": 2.0})({"image": ["a"], "text": ["b"]})


def test_params_that_mean_nothing_are_refused():
    for name, params in (
        ("rrf", {"k": -1}),
        ("weighted-sum", {"normalization": "softmax"}),
        ("comb-sum", {"weights": {"text": 1}}),
        ("product", {"floor": 0}),
    ):
        with pytest.raises(ConfigError):
            late_fusion(name, **params)
    with pytest.raises(ValidationError):
        WeightedParams(weights={"text": -1})


def test_only_probabilities_are_taken_as_such():
    with pytest.raises(FusionError, match="no probabilities"):
        late_fusion("product", probabilities="given")({"text": {"a": 7.5, "b": 0.1}})


def test_a_name_that_is_no_late_fusion_is_refused_with_those_that_are():
    with pytest.raises(ConfigError, match="comb-mnz"):
        late_fusion("weighted-mean")
    with pytest.raises(ConfigError, match="Did you mean 'rrf'"):
        late_fusion("rff")


def test_one_query_and_many_in_every_form():
    fusion = late_fusion("rrf")
    one = fusion({"text": {"a": 2.0, "b": 1.0}, "image": ["c", "b"], "words": Ranking.from_ids(["c"])})
    assert one.ids == ("c", "b", "a")
    by_query = {"q1": {"a": 2.0, "b": 1.0}, "q2": ["c"], "q3": Ranking.from_ids([])}
    many = fusion({"text": by_query, "image": Rankings.of({"q2": ["c"]}), "words": {}})
    assert {query: ranking.ids for query, ranking in many.items()} == {"q1": ("a", "b"), "q2": ("c",), "q3": ()}
    table = np.array([[0.1, 0.9], [0.8, 0.2]])
    assert [ranking.ids for ranking in fusion({"text": table, "image": table}).values()] == [("1", "0"), ("0", "1")]


def test_one_query_and_many_are_not_mixed():
    with pytest.raises(FusionError, match="'image' ranks one query"):
        late_fusion("rrf")({"text": {"q1": ["a"]}, "image": ["a", "b"]})


def test_a_source_that_could_not_have_found_an_id_does_not_count_against_it():
    sources = {"image": {"photo": 0.9, "page": 0.8, "blank": 0.1}, "text": {"page": 9.0, "note": 5.0, "memo": 1.0}}
    available = {"image": ["photo", "page", "blank"], "text": ["page", "note", "memo"]}
    assert late_fusion("weighted-sum")(sources, available=available).ids[0] == "page"
    fusion = late_fusion("weighted-sum", coverage="available")
    fused = fusion(sources, available=available)
    assert fused.ids[0] == "photo"
    assert fused.to_dict()["page"] == pytest.approx((0.875 + 1) / 2)
    assert fusion(sources).to_dict()["photo"] == pytest.approx((1.0 + 0.0) / 2)
