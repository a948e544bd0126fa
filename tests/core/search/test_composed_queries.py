"""Queries of several parts: weights, exclusions, examples, and what contradicts itself."""

import math

import numpy as np
import pytest
from small_documents import STORES, document, ids, picture

from chiasm import Item
from chiasm.errors import QueryError

YAML = """
components:
  words: {use: letters}
  keywords: {use: bm25}
  sight: {use: shade}
index:
  - {encode: text, with: words}
  - {encode: text, with: keywords}
  - {encode: image, with: sight}
"""

DOCUMENTS = [
    document("ab", "aaa bbb"),
    document("ac", "aaa ccc"),
    document("a", "aaaa"),
    document("b", "bbbb"),
    document("c", "cccc"),
    document("red", colour=(255, 0, 0)),
    document("purple", colour=(255, 0, 255)),
    document("blue", colour=(0, 0, 255)),
]


ONE_SPACE = YAML.replace("  - {encode: text, with: keywords}\n", "").replace("  keywords: {use: bm25}\n", "")


@pytest.fixture(scope="module", params=STORES)
def library(request, make_library):
    """Texts and pictures in one space."""
    return make_library(ONE_SPACE, DOCUMENTS, request.param)


@pytest.fixture(scope="module", params=STORES)
def with_keywords(request, make_library):
    """The same, and the texts by their words."""
    return make_library(YAML, DOCUMENTS, request.param)


def test_parts_of_one_space_become_one_vector_that_finds_what_has_both(library):
    hits = library.search("bb", image=picture(255, 0, 0), limit=1)
    assert ids(hits) == ["purple"]
    assert hits[0].legs[0].leg == "text+image:words"
    assert "text+image:words = text:words + image:sight -> words" in str(hits.explain)


def test_ranking_apart_is_one_line_of_the_configuration(make_library):
    apart = make_library(YAML + "search: {compose: rankings}", DOCUMENTS)
    hits = apart.search("bbb", image=picture(255, 0, 0))
    assert [leg.name for leg in hits.explain.legs] == ["text:words", "text:keywords", "image:sight"]


@pytest.mark.parametrize(("weights", "first"), [({"text": 5}, "b"), ({"image": 5}, "red"), ({}, "purple")])
def test_weights_move_a_query_from_one_part_to_the_other(library, weights, first):
    found = library.search("bb", image=picture(255, 0, 0), weights=weights, modality=None)
    assert ids(hit for hit in found if hit.id in ("b", "red", "purple"))[0] == first


def test_a_part_of_weight_0_is_not_even_encoded(library):
    hits = library.search("bb", image=picture(255, 0, 0), weights={"text": 0})
    assert [leg.name for leg in hits.explain.legs] == ["image:sight"]


def test_what_is_excluded_is_pushed_down_in_every_space(library):
    plain, without = library.search("aaa"), library.search("aaa", exclude="ccc")
    assert ids(plain)[:3] == ["a", "ab", "ac"]
    assert ids(without)[:3] == ["a", "ab", "ac"]
    scores = [{hit.id: hit.score for hit in hits} for hits in (plain, without)]
    assert scores[0]["ab"] == pytest.approx(scores[0]["ac"])
    assert scores[1]["ab"] > 0.6 > 0.4 > scores[1]["ac"]
    assert all(leg.without == ("exclude",) for leg in without.explain.legs)
    assert "without exclude" in str(without.explain)


def test_several_exclusions_all_count(library):
    found = ids(library.search("aaa", exclude=["bbb", "ccc"], limit=20))
    assert found[0] == "a"
    assert set(found[-3:]) == {"b", "c", "blue"}


def test_a_picture_is_excluded_where_it_shares_a_space_with_the_words(library):
    found = ids(library.search("br", exclude=Item.of_image(picture(0, 0, 255)), modality="image"))
    assert found[0] == "red"


def test_a_keyword_leg_finds_nothing_by_words_that_are_excluded_alone(with_keywords):
    hits = with_keywords.search("aaa zzz", exclude="cccc ccc")
    assert [leg.without for leg in hits.explain.legs] == [("exclude",), ("exclude",)]
    by_words = {hit.id: leg.rank for hit in hits for leg in hit.legs if leg.leg == "text:keywords"}
    assert by_words == {"ab": 1, "ac": 2}


def test_like_finds_neighbours_by_stored_vectors_and_leaves_out_the_examples(library):
    hits = library.search(like="red")
    assert hits[0].id == "purple" and "red" not in ids(hits)
    assert {leg.name for leg in hits.explain.legs} == {"like:words"}


def test_like_these_unlike_those(library):
    assert ids(library.recommend(["red", "blue"], limit=1)) == ["purple"]
    towards_a = ids(library.recommend("ab", unlike=["b"]))
    assert towards_a[0] == "a" and "b" not in towards_a and "ab" not in towards_a


def test_examples_are_items_too_and_need_not_be_stored(library):
    assert library.search(like=Item.of_text("aaaa"))[0].id == "a"
    assert library.search("rb", unlike=[picture(0, 0, 255)], modality="image")[0].id == "red"


def test_words_and_examples_together(library):
    assert ids(library.search("ccc", like="a", limit=1)) == ["ac"]


def test_a_stored_recording_of_many_parts_is_one_example_by_field(make_library):
    yaml = """
components: {words: {use: letters}}
index:
  - {translate: text -> line, with: {use: lines}}
  - {encode: line, with: words}
"""
    long = document("long", "\n".join(["xxx", "yyy"] * 30))
    library = make_library(yaml, [long, document("xy", "xyxy"), document("x", "xxxxz"), document("z", "zz")])
    assert ids(library.recommend("long"))[0] == "xy"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"like": "purpel"}, "no document 'purpel'"),
        ({"text": "a", "unlike": ["nobody at all"]}, "no document 'nobody at all'"),
        ({"like": ""}, "empty id"),
        ({"like": 7}, "'like' has a int"),
        ({"like": ["red"], "unlike": ["red"]}, "as like and as unlike"),
        ({"unlike": "red"}, "nothing that is"),
        ({"exclude": "red"}, "nothing that is"),
        ({"text": "aaa", "exclude": " AAA "}, "very text"),
        ({"text": "aaa", "exclude": "a a"}, "the same here"),
        ({"text": "aaa", "exclude": "  "}, "empty text"),
        ({"text": "aaa", "exclude": 3}, "'exclude' has a int"),
        ({"text": "aaa", "weights": {"image": 2}}, "weight for 'image', and the query has text"),
        ({"text": "aaa", "weights": {"txt": 2}}, "Did you mean 'text'"),
        ({"text": "aaa", "weights": {"text": -1}}, "is -1"),
        ({"text": "aaa", "weights": {"text": math.nan}}, "is nan"),
        ({"text": "aaa", "weights": {"text": math.inf}}, "is inf"),
        ({"text": "aaa", "weights": {"text": 0}}, "every part .* weight 0"),
        ({"text": "aaa", "like": "red", "weights": {"text": 0, "like": 0}}, "every part .* weight 0"),
    ],
)
def test_a_query_that_contradicts_itself_says_so(library, query, message):
    with pytest.raises(QueryError, match=message):
        library.search(**query)


def test_an_unknown_example_is_told_with_the_nearest_that_there_is(make_library):
    library = make_library(ONE_SPACE, DOCUMENTS)
    with pytest.raises(QueryError, match="Did you mean 'purple'"):
        library.recommend("purpel")


def test_an_exclusion_of_another_space_is_refused(make_library):
    yaml = """
components: {words: {use: wider}, sight: {use: shade}}
index:
  - {encode: text, with: words}
  - {encode: image, with: sight}
"""
    library = make_library(yaml, DOCUMENTS)
    with pytest.raises(QueryError, match="searched in words, and that gives vectors in sight"):
        library.search("aaa", exclude=picture(255, 0, 0))


def test_unequal_weights_reach_the_late_fusion(make_library):
    apart = make_library(YAML + "search: {compose: rankings}", DOCUMENTS)
    for weights, first in (({"text": 99}, "b"), ({"image": 99}, "red")):
        hits = apart.search("bbbb", image=picture(255, 0, 0), weights=weights)
        assert hits[0].id == first
        assert " x 99 " in str(hits.explain)


def test_an_empty_library_finds_nothing_and_knows_no_examples(make_library):
    library = make_library(YAML, [])
    assert ids(library.search("aaa", exclude="bbb", fold=0.9, diversity=0.5, group_by="year")) == []
    with pytest.raises(QueryError, match="no document 'a'"):
        library.recommend("a")


def test_subtracting_is_the_documented_arithmetic(library):
    from chiasm.contracts import VectorQuery

    wanted, unwanted = np.eye(26, dtype=np.float32)[[0, 2]]
    moved = wanted - 0.5 * unwanted
    [expected] = library.plan().store.search([VectorQuery("words", moved / np.linalg.norm(moved), 8)])
    hits = library.search("aaa", exclude="ccc")
    assert {hit.id: hit.score for hit in hits} == pytest.approx({p.payload["doc"]: p.score for p in expected}, abs=1e-5)
