"""Hybrid fusion through a pipeline: a fused vector and its parts, indexed together and joined late."""

import re

import numpy as np
import pytest
from small_documents import STORES, document, ids, picture

from chiasm import Pipeline
from chiasm.contracts import Ranking, VectorQuery
from chiasm.errors import ChiasmError, ConfigError, FusionError
from chiasm_plugins.fusions.rrf import RrfFusion, RrfParams

YAML = """
components:
  words: {use: letters}
  sight: {use: shade}
  both: {use: joint-plus-parts}
index:
  - {encode: text, with: words}
  - {encode: image, with: sight}
  - {fuse: [text, image], as: joint, with: both}
search: {fuse: both}
"""

DOCUMENTS = [
    document("rr", "rrrr", (255, 0, 0)),
    document("rb", "rrrr", (0, 0, 255)),
    document("bb", "bbbb", (0, 0, 255)),
    document("words only", "rrr"),
    document("looks only", colour=(255, 0, 0)),
    document("zg", "zzzz", (0, 255, 0)),
]


@pytest.fixture(scope="module", params=STORES)
def library(request, make_library):
    return make_library(YAML, DOCUMENTS, request.param)


def by_hand(library, vector, fields):
    """Rankings of documents by each field alone, read from the store."""
    store = library.plan().store
    [points] = store.search([VectorQuery("words", vector, 100, exact=True)])
    return {
        f"text:words/{name}": Ranking.from_scores(
            {p.payload["doc"]: p.score for p in points if p.payload["field"] == name}
        )
        for name in fields
    }


def test_joint_and_parts_are_sources_of_their_own_joined_by_the_late_fusion(library):
    hits = library.search("rrrr", limit=20)
    assert [leg.name for leg in hits.explain.legs] == ["text:words/text", "text:words/image", "text:words/joint"]
    red = np.eye(26, dtype=np.float32)[17]
    expected = RrfFusion(RrfParams()).fuse(by_hand(library, red, ("text", "image", "joint")), 20)
    assert ids(hits) == list(expected.ids)
    assert [hit.score for hit in hits] == pytest.approx(expected.scores.tolist())
    assert hits[0].id == "rr" and {leg.leg for leg in hits[0].legs} >= {"text:words/joint", "text:words/image"}
    assert "JointPlusPartsFusion with RrfFusion" in str(hits.explain)


def test_a_hit_shows_the_part_that_answers_rather_than_the_fused_vector(library):
    assert {hit.field for hit in library.search("rrrr", limit=20)} <= {"text", "image"}


def test_weights_by_field_move_the_ranking(make_library):
    def first(weights):
        yaml = YAML.replace("{use: joint-plus-parts}", f"{{use: joint-plus-parts, params: {{weights: {weights}}}}}")
        return ids(make_library(yaml, DOCUMENTS).search("rrrr", limit=3))

    assert first("{text: 1, image: 0, joint: 0}") == ["rb", "rr", "words only"]
    assert first("{text: 0, image: 1, joint: 0}")[:2] == ["looks only", "rr"]


def test_the_cascade_ranks_the_joint_candidates_by_their_parts(make_library):
    yaml = YAML.replace("joint-plus-parts", "cascade").replace(
        "{use: cascade}", "{use: cascade, params: {candidates: 4}}"
    )
    library = make_library(yaml, DOCUMENTS)
    hits = library.search("rrrr", limit=4)
    red = np.eye(26, dtype=np.float32)[17]
    rankings = by_hand(library, red, ("text", "image", "joint"))
    candidates = set(rankings.pop("text:words/joint").ids[:4])
    among = {
        name: Ranking.from_scores(
            {one: score for one, score in zip(each.ids, each.scores.tolist(), strict=True) if one in candidates}
        )
        for name, each in rankings.items()
    }
    assert ids(hits) == list(RrfFusion(RrfParams()).fuse(among, 4).ids)
    assert "4 candidates by their fused vectors, ranked by their parts" in str(hits.explain)


def test_one_line_swaps_the_hybrid_and_what_was_indexed_stays(registry, tmp_path):
    prints = {
        use: Pipeline.from_yaml(YAML.replace("joint-plus-parts", use), store=tmp_path, registry=registry)
        .plan().fingerprint
        for use in ("joint-plus-parts", "cascade")
    }  # fmt: skip
    assert len(set(prints.values())) == 1


def test_early_and_late_parts_are_components_by_name(registry, tmp_path):
    yaml = YAML.replace(
        "both: {use: joint-plus-parts}",
        "mix: {use: weighted-mean, params: {weights: {text: 3, image: 1}}}\n  join: {use: rrf, params: {k: 5}}\n"
        "  both: {use: joint-plus-parts, params: {early: mix, late: join}}",
    )
    plan = Pipeline.from_yaml(yaml, store=tmp_path, registry=registry).plan()
    assert plan.fusions[0].by.name == "mix" and plan.late.params.k == 5
    assert "joint and its parts text, image, joined by RrfFusion   by both" in str(plan)


def test_the_fields_that_are_searched_make_a_fusion_early_or_late(make_library):
    plain = YAML.replace("joint-plus-parts", "weighted-mean").replace("search: {fuse: both}", "search: {fields: %s}")
    for fields, found in (("[joint]", {"joint"}), ("[text, image]", {"text", "image"})):
        hits = make_library(plain % fields, DOCUMENTS).search("rrrr", limit=20)
        assert {hit.field for hit in hits} == found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("search: {fuse: both}", ""), "does not join its parts"),
        (("with: both}", "with: {use: weighted-mean}}"), "no step fuses by it"),
        (("{use: joint-plus-parts}", "{use: joint-plus-parts, params: {weights: {imge: 2}}}"), "imge.*'image'"),
        (("{use: joint-plus-parts}", "{use: joint-plus-parts, params: {early: words}}"), "no early fusion"),
        (("{use: joint-plus-parts}", "{use: joint-plus-parts, params: {late: words}}"), "no late fusion"),
        (("{use: joint-plus-parts}", "{use: joint-plus-parts, params: {late: wrds}}"), "wrds.*Did you mean 'words'"),
        (("{use: joint-plus-parts}", "{use: cascade, params: {candidates: 0}}"), "greater than or equal to 1"),
        (("{fuse: both}", "{fuse: both, fields: [txt]}"), "'txt'.*Did you mean 'text'"),
        (("{fuse: both}", "{fuse: words}"), "neither a late nor a hybrid"),
        (("{fuse: both}", "{fuse: both, rerank: [words, sight]}"), "none is left to find"),
        (("{fuse: both}", "{fuse: both, rerank: [both]}"), "no reranker"),
    ],
)
def test_what_does_not_fit_is_refused_when_the_pipeline_is_built(registry, tmp_path, change, message):
    with pytest.raises((ConfigError, FusionError), match=f"(?s){message}"):
        Pipeline.from_yaml(YAML.replace(*change), store=tmp_path, registry=registry)


def test_a_hybrid_for_two_fields_is_refused(registry, tmp_path):
    yaml = YAML.replace("search:", "  - {fuse: [text, image], as: again, with: both}\nsearch:")
    with pytest.raises(ChiasmError, match="2 fields are fused"):
        Pipeline.from_yaml(yaml, store=tmp_path, registry=registry)


def test_a_composed_query_searches_the_joint_vector_too(library):
    hits = library.search("rrrr", image=picture(0, 0, 255), limit=1)
    assert ids(hits) == ["rb"]


def test_a_query_is_fused_as_documents_are_where_no_encoder_reaches_the_fused_space(make_library):
    yaml = YAML.replace("joint-plus-parts", "joint-plus-parts, params: {early: pair}").replace(
        "components:", "components:\n  pair: {use: side-by-side}"
    )
    library = make_library(yaml, DOCUMENTS)
    hits = library.search("rrrr", image=picture(0, 0, 255), limit=3)
    assert hits[0].id == "rb"
    joint = next(leg for leg in hits.explain.legs if leg.vector_name == "joint")
    assert joint.name == "text+image:joint/joint" and joint.fields == ("joint",)
    score = next(leg.score for leg in hits[0].legs if leg.leg == joint.name)
    assert score == pytest.approx(1, abs=1e-3)
    words_alone = library.search("rrrr", limit=3)
    assert {leg.leg for leg in words_alone[0].legs} >= {"text:words/text", "text:joint/joint"}
    assert ids(library.search(like="rb", exclude="rrr"))[0] == "bb"


@pytest.mark.parametrize("name", ["text:words", "image:sight", "like:words", "text+image:words", "image+like:words"])
def test_weights_for_legs_that_a_search_can_have_are_taken(registry, tmp_path, name):
    late = YAML.replace("with: both", "with: {use: weighted-mean}")
    late = late.replace("search: {fuse: both}", f'search: {{fuse: {{use: rrf, params: {{weights: {{"{name}": 2}}}}}}}}')
    assert Pipeline.from_yaml(late, store=tmp_path, registry=registry).plan().late.params.weights == {name: 2}


@pytest.mark.parametrize(
    ("name", "nearest"), [("text:wrods", "text:words"), ("txt:words", "text:words"), ("text+image:wrds", "text")]
)
def test_weights_for_other_legs_are_refused_when_the_pipeline_is_built(registry, tmp_path, name, nearest):
    late = YAML.replace("with: both", "with: {use: weighted-mean}")
    late = late.replace("search: {fuse: both}", f'search: {{fuse: {{use: rrf, params: {{weights: {{"{name}": 2}}}}}}}}')
    with pytest.raises(FusionError, match=rf"(?s)search\.fuse.*{re.escape(name)}.*{nearest}"):
        Pipeline.from_yaml(late, store=tmp_path, registry=registry)
