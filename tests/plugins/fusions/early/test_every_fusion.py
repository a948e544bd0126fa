"""What holds for every early fusion: shapes, masks, order of fields, batches, names."""

from __future__ import annotations

import numpy as np
import pytest
from early_data import NEURAL, PARAMS, TRAINED, data_for, ready

from chiasm import early_fusion
from chiasm.contracts.early_fusion import array_spaces
from chiasm.errors import ConfigError, FusionError, SpaceMismatch
from chiasm.fusion import FieldBatch
from chiasm.space import EmbeddingSpace

SPARSE = EmbeddingSpace("bm25", 0, kind="sparse", metric="dot")


@pytest.fixture(params=PARAMS)
def name(request):
    return request.param


@pytest.fixture
def fusion(fusions, name):
    return fusions[name]


@pytest.fixture
def data(name):
    return data_for(name, seed=2, count=40)


def spaces(vectors):
    return array_spaces(FieldBatch.of(vectors, where="test"))


def test_it_gives_finite_float32_rows_of_the_size_that_its_space_tells(fusion, data):
    fused = fusion(data.vectors, data.masks())
    assert fused.dtype == np.float32
    assert fused.shape == (40, fusion.space(spaces(data.vectors)).dim)
    assert np.isfinite(fused).all()


def test_unit_spaces_have_rows_of_length_1(fusion, data):
    if fusion.space(spaces(data.vectors)).normalization == "l2":
        np.testing.assert_allclose(np.linalg.norm(fusion(data.vectors, data.masks()), axis=1), 1, atol=1e-5)


def test_the_order_in_which_fields_are_given_does_not_matter(fusion, data):
    masks = data.masks()
    turned = {name: data.vectors[name] for name in reversed(data.vectors)}
    np.testing.assert_array_equal(fusion(turned, masks), fusion(data.vectors, masks))


def test_documents_do_not_influence_each_other(fusion, data):
    masks = data.masks()
    whole = fusion(data.vectors, masks)
    for row in (0, 7, 39):
        one = fusion(data.part([row]).vectors, {name: mask[[row]] for name, mask in masks.items()})
        np.testing.assert_allclose(one[0], whole[row], atol=2e-6)


def test_what_lies_under_a_mask_does_not_matter(fusion, data):
    masks = data.masks()
    other = {name: np.where(masks[name][:, None], values, 1e6) for name, values in data.vectors.items()}
    np.testing.assert_array_equal(fusion(other, masks), fusion(data.vectors, masks))


def test_a_missing_field_changes_the_vector(fusion, data):
    masks = {name: np.full(40, name != "image") for name in data.vectors}
    assert not np.allclose(fusion(data.vectors, masks), fusion(data.vectors), atol=1e-3)


def test_vectors_of_nan_are_missing_where_no_masks_are_given(fusion, data):
    masks = data.masks()
    holes = {name: np.where(masks[name][:, None], values, np.nan) for name, values in data.vectors.items()}
    np.testing.assert_array_equal(fusion(holes), fusion(data.vectors, masks))


def test_an_empty_batch_gives_an_empty_result(fusion, data):
    empty = {name: values[:0] for name, values in data.vectors.items()}
    fused = fusion.fuse(empty, {name: np.ones(0, bool) for name in empty})
    assert fused.shape == (0, fusion(data.vectors).shape[1])
    assert fused.dtype == np.float32


def test_a_document_without_any_field_is_refused(fusion, data):
    masks = {name: np.arange(40) != 3 for name in data.vectors}
    with pytest.raises(FusionError, match="document 3"):
        fusion.fuse(data.vectors, masks)


def test_values_that_are_not_finite_are_refused(fusion, data):
    data.vectors["image"] = data.vectors["image"].copy()
    data.vectors["image"][5, 1] = np.inf
    with pytest.raises(FusionError, match=r"document 5 .*not finite"):
        fusion.fuse(data.vectors, {name: np.ones(40, bool) for name in data.vectors})


def test_masks_of_other_fields_are_refused(fusion, data):
    with pytest.raises(FusionError, match="same fields"):
        fusion.fuse(data.vectors, {"text": np.ones(40, bool)})


def test_sparse_spaces_are_refused(fusion, data):
    with pytest.raises((SpaceMismatch, FusionError)):
        fusion.space({**spaces(data.vectors), "text": SPARSE})


def test_its_repr_tells_what_it_is(fusion, name):
    assert type(fusion).__name__ in repr(fusion)
    if name in TRAINED:
        assert "image 7 + text 4" in repr(fusion) and "trained on 120 documents" in repr(fusion)
        assert ("4 classes" in repr(fusion)) == (name in NEURAL)
    else:
        assert repr(early_fusion("tensor", max_dim=9)) == "TensorFusion(max_dim=9)"


@pytest.mark.parametrize("name", TRAINED)
def test_before_training_it_says_how_to_train(name):
    fusion = early_fusion(name, **PARAMS[name])
    assert not fusion.fitted
    for use in (lambda: fusion({"text": np.ones((2, 4))}), lambda: fusion.space({"text": EmbeddingSpace("a", 4)})):
        with pytest.raises(FusionError, match=r"has to be trained first.*'fit'"):
            use()


@pytest.mark.parametrize("name", TRAINED)
def test_a_field_that_is_not_given_is_missing(fusions, name):
    data = data_for(name, seed=2, count=10)
    alone = fusions[name]({"image": data.vectors["image"]})
    masks = {field: np.full(10, field == "image") for field in data.vectors}
    np.testing.assert_array_equal(alone, fusions[name](data.vectors, masks))


@pytest.mark.parametrize("name", TRAINED)
def test_a_foreign_field_is_refused_with_the_nearest(fusions, name):
    with pytest.raises(FusionError, match="Did you mean 'image'"):
        fusions[name]({"imgae": np.ones((2, 7))})


@pytest.mark.parametrize("name", TRAINED)
def test_vectors_of_another_dimension_are_refused(fusions, name):
    with pytest.raises(FusionError, match="8 dimensions where 7"):
        fusions[name]({"image": np.ones((2, 8))})


@pytest.mark.parametrize("name", TRAINED)
def test_the_same_seed_and_data_give_the_same_weights(name):
    one, other = ready(name), ready(name)
    assert one.file.digest == other.file.digest
    assert one.fused_space == other.fused_space


@pytest.mark.parametrize("name", NEURAL)
def test_another_seed_gives_other_weights_and_another_space(name):
    one, other = ready(name), early_fusion(name, **PARAMS[name], seed=7)
    data = data_for(name, seed=1)
    assert other.fit(data.vectors, target=data.classes).fused_space != one.fused_space


@pytest.mark.parametrize("name", NEURAL)
def test_training_leaves_the_callers_chance_alone(name):
    import torch

    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    ready(name)
    assert torch.equal(torch.rand(4), expected)


def test_an_unknown_fusion_or_a_late_one_is_refused():
    with pytest.raises(ConfigError, match="'gated'"):
        early_fusion("gatde")
    with pytest.raises(ConfigError, match=r"'rrf' is no early fusion; there are attention, cca"):
        early_fusion("rrf")
    with pytest.raises(ConfigError, match="Did you mean 'dim'"):
        early_fusion("gated", dmi=4)
