"""Composed queries with real models: the sentences of the starter, and their words."""

import pytest
from small_documents import document, ids

YAML = """
components:
  words: {use: sentence-transformer, params: {model: "starter:all-MiniLM-L6-v2"}}
  keywords: {use: bm25}
index:
  - {encode: text, with: words}
  - {encode: text, with: keywords}
"""

TEXTS = {
    "meadow": "A brown dog runs through the grass.",
    "beach": "A dog shakes off water at the beach.",
    "beach again": "A dog is shaking off water at the beach.",
    "snow": "A black dog plays in the snow.",
    "sofa": "A puppy sleeps on the sofa.",
    "ship": "A sailing ship in a storm on the open sea.",
    "violin": "An old man plays the violin in a concert hall.",
    "piano": "A girl plays the piano.",
}


@pytest.fixture(scope="module")
def library(make_library):
    kinds = {"ship": "sea", "violin": "music", "piano": "music"}
    return make_library(YAML, [document(name, text, kind=kinds.get(name, "animal")) for name, text in TEXTS.items()])


def test_what_is_excluded_goes_down(library):
    plain, without = (ids(library.search("a dog", exclude=words)) for words in ((), ["water and the sea"]))
    assert without.index("beach") > plain.index("beach")


def test_examples_find_their_like(library):
    assert ids(library.recommend("violin", limit=1)) == ["piano"]
    assert ids(library.recommend(["beach", "snow"], unlike="sofa", limit=2))[0] in ("beach again", "meadow")


def test_near_duplicates_fold_and_kinds_group(library):
    hits = library.search("a wet dog by the sea", fold=0.9)
    beach = next(hit for hit in hits if hit.folded)
    assert {beach.id, beach.folded[0].id} == {"beach", "beach again"}
    kinds = [hit.group for hit in library.search("someone makes music", group_by="kind")]
    assert kinds[0] == "music" and len(kinds) == len(set(kinds)) == 3


def test_diversity_reaches_other_subjects_sooner(library):
    plain, diverse = (library.search("a dog", limit=4, diversity=amount) for amount in (0.0, 0.7))
    assert {hit.payload["kind"] for hit in plain} == {"animal"}
    assert len({hit.payload["kind"] for hit in diverse}) > 1
