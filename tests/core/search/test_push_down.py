"""Joining in the store: the same ranking as chiasm's own through a pipeline, and why not where it is not done."""

import numpy as np
import pytest
from small_documents import STORES, document, ids, picture

from chiasm import Document, Item

WORDS = (
    *("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "hazel", "ivory", "jetty"),
    *("kelp", "larch", "maple", "night", "ocean", "pearl", "quartz"),
)

YAML = """
components:
  words: {{use: letters}}
  keywords: {{use: bm25, params: {{b: 0.9}}}}
index:
  - {{encode: text, with: words}}
  - {{encode: text, with: keywords}}
search: {{fuse: {fuse}, push_down: {push}}}
"""

FUSIONS = {
    "rrf": "{use: rrf}",
    "rrf, weighted": '{use: rrf, params: {weights: {"text:words": 2.5, "text:keywords": 0.7, "like:words": 3}}}',
    "rrf, k 3": "{use: rrf, params: {k: 3}}",
    "dbsf": "{use: weighted-sum, params: {normalization: dbsf}}",
    "dbsf, weighted": '{use: weighted-sum, params: {normalization: dbsf, weights: {"text:words": 0.4}}}',
    "isr": "{use: isr}",
}


def documents(count=120):
    """Texts of different lengths, so that no two of them score alike."""
    random = np.random.default_rng(11)
    return [document(f"d{at:03}", " ".join(random.choice(WORDS, 5 + at)), year=2000 + at) for at in range(count)]


QUERIES = [
    {"text": "amber ocean"},
    {"text": "cedar delta ember", "limit": 25},
    {"text": "quartz pearl night", "where": "year >= 2060"},
    {"text": "grove hazel kelp jetty", "weights": {"text": 3}},
    {"text": "maple", "like": "d007"},
    {"text": "amber birch", "fold": 0.999, "limit": 5},
]


@pytest.fixture(scope="module", params=[(store, fuse) for store in STORES for fuse in FUSIONS], ids=str)
def pair(request, make_library):
    store, fuse = request.param
    made = [make_library(YAML.format(fuse=FUSIONS[fuse], push=push), documents(), store) for push in ("true", "false")]
    return tuple(made)


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_the_store_ranks_as_chiasm_does(pair, query):
    pushed, own = (library.search(**query) for library in pair)
    assert "in chiasm" in str(own.explain)
    assert "in the store" in str(pushed.explain)
    assert ids(pushed) == ids(own)
    np.testing.assert_allclose([hit.score for hit in pushed], [hit.score for hit in own], rtol=1e-4)
    for one, other in zip(pushed, own, strict=True):
        assert [(leg.leg, leg.rank, leg.field) for leg in one.legs] == [
            (leg.leg, leg.rank, leg.field) for leg in other.legs
        ]
        assert [leg.score for leg in one.legs] == pytest.approx([leg.score for leg in other.legs], rel=1e-5)
        assert (one.text, one.payload, one.folded) == (other.text, other.payload, other.folded)
    assert [leg.documents for leg in pushed.explain.legs] == [leg.documents for leg in own.explain.legs]


@pytest.mark.parametrize("store", STORES)
def test_documents_that_tie_are_joined_in_chiasm(make_library, store):
    same = [document(name, "amber ocean") for name in ("x", "y", "z")]
    library = make_library(YAML.format(fuse="{use: rrf}", push="true"), [*same, document("w", "cedar")], store)
    hits = library.search("amber ocean")
    assert "in chiasm: documents tie in text:words" in str(hits.explain)
    assert ids(hits)[:3] == ["x", "y", "z"]


def why_not(make_library, yaml, found, query):
    return str(make_library(yaml, found).search(**query).explain)


def test_what_the_store_cannot_rank_alike_is_joined_in_chiasm_and_told(make_library):
    base = YAML.format(fuse="{use: rrf}", push="true")
    available = YAML.format(fuse="{use: rrf, params: {coverage: available}}", push="true")
    some = documents(30)
    assert "no store ranks as RrfFusion does" in why_not(make_library, available, some, {"text": "amber"})
    listed = [*some, Document("two", {"text": [Item.of_text("amber"), Item.of_text("birch")]})]
    assert "several points in text" in why_not(make_library, base, listed, {"text": "amber birch"})
    lines = base.replace("components:", "components:\n  cut: {use: lines}").replace(
        "index:\n", "index:\n  - {translate: text -> line, with: cut}\n"
    ).replace("encode: text", "encode: line")  # fmt: skip
    assert "several points in line" in why_not(make_library, lines, some, {"text": "amber birch"})
    seen = base.replace("components:", "components:\n  sight: {use: shade}").replace(
        "index:\n", "index:\n  - {encode: image, with: sight}\n"
    )
    pictured = [*some, document("red", colour=(255, 0, 0))]
    mixed = {"text": "amber birch", "image": picture(255, 0, 0)}
    assert "several fields" in why_not(make_library, seen, pictured, mixed)
    assert "words are subtracted" in why_not(make_library, base, some, {"text": "amber", "exclude": "birch"})
    product = YAML.format(fuse="{use: product}", push="true")
    assert "no store ranks as ProductFusion" in why_not(make_library, product, some, {"text": "amber"})


def test_one_leg_has_nothing_to_join(make_library):
    yaml = YAML.format(fuse="{use: rrf}", push="true").replace("  - {encode: text, with: keywords}\n", "")
    assert "one leg, nothing to join" in why_not(make_library, yaml, documents(10), {"text": "amber"})
