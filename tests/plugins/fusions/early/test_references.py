"""Concatenation, PCA, whitening, canonical correlation and tensors agree with scikit-learn and with plain numpy."""

from __future__ import annotations

import doctest
from importlib import import_module

import numpy as np
import pytest
from early_data import made
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cross_decomposition import CCA
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler, normalize

from chiasm import early_fusion
from chiasm.contracts.early_fusion import array_spaces
from chiasm.errors import ConfigError, FusionError
from chiasm.fusion import FieldBatch
from chiasm.space import EmbeddingSpace

SEEDS = st.integers(0, 2**32 - 1)


def side_by_side(data):
    return np.hstack([data.vectors[name] for name in sorted(data.vectors)]).astype(np.float64)


@pytest.mark.parametrize(("count", "whiten"), [(6, False), (6, True), (0.8, True), (16, True)])
def test_pca_and_whitening_agree_with_scikit_learn(count, whiten):
    train, test = made(1, 200), made(2, 50)
    dims = [train.vectors[name].shape[1] for name in sorted(train.vectors)]
    weigh = np.repeat(1 / np.sqrt(dims), dims)
    scaler = StandardScaler().fit(side_by_side(train))
    reference = PCA(count, whiten=whiten, svd_solver="full").fit(scaler.transform(side_by_side(train)) * weigh)
    expected = normalize(reference.transform(scaler.transform(side_by_side(test)) * weigh))
    fused = early_fusion("concat", scale="standard", pca=count, whiten=whiten).fit(train.vectors)(test.vectors)
    signs = np.sign((fused * expected).sum(axis=0))
    np.testing.assert_allclose(fused, expected * signs, atol=1e-6)


@settings(deadline=None)  # the first example imports
@given(SEEDS, st.floats(0.1, 10), st.floats(0.1, 10))
def test_the_cosine_of_concatenations_is_the_weighted_mean_of_cosines(seed, text, image):
    data = made(seed, 6, dims={"text": 4, "image": 7})
    fused = early_fusion("concat", weights={"text": text, "image": image})(data.vectors).astype(np.float64)
    cosines = {name: normalize(values) @ normalize(values).T for name, values in data.vectors.items()}
    expected = (text * cosines["text"] + image * cosines["image"]) / (text + image)
    np.testing.assert_allclose(fused @ fused.T, expected, atol=1e-5)


def test_before_pca_a_missing_field_counts_as_its_mean():
    data = made(1, 100)
    fusion = early_fusion("concat", scale="none", pca=5).fit(data.vectors)
    mean = {name: values.mean(axis=0) for name, values in data.vectors.items()}
    filled = {**data.vectors, "text": np.tile(mean["text"], (100, 1))}
    masks = {name: np.full(100, name != "text") for name in data.vectors}
    np.testing.assert_allclose(fusion(data.vectors, masks), fusion(filled), atol=1e-5)


def test_dimensions_that_never_change_are_left_out():
    data = made(1, 60)
    data.vectors["text"][:, 2] = 5
    fused = early_fusion("concat", scale="standard").fit(data.vectors)(data.vectors)
    assert np.isfinite(fused).all()
    assert not fused[:, 5 + 7 + 2].any()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"whiten": True}, "'whiten'"),
        ({"pca": 0}, "greater than or equal to 1"),
        ({"pca": 1.5}, "less than 1"),
        ({"weights": {"text": -1}}, "at least 0"),
        ({"weights": {"text": float("nan")}}, "finite"),
        ({"weights": {"text": 0.0}}, "every weight is 0"),
        ({"scale": "unti"}, "'unit'"),
    ],
)
def test_params_of_concat_that_make_no_sense_are_refused(params, message):
    with pytest.raises(ConfigError, match=message):
        early_fusion("concat", **params)


def test_weights_of_concat_name_the_fields():
    data = made(1, 5)
    with pytest.raises(FusionError, match="Did you mean 'text'"):
        early_fusion("concat", weights={"txet": 1, "image": 1, "audio": 1})(data.vectors)
    with pytest.raises(FusionError, match="gives none to 'audio'"):
        early_fusion("concat", weights={"text": 1, "image": 1})(data.vectors)


def test_more_components_than_there_can_be_are_refused():
    with pytest.raises(FusionError, match="16 at most"):
        early_fusion("concat", pca=17).fit(made(1, 100).vectors)


def test_cca_agrees_with_scikit_learn():
    train, test = (made(seed, 400, dims={"image": 7, "text": 4}) for seed in (1, 2))
    reference = CCA(3, scale=False, max_iter=100_000, tol=1e-14).fit(
        train.vectors["image"].astype(np.float64), train.vectors["text"].astype(np.float64)
    )
    fusion = early_fusion("cca", dim=3, regularization=0).fit(train.vectors)
    for data in (train, test):
        scores = reference.transform(data.vectors["image"].astype(np.float64), data.vectors["text"].astype(np.float64))
        own = fusion.project("image", data.vectors["image"]), fusion.project("text", data.vectors["text"])
        signs = np.sign((own[0] * scores[0]).sum(axis=0))
        for one, other in zip(own, scores, strict=True):
            scale = np.linalg.norm(one, axis=0) / np.linalg.norm(other, axis=0)
            np.testing.assert_allclose(one, other * signs * scale, atol=1e-6)
    scores = reference.transform(train.vectors["image"].astype(np.float64), train.vectors["text"].astype(np.float64))
    expected = [np.corrcoef(*pair)[0, 1] for pair in zip(*(each.T for each in scores), strict=True)]
    np.testing.assert_allclose(fusion.correlations, expected, atol=1e-6)


def test_canonical_variates_are_uncorrelated_and_of_variance_1():
    data = made(1, 300, dims={"image": 7, "text": 4})
    fusion = early_fusion("cca", dim=4, regularization=0).fit(data.vectors)
    for name in data.vectors:
        variates = fusion.project(name, data.vectors[name])
        np.testing.assert_allclose(np.cov(variates.T), np.eye(4), atol=1e-6)


def test_cca_of_three_fields_solves_kettenrings_eigenvalue_problem():
    from scipy.linalg import block_diag, eigh

    data = made(1, 300)
    fusion = early_fusion("cca", dim=3, regularization=0).fit(data.vectors)
    names = sorted(data.vectors)
    covariance = np.cov(side_by_side(data).T)
    within = block_diag(*(np.cov(data.vectors[name].astype(np.float64).T) for name in names))
    values, directions = eigh(covariance, within)
    np.testing.assert_allclose(fusion.correlations, (values[::-1][:3] - 1) / 2, atol=1e-6)
    own = np.vstack([fusion.file.arrays[f"map.{name}"] for name in names])
    for at in range(3):
        expected = directions[:, -1 - at]
        cosine = own[:, at] @ expected / np.linalg.norm(own[:, at]) / np.linalg.norm(expected)
        assert abs(abs(cosine) - 1) < 1e-6


def test_regularised_cca_holds_with_more_dimensions_than_documents():
    random = np.random.default_rng(0)
    shared = random.normal(size=(120, 3))
    vectors = {name: shared @ random.normal(size=(3, 200)) + random.normal(size=(120, 200)) for name in ("a", "b")}
    train = {name: values[:60] for name, values in vectors.items()}

    def found(regularization):
        fusion = early_fusion("cca", dim=3, regularization=regularization).fit(train)
        one, other = (fusion({name: values[60:]}) for name, values in vectors.items())
        return float(((one @ other.T).argmax(axis=1) == np.arange(60)).mean())

    assert found(0.1) > found(0) + 0.2


def test_cca_learns_from_documents_that_have_all_fields_and_says_when_they_are_few():
    data = made(1, 100)
    holes = {name: values.copy() for name, values in data.vectors.items()}
    holes["text"][50:] = np.nan
    np.testing.assert_array_equal(
        early_fusion("cca").fit(holes).correlations, early_fusion("cca").fit(data.part(slice(50)).vectors).correlations
    )
    holes["text"][2:] = np.nan
    with pytest.raises(FusionError, match="2 documents have all of the fields"):
        early_fusion("cca").fit(holes)
    with pytest.raises(FusionError, match="at least two fields"):
        early_fusion("cca").fit({"text": data.vectors["text"]})


@settings(deadline=None)
@given(SEEDS)
def test_tensor_is_the_outer_product_written_out(seed):
    data = made(seed, 5)
    masks = data.masks(seed)
    fused = early_fusion("tensor", scale="none")(data.vectors, masks)
    for row in range(5):
        product = np.ones(1)
        for name in sorted(data.vectors):
            vector = data.vectors[name][row] * masks[name][row]
            product = np.multiply.outer(product, np.concatenate([[1.0], vector])).reshape(-1)
        np.testing.assert_allclose(fused[row], product / np.linalg.norm(product), atol=1e-6)


def test_a_tensor_that_is_too_large_is_refused_with_what_to_use_instead():
    vectors = {"text": np.ones((2, 384)), "image": np.ones((2, 1280))}
    with pytest.raises(FusionError, match=r"493185 dimensions.*low-rank-tensor"):
        early_fusion("tensor")(vectors)
    with pytest.raises(FusionError, match="493185 dimensions"):
        early_fusion("tensor").space(array_spaces(FieldBatch.of(vectors, where="test")))


def test_low_rank_tensor_is_the_full_tensor_contracted():
    data = made(1, 60)
    masks = data.masks()
    fusion = early_fusion("low-rank-tensor", dim=3, rank=2, hidden=0, epochs=3).fit(data.vectors, target=data.classes)
    weights = {name.removeprefix("net."): values for name, values in fusion.file.arrays.items()}
    names = sorted(data.vectors)
    factors = [weights[f"factors.{at}"].astype(np.float64) for at in range(3)]
    # The weight tensor of Liu et al. 2018, equation 4: [d_audio + 1, d_image + 1, d_text + 1, dim].
    full = sum(weights["mix"][r] * np.einsum("ao,bo,co->abco", *(each[r] for each in factors)) for r in range(2))
    fused = fusion(data.vectors, masks)
    for row in range(60):
        extended = []
        for at, name in enumerate(names):
            scaled = (data.vectors[name][row] - weights[f"centre_{at}"]) * weights[f"scale_{at}"]
            extended.append(np.concatenate([[1.0], scaled * masks[name][row]]))
        expected = np.einsum("abco,a,b,c->o", full, *extended) + weights["bias"]
        np.testing.assert_allclose(fused[row], expected / np.linalg.norm(expected), atol=1e-5)


@pytest.mark.parametrize(
    "module", ["concat", "tensor", "cca", "gated", "attention", "cross_attention", "rows", "inputs"]
)
def test_the_examples_in_docstrings_give_what_they_say(module):
    known = {"np": np, "EmbeddingSpace": EmbeddingSpace}
    failed, tried = doctest.testmod(import_module(f"chiasm_plugins.fusions.{module}"), extraglobs=known)
    assert tried and not failed
