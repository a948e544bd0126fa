"""weighted-mean: mask-aware, in the fields' own space, and strict about names and weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chiasm.errors import FusionError, SpaceMismatch
from chiasm.space import EmbeddingSpace
from chiasm_plugins.fusions.weighted_mean import WeightedMeanFusion, WeightedMeanParams

WORDS = EmbeddingSpace("words", 4)
RAW = EmbeddingSpace("raw", 4, normalization="none", metric="dot")


def fusion(space: EmbeddingSpace = WORDS, fields=("text", "image"), **weights: float) -> WeightedMeanFusion:
    made = WeightedMeanFusion(WeightedMeanParams(weights=weights))
    made.space(dict.fromkeys(fields, space))
    return made


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def batch(seed: int, count: int, fields=("text", "image")) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {field: unit(random.normal(size=(count, 4))) for field in fields}


def everywhere(vectors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {field: np.ones(len(rows), bool) for field, rows in vectors.items()}


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.floats(0, 100), st.lists(st.integers(1, 3), max_size=12))
def test_it_agrees_with_the_formula_written_out_by_document(seed, text_weight, image_weight, masks):
    vectors = batch(seed, len(masks))
    # 1 has the text alone, 2 (only with a weight) the picture alone, 3 both.
    masks = [3 if mask == 2 and image_weight < 0.01 else mask for mask in masks]
    present = {"text": np.array([m & 1 for m in masks], bool), "image": np.array([m >> 1 for m in masks], bool)}
    fused = fusion(text=text_weight, image=image_weight).fuse(vectors, present)
    assert fused.shape == (len(masks), 4)
    assert fused.dtype == np.float32
    for row, result in enumerate(fused):
        weights = {"text": text_weight * present["text"][row], "image": image_weight * present["image"][row]}
        expected = sum(weight / sum(weights.values()) * vectors[field][row] for field, weight in weights.items())
        np.testing.assert_allclose(result, expected / np.linalg.norm(expected), atol=1e-4)


@given(st.integers(0, 2**32 - 1), st.floats(0.001, 1000))
def test_only_the_ratio_of_weights_counts(seed, scale):
    vectors = batch(seed, 5)
    one = fusion(text=0.6, image=0.4).fuse(vectors, everywhere(vectors))
    other = fusion(text=0.6 * scale, image=0.4 * scale).fuse(vectors, everywhere(vectors))
    np.testing.assert_allclose(one, other, atol=1e-5)


@given(st.integers(0, 2**32 - 1))
def test_a_document_with_one_field_keeps_that_fields_vector(seed):
    vectors = batch(seed, 3)
    present = {"text": np.zeros(3, bool), "image": np.ones(3, bool)}
    np.testing.assert_allclose(fusion(text=0.9, image=0.1).fuse(vectors, present), vectors["image"], atol=1e-6)


@given(st.integers(0, 2**32 - 1))
def test_documents_do_not_influence_each_other(seed):
    vectors = batch(seed, 6)
    whole = fusion().fuse(vectors, everywhere(vectors))
    for row in range(6):
        single = {field: rows[row : row + 1] for field, rows in vectors.items()}
        np.testing.assert_array_equal(fusion().fuse(single, everywhere(single))[0], whole[row])


def test_weights_are_equal_when_none_are_given():
    vectors = batch(1, 4, ("a", "b", "c"))
    expected = unit(vectors["a"] + vectors["b"] + vectors["c"])
    fused = fusion(fields=("a", "b", "c")).fuse(vectors, everywhere(vectors))
    np.testing.assert_allclose(fused, expected, atol=1e-6)


def test_a_space_that_is_not_normalized_keeps_the_length_of_the_mean():
    vectors = {"text": np.full((1, 4), 2, np.float32), "image": np.full((1, 4), 6, np.float32)}
    assert fusion(RAW).fuse(vectors, everywhere(vectors)).tolist() == [[4, 4, 4, 4]]


def test_the_result_lies_in_the_space_of_the_fields():
    made = WeightedMeanFusion(WeightedMeanParams())
    assert made.space({"text": WORDS, "image": WORDS}) == WORDS


def test_an_empty_batch_gives_an_empty_result():
    vectors = {field: np.empty((0, 4), np.float32) for field in ("text", "image")}
    assert fusion().fuse(vectors, everywhere(vectors)).shape == (0, 4)


def test_different_spaces_are_refused_with_both_identities():
    with pytest.raises(SpaceMismatch) as caught:
        WeightedMeanFusion(WeightedMeanParams()).space({"text": WORDS, "image": RAW})
    assert str(WORDS) in str(caught.value)
    assert str(RAW) in str(caught.value)
    assert "rrf" in str(caught.value)


def test_sparse_vectors_are_refused():
    sparse = EmbeddingSpace("bm25", 0, kind="sparse", metric="dot")
    with pytest.raises(SpaceMismatch, match="no mean"):
        WeightedMeanFusion(WeightedMeanParams()).space({"text": sparse})


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"text": -1}, "'text' is -1"),
        ({"text": float("nan")}, "'text' is nan"),
        ({"text": float("inf")}, "'text' is inf"),
        ({"text": 0, "image": 0}, "every weight is 0"),
    ],
)
def test_unsound_weights_are_refused_when_params_are_made(weights, message):
    with pytest.raises(ValidationError, match=message):
        WeightedMeanParams(weights=weights)


def test_a_weight_for_an_unknown_field_is_refused_with_the_nearest():
    with pytest.raises(FusionError, match="Did you mean 'image'") as caught:
        fusion(text=1, imagee=1)
    assert caught.value.nearest == ("image",)


def test_a_field_without_a_weight_is_refused_when_others_have_one():
    with pytest.raises(FusionError, match="gives none to 'image'"):
        fusion(text=1)


def test_a_document_whose_fields_weigh_nothing_is_refused():
    vectors = batch(1, 2)
    present = {"text": np.array([True, False]), "image": np.array([True, True])}
    with pytest.raises(FusionError, match=r"document 1 .*no field with a weight .*\(fields: image\)"):
        fusion(text=1, image=0).fuse(vectors, present)


def test_vectors_that_cancel_out_are_refused():
    vectors = {"text": np.eye(4, dtype=np.float32)[:1], "image": -np.eye(4, dtype=np.float32)[:1]}
    with pytest.raises(FusionError, match="cancel"):
        fusion().fuse(vectors, everywhere(vectors))


def test_values_that_are_not_finite_are_refused():
    vectors = batch(1, 2)
    vectors["image"][1, 2] = np.nan
    with pytest.raises(FusionError, match=r"document 1 .*not finite"):
        fusion().fuse(vectors, everywhere(vectors))


def test_shapes_that_do_not_fit_are_refused():
    vectors = {"text": np.ones((2, 4), np.float32), "image": np.ones((3, 4), np.float32)}
    with pytest.raises(FusionError, match="shapes"):
        fusion().fuse(vectors, everywhere(vectors))


def test_fields_without_a_mask_are_refused():
    vectors = batch(1, 2)
    with pytest.raises(FusionError, match="same fields"):
        fusion().fuse(vectors, {"text": np.ones(2, bool)})
