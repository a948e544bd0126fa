"""Trained fusions learn: classes, groups, fields of one document; and do without a field that is missing."""

from __future__ import annotations

import numpy as np
import pytest
from early_data import NEURAL, made

from chiasm import early_fusion
from chiasm.errors import FusionError

TWO = {"image": 12, "text": 9}


def accuracy(fusion, data, masks=None):
    return float((fusion.predict_proba(data.vectors, masks).argmax(axis=1) == data.classes).mean())


def paired(seed, count=400):
    """Two fields that show the same hidden vector, which is another in every document."""
    maps = np.random.default_rng(5)
    shapes = {name: maps.normal(size=(6, dim)) for name, dim in TWO.items()}
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(count, 6))
    return {name: hidden @ shape + 0.3 * random.normal(size=(count, shape.shape[1])) for name, shape in shapes.items()}


@pytest.mark.parametrize("name", NEURAL)
def test_both_fields_tell_classes_better_than_either(name):
    train, test = made(1, 600, noise=2.5, dims=TWO), made(2, 600, noise=2.5, dims=TWO)
    fusion = early_fusion(name, dim=16, epochs=25).fit(train.vectors, target=train.classes)
    alone = [accuracy(fusion, test, {each: np.full(600, each == field) for each in TWO}) for field in TWO]
    assert accuracy(fusion, test) > max(alone) + 0.05
    np.testing.assert_allclose(fusion.predict_proba(test.vectors).sum(axis=1), 1, atol=1e-9)


@pytest.mark.parametrize("name", NEURAL)
def test_a_useless_field_is_noticed(name):
    def useless(data, seed):
        return {**data.vectors, "text": 5 * np.random.default_rng(seed).normal(size=data.vectors["text"].shape)}

    train, test = made(1, 1500, noise=2.0, dims=TWO), made(2, 1500, noise=2.0, dims=TWO)
    both = early_fusion(name, dim=16, epochs=25).fit(useless(train, 1), target=train.classes)
    test_vectors = useless(test, 2)
    found = (both.predict_proba(test_vectors).argmax(axis=1) == test.classes).mean()
    alone = early_fusion(name, dim=16, epochs=25).fit({"image": train.vectors["image"]}, target=train.classes)
    best = (alone.predict_proba({"image": test.vectors["image"]}).argmax(axis=1) == test.classes).mean()
    assert found > best - 0.03


@pytest.mark.parametrize("name", NEURAL)
def test_modality_dropout_makes_it_robust_to_a_missing_field(name):
    train, test = made(1, 800, noise=1.5, dims=TWO), made(2, 1000, noise=1.5, dims=TWO)
    missing = {"image": np.ones(1000, bool), "text": np.zeros(1000, bool)}
    found = {}
    for share in (0.0, 0.4):
        fusion = early_fusion(name, dim=16, epochs=25, modality_dropout=share, held_out=0)
        found[share] = accuracy(fusion.fit(train.vectors, target=train.classes), test, missing)
    assert found[0.4] > found[0.0] + 0.01


@pytest.mark.parametrize("name", [*NEURAL, "cca"])
def test_without_labels_one_field_finds_the_other_of_the_same_document(name):
    params = {"dim": 6, "power": 0} if name == "cca" else {"dim": 16, "epochs": 40}
    fusion = early_fusion(name, **params).fit(paired(1))
    test = paired(2, 100)
    image, text = (fusion({field: values}) for field, values in test.items())
    assert ((image @ text.T).argmax(axis=1) == np.arange(100)).mean() > 0.6
    # And both together are found from either.
    assert ((image @ fusion(test).T).argmax(axis=1) == np.arange(100)).mean() > 0.6


@pytest.mark.parametrize("name", NEURAL)
def test_documents_of_a_group_come_to_lie_together(name):
    train, test = made(1, 600, noise=1.5, dims=TWO), made(2, 200, noise=1.5, dims=TWO)
    groups = np.array([f"group {each}" for each in train.classes])
    fusion = early_fusion(name, dim=16, epochs=25, objective="groups").fit(train.vectors, target=groups)
    assert fusion.classes == ()
    fused = fusion(test.vectors)
    near = (fused @ fused.T - 2 * np.eye(200)).argsort(axis=1)[:, -10:]
    plain = early_fusion("concat")(test.vectors)
    plain_near = (plain @ plain.T - 2 * np.eye(200)).argsort(axis=1)[:, -10:]
    precision, before = ((test.classes[each] == test.classes[:, None]).mean() for each in (near, plain_near))
    assert precision > before + 0.05


def test_training_learns_from_documents_that_lack_fields():
    train, test = made(1, 600, noise=1.0, dims=TWO), made(2, 300, noise=1.0, dims=TWO)
    fusion = early_fusion("gated", dim=16, epochs=25).fit(train.vectors, train.masks(share=0.6), train.classes)
    assert accuracy(fusion, test, test.masks(share=0.6)) > 0.9


def test_classes_may_be_texts():
    train = made(1, 200, noise=0.3, dims=TWO)
    names = np.array(["bird", "cat", "dog", "eel"])[train.classes]
    fusion = early_fusion("gated", dim=8, epochs=15).fit(train.vectors, target=names)
    assert fusion.classes == ("bird", "cat", "dog", "eel")
    assert (np.array(fusion.classes)[fusion.predict_proba(train.vectors).argmax(axis=1)] == names).mean() > 0.95


def test_attention_tells_how_much_each_field_counted():
    data = made(1, 300, dims=TWO)
    fusion = early_fusion("attention", dim=8, heads=2, epochs=5).fit(data.vectors, target=data.classes)
    masks = data.masks()
    weights = fusion.weights(data.vectors, masks)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    assert not weights[~np.stack([masks["image"], masks["text"]], axis=1)].any()


@pytest.mark.parametrize(
    ("params", "vectors", "target", "message"),
    [
        ({}, {"a": np.ones((4, 2)), "b": np.ones((4, 2))}, [0, 0, 0, 0], "one class"),
        ({}, {"a": np.ones((1, 2)), "b": np.ones((1, 2))}, None, "too few"),
        ({}, {"a": np.ones((4, 2))}, None, "no document has two fields"),
        ({"objective": "groups"}, {"a": np.ones((4, 2))}, None, "needs 'target'"),
        ({}, {"a": np.ones((4, 2))}, [0.5, 1, 1, 1], "texts or integers"),
        ({}, {"a": np.ones((4, 2))}, [0, 1], r"integers \[4\]"),
        ({}, {"a": np.ones((4, 2)), "b": np.ones((3, 2))}, None, "different numbers of rows"),
        ({}, {"a": np.ones(4)}, None, r"\[n, dim\]"),
        ({}, {}, None, "no field"),
    ],
)
def test_data_that_do_not_suffice_are_refused(params, vectors, target, message):
    with pytest.raises(FusionError, match=message):
        early_fusion("gated", **params).fit(vectors, target=target)


def test_one_that_was_not_trained_on_classes_predicts_none():
    fusion = early_fusion("gated", dim=4, epochs=1).fit(paired(1, 50))
    with pytest.raises(FusionError, match="not trained on classes"):
        fusion.predict_proba(paired(1, 3))
