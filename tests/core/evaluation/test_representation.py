"""Representations compared: against scikit-learn, closed forms and what must not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cross_decomposition import CCA
from sklearn.datasets import load_digits
from sklearn.feature_selection import mutual_info_regression

from chiasm.errors import EvaluationError
from chiasm.evaluation.representation import canonical_correlations, cka, mutual_information


def halves(count=400):
    """The upper and the lower half of real digits."""
    images = load_digits().data[:count] / 16
    return images[:, :32], images[:, 32:]


def test_cka_is_the_normalized_hsic_of_linear_kernels():
    x, y = halves()
    centre = np.eye(len(x)) - 1 / len(x)
    left, right = centre @ x @ x.T @ centre, centre @ y @ y.T @ centre
    expected = np.trace(left @ right) / np.sqrt(np.trace(left @ left) * np.trace(right @ right))
    assert cka(x, y) == pytest.approx(expected)
    assert cka(x[:20], y[:20]) == pytest.approx(
        np.trace(_gram(x[:20]) @ _gram(y[:20])) / (np.linalg.norm(_gram(x[:20])) * np.linalg.norm(_gram(y[:20])))
    )


def _gram(rows):
    rows = rows - rows.mean(axis=0)
    return rows @ rows.T


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.floats(0.1, 10))
def test_cka_sees_neither_turning_nor_scaling_nor_shifting(seed, scale):
    random = np.random.default_rng(seed)
    x = random.normal(size=(30, 4))
    turn, _ = np.linalg.qr(random.normal(size=(4, 4)))
    assert cka(x, scale * x @ turn + 5) == pytest.approx(1.0)
    y = random.normal(size=(30, 6))
    assert cka(x, y) == pytest.approx(cka(y, x))
    assert 0 <= cka(x, y) < 1


def test_the_first_canonical_correlations_are_those_of_scikit_learn():
    x, y = halves()
    x, y = x[:, 8:14], y[:, 4:9]
    model = CCA(n_components=3, scale=False, max_iter=5000, tol=1e-12).fit(x, y)
    left, right = model.transform(x, y)
    expected = [abs(np.corrcoef(left[:, at], right[:, at])[0, 1]) for at in range(3)]
    assert canonical_correlations(x, y)[:3] == pytest.approx(expected, abs=1e-4)


def test_canonical_correlations_of_one_column_are_pearson_s():
    random = np.random.default_rng(0)
    x = random.normal(size=50)
    y = x + random.normal(size=50)
    assert canonical_correlations(x, y) == pytest.approx([abs(np.corrcoef(x, y)[0, 1])])


def test_components_keep_noise_from_correlating():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(40, 60)), random.normal(size=(40, 60))
    assert canonical_correlations(x, y)[0] == pytest.approx(1.0)  # more dimensions than items
    assert canonical_correlations(x, y, components=3)[0] < 0.7


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_the_mutual_information_of_normal_variables_is_known(correlation):
    random = np.random.default_rng(2)
    x = random.normal(size=4000)
    y = correlation * x + np.sqrt(1 - correlation**2) * random.normal(size=4000)
    assert mutual_information(x, 5 * y + 2) == pytest.approx(-0.5 * np.log(1 - correlation**2), abs=0.05)


def test_the_mutual_information_of_real_pixels_is_that_of_scikit_learn():
    x, y = halves(900)
    # The estimator is for continuous values, and pixels are not: both get a little noise.
    noise = 0.01 * np.random.default_rng(0).normal(size=(2, len(x)))
    x, y = x.sum(axis=1) + noise[0], y.sum(axis=1) + noise[1]
    expected = mutual_info_regression(x[:, None], y, n_neighbors=3, random_state=0)[0]
    assert mutual_information(x, y) == pytest.approx(expected, abs=0.01)


def test_the_mutual_information_of_several_columns_adds_up():
    random = np.random.default_rng(3)
    x = random.normal(size=(5000, 2))
    y = 0.8 * x + 0.6 * random.normal(size=(5000, 2))
    assert mutual_information(x, y) == pytest.approx(-np.log(1 - 0.64), abs=0.12)


@pytest.mark.parametrize("measure", [cka, canonical_correlations, mutual_information])
@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.ones((5, 2)), np.eye(5)),
        (np.eye(4), np.eye(5)),
        (np.eye(1), np.eye(1)),
        (np.full((5, 2), np.nan), np.eye(5)),
        (np.zeros((2, 2, 2)), np.eye(2)),
    ],
)
def test_what_cannot_be_compared_is_refused(measure, x, y):
    with pytest.raises(EvaluationError):
        measure(x, y)


def test_neighbours_are_fewer_than_items():
    with pytest.raises(EvaluationError, match="5 neighbours of 4 items"):
        mutual_information(np.arange(4.0), np.arange(4.0), neighbours=5)
