"""Classification: the same figures as scikit-learn and as the definitions."""

import numpy as np
import pytest
from sklearn import datasets, linear_model, metrics, model_selection

from chiasm.errors import EvaluationError
from chiasm.evaluation.classifiers import calibration_error, classification


@pytest.fixture(scope="module")
def digits():
    """Labels, and what a classifier makes of real digits it has not seen."""
    images, labels = datasets.load_digits(return_X_y=True)
    split = model_selection.train_test_split(images[:900] / 16, labels[:900], random_state=0)
    train, test, of_train, of_test = split
    model = linear_model.LogisticRegression(max_iter=500).fit(train, of_train)
    return of_test, model.predict_proba(test)


def test_figures_of_real_digits_are_those_of_scikit_learn(digits):
    labels, probabilities = digits
    found = classification(labels.tolist(), probabilities)
    predicted = probabilities.argmax(axis=1)
    assert found.accuracy == metrics.accuracy_score(labels, predicted)
    assert found.macro_f1 == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
    assert found.roc_auc == pytest.approx(metrics.roc_auc_score(labels, probabilities, multi_class="ovr"))
    assert found.items == 225 and found.accuracy > 0.9


def test_the_calibration_error_is_what_its_definition_says(digits):
    labels, probabilities = digits
    right, confidence = probabilities.argmax(axis=1) == labels, probabilities.max(axis=1)
    expected = 0.0
    for at in range(15):
        inside = (confidence > at / 15) & (confidence <= (at + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert classification(labels, probabilities).calibration_error == pytest.approx(expected)


def test_a_classifier_that_knows_how_sure_it_is_has_no_calibration_error():
    random = np.random.default_rng(0)
    confidence = random.uniform(0.5, 1, 20_000)
    assert calibration_error(random.random(20_000) < confidence, confidence) < 0.02
    assert calibration_error(random.random(20_000) < 0.5, np.full(20_000, 0.95)) == pytest.approx(0.45, abs=0.02)
    assert calibration_error(np.array([True, True]), np.array([0.0, 1.0])) == 0.5


def test_two_classes_with_names():
    probabilities = np.array([[0.8, 0.2], [0.3, 0.7], [0.6, 0.4], [0.1, 0.9]])
    found = classification(["a", "b", "b", "b"], probabilities, classes=["a", "b"])
    assert found.accuracy == 0.75 and found.roc_auc == 1.0


def test_a_class_without_items_has_no_roc_curve():
    found = classification([0, 1], np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]]))
    assert found.roc_auc is None and found.accuracy == 1.0


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([0], [[0.5, 0.6]], "sum 1"),
        ([0], [[1.5, -0.5]], "sum 1"),
        ([0], [[np.nan, 1.0]], "sum 1"),
        ([0, 1], [[0.5, 0.5]], r"shape \[1, 2\] where \[2, 2\]"),
        ([2], [[0.5, 0.5]], "label 2 is none of the classes"),
        ([0], [[1.0]], "at least two"),
    ],
)
def test_what_are_no_predictions_is_refused(labels, probabilities, message):
    with pytest.raises(EvaluationError, match=message):
        classification(labels, np.array(probabilities))
