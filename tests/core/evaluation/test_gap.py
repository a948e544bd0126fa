"""The modality gap: known where it is known, and measured in a store."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chiasm import Document, Item, Pipeline
from chiasm.errors import EvaluationError
from chiasm.evaluation.gap import centred, modality_gap, uniformity
from chiasm.evaluation.inspecting import draw_gaps
from chiasm.evaluation.stored import unit


def cones(count=60, dim=16, apart=1.0, seed=0):
    """Pairs of directions that are alike, each side moved away along an axis of its own."""
    random = np.random.default_rng(seed)
    shared = random.normal(size=(count, dim))
    sides = [unit(shared + 0.1 * random.normal(size=shared.shape)) for _ in range(2)]
    sides[0][:, 0] += apart
    sides[1][:, 0] -= apart
    return unit(sides[0]), unit(sides[1]), [(at, at) for at in range(count)]


def test_sides_that_were_moved_apart_have_a_gap_that_centring_closes():
    left, right, pairs = cones()
    before, after = modality_gap(left, right, pairs), modality_gap(centred(left), centred(right), pairs)
    assert before.distance > 1.0 and before.same_side == 1.0
    assert after.distance < 0.1 and after.same_side < 0.7
    assert after.alignment < before.alignment
    assert min(after.recall) >= max(before.recall)


def test_the_measures_are_what_their_formulas_say():
    left, right, pairs = cones(count=20, dim=5, apart=0.4, seed=3)
    found = modality_gap(3 * left, right, pairs)
    assert found.distance == pytest.approx(np.linalg.norm(left.mean(axis=0) - right.mean(axis=0)))
    assert found.alignment == pytest.approx(np.mean([np.sum((a - b) ** 2) for a, b in zip(left, right, strict=True)]))
    terms = [np.exp(-2 * np.sum((left[i] - left[j]) ** 2)) for i in range(20) for j in range(i)]
    assert found.uniformity[0] == pytest.approx(np.log(np.mean(terms)))
    everything = np.concatenate([left, right])
    nearest = [
        max((j for j in range(40) if j != i), key=lambda j, i=i: everything[i] @ everything[j]) for i in range(40)
    ]
    assert found.same_side == pytest.approx(np.mean([(i < 20) == (j < 20) for i, j in enumerate(nearest)]))
    ranks = [1 + sum(left[i] @ right[j] > left[i] @ right[i] for j in range(20)) for i in range(20)]
    assert found.recall[0] == pytest.approx(np.mean([rank <= 10 for rank in ranks]))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.1, 10))
def test_a_gap_depends_on_directions_alone_and_is_symmetric(seed, scale):
    random = np.random.default_rng(seed)
    left, right = random.normal(size=(8, 4)), random.normal(size=(6, 4))
    one, other = modality_gap(left, right), modality_gap(scale * right, left)
    assert one.distance == pytest.approx(other.distance) and one.uniformity == pytest.approx(other.uniformity[::-1])
    assert one.alignment is None and one.recall is None


def test_vectors_all_alike_are_not_uniform_and_spread_ones_are():
    assert uniformity(np.tile([[1.0, 0.0]], (5, 1))) == 0.0
    spread = unit(np.random.default_rng(0).normal(size=(300, 64)))
    assert uniformity(spread) == pytest.approx(-4 + 4 * 2 / 64, abs=0.1)  # E exp(4 cos) is about exp(8 / dim)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (np.ones((1, 3)), np.ones((4, 3))),
        (np.ones((4, 3)), np.ones((4, 2))),
        (np.full((4, 3), np.nan), np.ones((4, 3))),
        (np.ones(3), np.ones((4, 3))),
    ],
)
def test_what_has_no_gap_is_refused(left, right):
    with pytest.raises(EvaluationError):
        modality_gap(left, right)


def test_the_gaps_of_a_store_are_measured_and_drawn(library, tmp_path):
    gaps = library.gaps()
    by_fields = {(gap.left.field, gap.right.field): gap for gap in gaps}
    assert set(by_fields) == {("text", "image"), ("text", "joint"), ("image", "joint")}
    assert by_fields["text", "image"].pairs == 2
    facts = json.loads(json.dumps([gap.to_dict() for gap in gaps]))
    assert facts[0]["space"] == "words" and facts[0]["vectors"] == [8, 3]
    assert facts[0]["after"]["distance"] < facts[0]["before"]["distance"]
    draw_gaps(gaps, tmp_path / "gap.svg")
    assert ElementTree.parse(tmp_path / "gap.svg").getroot().tag.endswith("svg")


def test_a_store_with_one_modality_has_no_gap(registry, tmp_path):
    yaml = "components: {words: {use: letters}}\nindex: [{encode: text, with: words}]"
    with Pipeline.from_yaml(yaml, store=tmp_path / "store", registry=registry) as pipeline:
        pipeline.index([Document("a", {"text": [Item.of_text("abc")]})])
        with pytest.raises(EvaluationError, match="no two fields in the store share a space"):
            pipeline.gaps()


PAIRED = """
components: {words: {use: letters}, sight: {use: shade}}
index: [{encode: text, with: words}, {encode: image, with: sight}]
"""


def test_pairs_are_searched_both_ways_by_stored_vectors(registry, tmp_path):
    colours = {"r": (250, 10, 20), "g": (30, 240, 10), "b": (10, 30, 230)}
    documents = [
        Document(
            name, {"text": [Item.of_text(name * 3)], "image": [Item.of_image(np.full((16, 16, 3), rgb, np.uint8))]}
        )
        for name, rgb in colours.items()
    ]
    documents.append(Document("alone", {"text": [Item.of_text("rgb")]}))
    with Pipeline.from_yaml(PAIRED, store=tmp_path / "store", registry=registry) as pipeline:
        pipeline.index(documents)
        found = pipeline.evaluate_pairs("image", "text", measures=["recall@1", "median-rank"])
        assert found.comparison.queries == 3
        assert list(found.runs) == [
            "image -> text",
            "text -> image",
            "image -> text, centred",
            "text -> image, centred",
        ]
        assert all(found[name]["recall@1"] == 1.0 for name in found.runs)
        with pytest.raises(EvaluationError, match=r"no field 'images'.*Did you mean 'image'"):
            pipeline.evaluate_pairs("images", "text")


def test_fields_of_different_spaces_are_no_pairs(registry, tmp_path):
    yaml = PAIRED.replace("{encode: text, with: words}", "{encode: text, with: {use: wider}}")
    with Pipeline.from_yaml(yaml, store=tmp_path / "store", registry=registry) as pipeline:
        pipeline.index([Document("a", {"text": [Item.of_text("abc")]})])
        with pytest.raises(EvaluationError, match="no dense vectors in one space"):
            pipeline.evaluate_pairs("image", "text")
