"""Searching: legs, filters, moments and what hits carry."""

import json

import numpy as np
import pytest

from chiasm import Document, F, Item, Pipeline
from chiasm.contracts import ScoredPoint
from chiasm.errors import QueryError, SpaceMismatch, StoreError
from chiasm.media import TimeSpan
from chiasm.search.moments import find_moment

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


def picture(red, green, blue):
    return Item.of_image(np.full((16, 16, 3), (red, green, blue), np.uint8))


@pytest.fixture(scope="module")
def library(registry, tmp_path_factory):
    with Pipeline.from_yaml(YAML, store=tmp_path_factory.mktemp("library"), registry=registry) as pipeline:
        pipeline.index(
            [
                Document("zoo", {"text": [Item.of_text("zebra zoo")]}, {"year": 2020, "tags": ["stripes", "park"]}),
                Document("jazz", {"text": [Item.of_text("jazz fizz buzz")]}, {"year": 2021}),
                Document("rose", {"image": [picture(255, 0, 0)]}, {"year": 2022}),
                Document("leaf", {"image": [picture(0, 255, 0)], "text": [Item.of_text("gg ggg")]}, {"year": 2023}),
            ]
        )
        yield pipeline


def test_a_text_finds_texts_and_pictures_of_the_same_space(library):
    assert library.search("zebra zoo")[0].id == "zoo"
    assert library.search("rrr")[0].id == "rose"


def test_a_picture_finds_pictures_and_texts(library):
    hits = library.search(image=np.full((8, 8, 3), (0, 255, 0), np.uint8))
    assert hits[0].id == "leaf"
    assert {leg.leg for leg in hits[0].legs} == {"image:sight"}


def test_a_mixture_is_one_vector_in_a_space_that_its_parts_share(library):
    hits = library.search("ggg", image=np.full((8, 8, 3), (0, 255, 0), np.uint8))
    assert hits[0].id == "leaf"
    assert [leg.name for leg in hits.explain.legs] == ["text+image:words", "text:keywords"]
    assert hits.explain.legs[0].summed == ("text:words", "image:sight")
    assert "RrfFusion" in str(hits.explain)
    assert all(leg.rank >= 1 for leg in hits[0].legs)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("year >= 2022", {"rose", "leaf"}),
        ("tags = stripes", {"zoo"}),
        ("year in (2020, 2021) and not tags = park", {"jazz"}),
        (F("year") < 2021, {"zoo"}),
        ('id = "rose"', {"rose"}),
    ],
)
def test_metadata_filters_narrow_the_search(library, where, found):
    assert {hit.id for hit in library.search("zebra rose", where=where)} == found


def test_a_modality_keeps_documents_that_have_an_item_of_it(library):
    assert {hit.id for hit in library.search("zebra", modality="image")} == {"rose", "leaf"}


def test_limit_is_kept_and_hits_are_in_order(library):
    hits = library.search("zebra", limit=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score


def test_hits_become_json_and_a_table(library):
    hits = library.search("zebra zoo")
    [first, *_] = json.loads(json.dumps(hits.to_dicts()))
    assert first["id"] == "zoo" and first["payload"]["year"] == 2020 and first["modality"] == "text"
    table = hits.to_pandas()
    assert list(table["id"]) == [hit.id for hit in hits] and "year" in table


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "needs a text"),
        ({"text": "   "}, "empty"),
        ({"text": "x", "limit": 0}, "at least 1"),
        ({"audio": (np.zeros(100, np.float32), 16000)}, "cannot be searched by audio"),
        ({"image": 3}, "is int"),
        ({"text": "x", "where": "year >"}, "year >"),
        ({"image": Item.of_text("no picture")}, "modality text"),
    ],
)
def test_a_query_that_cannot_be_answered_says_why(library, query, message):
    with pytest.raises(QueryError, match=message):
        library.search(**query)


def test_searching_before_indexing_says_how_to_index(registry, tmp_path):
    with (
        Pipeline.from_yaml(YAML, store=tmp_path / "none", registry=registry) as pipeline,
        pytest.raises(StoreError, match="chiasm index"),
    ):
        pipeline.search("x")


def test_an_index_made_by_another_model_is_refused_with_both_identities(registry, tmp_path):
    narrow = "components: {words: {use: letters}}\nindex: [{encode: text, with: words}]"
    with Pipeline.from_yaml(narrow, store=tmp_path / "s", registry=registry) as pipeline:
        pipeline.index([Document("a", {"text": [Item.of_text("abc")]})])
    other = Pipeline.from_yaml(narrow.replace("letters", "wider"), store=tmp_path / "s", registry=registry)
    for act in (lambda: other.search("abc"), lambda: other.index([])):
        with pytest.raises(SpaceMismatch) as caught:
            act()
        assert "letters" in str(caught.value) and "wider" in str(caught.value)


def segment(number, start, end, score, text="words"):
    payload = {"doc": "d", "field": "transcript", "path": "a.wav", "span": {"seconds": [start, end]}, "text": text}
    return ScoredPoint(f"p{number}", score, payload)


def test_neighbours_that_answer_alike_become_one_moment():
    best = segment(2, 10, 12, 0.9, "two")
    others = [segment(1, 8, 9.5, 0.85, "one"), segment(3, 12.5, 14, 0.8, "three"), segment(4, 15, 16, 0.3, "far off")]
    moment = find_moment(best, others, gap=2.0)
    assert moment.span == TimeSpan(8, 14)
    assert moment.text == "one two three"


def test_a_gap_ends_a_moment():
    best = segment(1, 0, 2, 0.9)
    assert find_moment(best, [segment(2, 5, 6, 0.9)], gap=2.0).span == TimeSpan(0, 2)


def test_many_spans_of_one_document_do_not_hide_the_others(registry, tmp_path):
    yaml = """
components: {words: {use: letters}}
index:
  - {translate: text -> line, with: {use: lines}}
  - {encode: line, with: words}
"""
    with Pipeline.from_yaml(yaml, store=tmp_path / "store", registry=registry) as pipeline:
        long = "\n".join(["zzz"] * 400)
        short = [Document(f"s{n}", {"text": [Item.of_text("zzzy" + "x" * n)]}) for n in range(5)]
        pipeline.index([Document("long", {"text": [Item.of_text(long)]}), *short])
        assert {hit.id for hit in pipeline.search("zzz", limit=6)} == {"long", "s0", "s1", "s2", "s3", "s4"}
