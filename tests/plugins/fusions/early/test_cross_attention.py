"""cross-attention: sequences of tokens by field, through a bottleneck, on arrays and in a pipeline."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letters_plugin import SPACE

from chiasm import Document, Item, Pipeline, early_fusion
from chiasm.errors import ConfigError, FusionError
from chiasm.filters import Compare
from chiasm.fusion import FieldBatch
from chiasm_plugins.fusions.token_packing import packed

DIMS = {"image": 6, "sound": 4}
SMALL = {"dim": 16, "heads": 2, "layers": 1, "batch": 64}


def marked(seed: int, count: int = 400):
    """Sequences with a mark at some place in each field; the class tells whether the marks are alike.

    Neither field alone says anything of the class.
    """
    shapes = np.random.default_rng(3)
    marks = {name: 3 * shapes.normal(size=(2, dim)) for name, dim in DIMS.items()}
    random = np.random.default_rng(seed)
    kinds = random.integers(2, size=(count, 2))
    tokens, masks = {}, {}
    for at, (name, dim) in enumerate(DIMS.items()):
        lengths = random.integers(3, 7, size=count)
        masks[name] = np.arange(6)[None, :] < lengths[:, None]
        tokens[name] = random.normal(size=(count, 6, dim)).astype(np.float32)
        tokens[name][np.arange(count), random.integers(lengths)] += marks[name][kinds[:, at]]
    return tokens, masks, (kinds[:, 0] == kinds[:, 1]).astype(int), kinds


@pytest.fixture(scope="module")
def fusion():
    tokens, masks, _, kinds = marked(1)
    return early_fusion("cross-attention", **SMALL, epochs=6).fit(tokens, masks, kinds[:, 0])


def test_it_learns_what_only_both_fields_together_tell():
    tokens, masks, alike, _ = marked(1, 1000)
    fusion = early_fusion("cross-attention", **SMALL, epochs=20, modality_dropout=0).fit(tokens, masks, alike)
    tokens, masks, alike, _ = marked(2, 600)
    assert (fusion.predict_proba(tokens, masks).argmax(axis=1) == alike).mean() > 0.8


def test_padding_and_gaps_do_not_matter(fusion):
    tokens, masks, *_ = marked(2, 20)
    wide, wide_masks = {}, {}
    for name, values in tokens.items():
        spread = np.full((20, 15, values.shape[2]), 1e3, np.float32)
        spread[:, 1:13:2] = values
        wide[name] = spread
        wide_masks[name] = np.zeros((20, 15), bool)
        wide_masks[name][:, 1:13:2] = masks[name]
    np.testing.assert_allclose(fusion(wide, wide_masks), fusion(tokens, masks), atol=1e-5)


def test_documents_do_not_influence_each_other(fusion):
    tokens, masks, *_ = marked(2, 100)
    whole = fusion(tokens, masks)
    assert whole.shape == (100, 16) and whole.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(whole, axis=1), 1, atol=1e-5)
    for row in (0, 63, 64, 99):
        one = {name: values[row : row + 1] for name, values in tokens.items()}
        mask = {name: values[row : row + 1] for name, values in masks.items()}
        np.testing.assert_allclose(fusion(one, mask)[0], whole[row], atol=1e-5)


def test_a_field_without_tokens_takes_no_part(fusion):
    tokens, masks, *_ = marked(2, 10)
    silent = {**masks, "sound": np.zeros_like(masks["sound"])}
    alone = fusion({"image": tokens["image"]}, {"image": masks["image"]})
    np.testing.assert_allclose(fusion(tokens, silent), alone, atol=1e-6)
    assert not np.allclose(alone, fusion(tokens, masks), atol=1e-3)


def test_the_order_of_tokens_counts_and_that_of_fields_does_not(fusion):
    tokens, masks, *_ = marked(2, 10)
    turned = dict(reversed(tokens.items()))
    np.testing.assert_array_equal(fusion(turned, masks), fusion(tokens, masks))
    whole = {name: np.ones_like(mask) for name, mask in masks.items()}
    backwards = {name: values[:, ::-1] for name, values in tokens.items()}
    assert not np.allclose(fusion(backwards, whole), fusion(tokens, whole), atol=1e-4)


def test_it_is_saved_and_loaded(fusion, tmp_path):
    tokens, masks, *_ = marked(2, 10)
    again = early_fusion("cross-attention", model=fusion.save(tmp_path / "x.safetensors"))
    np.testing.assert_array_equal(again(tokens, masks), fusion(tokens, masks))
    assert repr(again).startswith("<CrossAttentionFusion: image 6 + sound 4 -> 16, trained on 400 documents, 2 classes")


def test_the_same_seed_gives_the_same_weights():
    tokens, masks, alike, _ = marked(1, 60)
    one, other = (early_fusion("cross-attention", **SMALL, epochs=1).fit(tokens, masks, alike) for _ in range(2))
    assert one.file.digest == other.file.digest


def test_vectors_in_place_of_sequences_are_refused(fusion):
    with pytest.raises(FusionError, match=r"\[n, tokens, dim\]"):
        fusion({"image": np.ones((2, 6))})
    with pytest.raises(FusionError, match=r"mask of bool \[2\] where bool \[2, 3\]"):
        fusion({"image": np.ones((2, 3, 6))}, {"image": np.ones(2, bool)})
    with pytest.raises(ConfigError, match="no multiple of 'heads'"):
        early_fusion("cross-attention", dim=10, heads=4)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_packing_keeps_tokens_in_order_and_at_even_distances(seed, most):
    random = np.random.default_rng(seed)
    mask = random.random((5, 7)) < 0.6
    mask[:, 0] |= ~mask.any(axis=1)
    values = np.arange(35, dtype=np.float32).reshape(5, 7, 1) + 1
    batch = packed(FieldBatch.of({"a": values}, {"a": mask}, sequences=True, where="test"), most)
    for row in range(5):
        own = values[row, mask[row], 0]
        count = min(most, len(own))
        kept = batch.vectors["a"][row, batch.present["a"][row], 0]
        assert kept.tolist() == [own[at * len(own) // count] for at in range(count)]
        assert not batch.vectors["a"][row, ~batch.present["a"][row]].any()


def test_in_a_pipeline_the_items_of_a_field_are_its_tokens(registry, tmp_path):
    random = np.random.default_rng(0)
    tokens = {"line": random.random((40, 3, 26)), "image": random.random((40, 1, 26))}
    fusion = early_fusion("cross-attention", **SMALL, epochs=1)
    model = fusion.fit(tokens, spaces={"line": SPACE, "image": SPACE}).save(tmp_path / "x.safetensors")
    config = f"""
components:
  words: {{use: letters}}
  sight: {{use: shade}}
index:
  - {{translate: text -> line, with: {{use: lines}}}}
  - {{encode: line, with: words}}
  - {{encode: image, with: sight}}
  - {{fuse: [line, image], with: {{use: cross-attention, params: {{model: {model}}}}}}}
"""
    red = np.full((16, 16, 3), (250, 5, 5), np.uint8)
    lines = ["abba", "cab", "deed"]
    with Pipeline.from_yaml(config, store=tmp_path / "store", registry=registry) as pipeline:
        fields = {"text": [Item.of_text("\n".join(lines))], "image": [Item.of_image(red)]}
        report = pipeline.index([Document("all", fields), Document("words", {"text": [Item.of_text("abba\ncab")]})])
        assert report.failures == ()
        hits = pipeline.search("deed")
        plan = pipeline.plan()
        ids = [point.id for point in plan.store.scroll(Compare("field", "=", "joint"))]
        found = {point.payload["doc"]: point.vectors["joint"] for point in plan.store.retrieve(ids, with_vectors=True)}
        encoder, sight = (step.encoder for step in plan.encodings)
        words = encoder.encode([Item.of_text(line) for line in lines])
        picture = sight.encode([Item.of_image(red)])
    assert {leg.leg for leg in hits[0].legs} == {"text:words", "text:joint"}
    np.testing.assert_allclose(found["all"], fusion({"line": words[None], "image": picture[None]})[0], atol=1e-5)
    np.testing.assert_allclose(found["words"], fusion({"line": words[None, :2]})[0], atol=1e-5)
