"""What is done with the documents that were found: folding, diversity, grouping, reranking."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_documents import STORES, document, ids, picture

from chiasm.errors import QueryError
from chiasm.search.stages.diversity import marginal_order

YAML = """
components: {words: {use: letters}, sight: {use: shade}}
index:
  - {encode: text, with: words}
  - {encode: image, with: sight}
"""

DOCUMENTS = [
    document("a1", "aaaa", folder="x", camera={"lens": 35}),
    document("a2", "aaaaaaaa", folder="x", camera={"lens": 50}),
    document("a3", "aaaaaaaaaaab", folder="y"),
    document("ab", "aabb", folder="y"),
    document("ac", "aaccc", folder="z", tags=["p", "q"]),
    document("red", colour=(255, 0, 0), folder="z"),
]


@pytest.fixture(scope="module", params=STORES)
def library(request, make_library):
    return make_library(YAML, DOCUMENTS, request.param)


def test_near_duplicates_are_folded_under_the_first_and_told_in_the_hit(library):
    hits = library.search("aaaa", fold=0.99)
    assert ids(hits) == ["a1", "ab", "ac", "red"]
    assert [(each.id, each.similarity) for each in hits[0].folded] == [
        ("a2", pytest.approx(1)), ("a3", pytest.approx(0.996, abs=1e-3))
    ]  # fmt: skip
    assert "2 of 6 documents folded, cosine 0.99 on" in str(hits.explain)
    assert json.loads(json.dumps(hits.to_dicts()))[0]["folded"][0]["id"] == "a2"


def test_only_equal_vectors_are_folded_at_1(library):
    assert ids(library.search("aaaa", fold=1.0)) == ["a1", "a3", "ab", "ac", "red"]


def test_folding_looks_deeper_until_there_are_as_many_as_asked_for(make_library):
    many = [document(f"same{n}", "zzz") for n in range(150)] + [document(f"other{n}", "zzz" + "y" * n) for n in (1, 2)]
    library = make_library(YAML, many)
    assert len(library.search("zzz", fold=0.999, limit=3)) == 3


def test_diversity_puts_what_is_unlike_before_what_is_alike(library):
    plain, diverse = library.search("aaab", limit=3), library.search("aaab", limit=3, diversity=0.6)
    assert ids(plain)[0] == ids(diverse)[0]
    assert set(ids(plain)) <= {"a1", "a2", "a3", "ab"} and not set(ids(diverse)) <= {"a1", "a2", "a3", "ab"}
    assert ids(library.search("aaab", diversity=0.0)) == ids(library.search("aaab"))
    assert "maximal marginal relevance, 0.6" in str(diverse.explain)


def test_groups_show_the_best_of_each_with_the_others_under_it(library):
    hits = library.search("aaaa", group_by="folder")
    assert [(hit.id, hit.group) for hit in hits] == [("a1", "x"), ("a3", "y"), ("ac", "z")]
    assert [[each.id for each in hit.grouped] for hit in hits] == [["a2"], ["ab"], ["red"]]


def test_documents_without_the_metadata_stand_for_themselves(library):
    hits = library.search("aaaa", group_by="camera.lens")
    assert [hit.group for hit in hits] == [35, 50, None, None, None, None]
    assert [hit.group for hit in library.search("aaaa", group_by="tags", limit=9) if hit.id == "ac"] == [["p", "q"]]


def test_grouping_by_what_nothing_has_names_the_nearest(library):
    with pytest.raises(QueryError, match=r"'foldr'.*Did you mean 'folder'"):
        library.search("aaaa", group_by="foldr")


def test_a_function_of_the_user_reranks(library):
    def longest(query, candidates):
        assert query[0].text() == "aaaa"
        return [len(each.text) for each in candidates]

    hits = library.search("aaaa", rerank=longest, limit=2)
    assert [(hit.id, hit.score) for hit in hits] == [("a3", 12), ("a2", 8)]
    assert hits[0].judged[0].by == "longest" and hits[0].judged[0].rank_before == 3
    assert "longest: 6 of 6 documents scored" in str(hits.explain)


def test_candidates_bound_what_is_reranked(library):
    hits = library.search("aaaa", rerank=lambda query, found: [each.rank for each in found], candidates=3, limit=3)
    assert sorted(ids(hits)) == ["a1", "a2", "a3"] and hits[0].score == 3


def test_what_a_reranker_cannot_score_keeps_its_place(library):
    def odd(query, candidates):
        return [np.nan if each.rank % 2 == 0 else each.rank for each in candidates]

    plain, reranked = ids(library.search("aaaa")), ids(library.search("aaaa", rerank=odd))
    assert reranked[1::2] == plain[1::2]
    assert reranked[0::2] == plain[0::2][::-1]


def test_several_rerankers_run_in_order(library):
    by_text = library.search("aaaa", rerank=[lambda q, c: [len(x.text) for x in c], lambda q, c: [-x.rank for x in c]])
    assert by_text[0].id == "a3" and len(by_text[0].judged) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rerank": lambda q, c: [1]}, "shape .1. for 6 candidates"),
        ({"rerank": lambda q, c: ["x"] * len(c)}, "no numbers"),
        ({"rerank": lambda q, c: [np.inf] * len(c)}, "infinite"),
        ({"rerank": "crss"}, "no reranker 'crss'"),
        ({"rerank": 3}, "not a int"),
        ({"fold": 0}, "fold is a cosine"),
        ({"fold": 1.2}, "fold is a cosine"),
        ({"fold": float("nan")}, "fold is a cosine"),
        ({"diversity": -0.1}, "from 0 to 1"),
        ({"diversity": 1.1}, "from 0 to 1"),
        ({"diversity": float("nan")}, "from 0 to 1"),
        ({"candidates": 0}, "at least 1"),
        ({"group_by": " "}, "is empty"),
    ],
)
def test_arrangements_out_of_range_are_refused(library, options, message):
    with pytest.raises(QueryError, match=message):
        library.search("aaaa", **options)


def test_stages_of_the_configuration_hold_for_every_search(make_library):
    library = make_library(YAML + "search: {fold: 0.99, group_by: folder, diversity: 0.1}", DOCUMENTS)
    assert [stage.name for stage in library.search("aaaa").explain.stages] == ["fold", "group", "diversity"]


def test_a_plain_search_runs_no_stage_and_reads_no_vectors(library, monkeypatch):
    def never(*_, **__):
        raise AssertionError("vectors were read")

    monkeypatch.setattr(library.plan().store, "retrieve", never)
    assert library.search("aaaa", image=picture(255, 0, 0)).explain.stages == ()


@settings(deadline=None)
@given(
    st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=2, max_size=8), st.floats(0, 1),
    st.integers(1, 9),
)  # fmt: skip
def test_marginal_order_is_the_papers_greedy_choice(rows, amount, limit):
    vectors = np.array(rows) + 1e-3
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    relevance, alike = np.linspace(1, 0, len(rows)), vectors @ vectors.T
    order = marginal_order(relevance, alike, amount, limit)
    assert sorted(order) == list(range(len(rows)))
    for at in range(min(limit, len(rows))):
        taken, left = order[:at], [one for one in range(len(rows)) if one not in order[:at]]

        def marginal(one, taken=taken):
            return (1 - amount) * relevance[one] - amount * max([0, *alike[one, taken]])

        assert marginal(order[at]) == pytest.approx(max(map(marginal, left)))
