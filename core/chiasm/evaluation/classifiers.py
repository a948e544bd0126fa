"""How well a classifier does, on fused features or on fused predictions: by scikit-learn, with calibration error."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.errors import EvaluationError
from chiasm.evaluation.needed import needed

BINS = 15
"""Of the calibration error, as in Guo et al. 2017."""


@dataclass(frozen=True, slots=True)
class Classification:
    """What a classifier reached.

    Attributes:
        accuracy: Share of items whose most probable class is the right one.
        macro_f1: Mean F1 of the classes that occur as label or prediction.
        roc_auc: Area under the ROC curve; of several classes the mean of each against the others. ``None`` where a
            class has no item, or all items are of one.
        calibration_error: Expected calibration error of the most probable class, see ``calibration_error``.
        items: Number of items.
    """

    accuracy: float
    macro_f1: float
    roc_auc: float | None
    calibration_error: float
    items: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def classification(
    labels: Sequence[Hashable] | NDArray[Any],
    probabilities: NDArray[Any],
    classes: Sequence[Hashable] | NDArray[Any] | None = None,
) -> Classification:
    """Measure predicted probabilities against labels.

    Args:
        labels: The right class of each item, ``[n]``.
        probabilities: ``[n, c]``, not negative, each row of sum 1.
        classes: Of the columns; 0 to c - 1 when ``None``.

    Raises:
        EvaluationError: Shapes do not fit, a label is no class, or rows are no probabilities.
        UnusableComponent: scikit-learn is not installed.

    Example:
        >>> found = classification(["cat", "dog"], np.array([[0.9, 0.1], [0.4, 0.6]]), classes=["cat", "dog"])
        >>> found.accuracy, round(found.calibration_error, 2)
        (1.0, 0.25)
    """
    names = list(range(probabilities.shape[-1])) if classes is None else list(classes)
    values = _checked(np.asarray(probabilities, dtype=np.float64), len(labels), names)
    column = {name: at for at, name in enumerate(names)}
    unknown = next((label for label in labels if label not in column), None)
    if unknown is not None:
        raise EvaluationError(f"the label {unknown!r} is none of the classes {', '.join(map(repr, names))}")
    right = np.array([column[label] for label in labels], dtype=np.int64)
    predicted = values.argmax(axis=1)
    metrics = needed("sklearn.metrics")
    return Classification(
        accuracy=float((predicted == right).mean()),
        macro_f1=float(metrics.f1_score(right, predicted, average="macro", zero_division=0.0)),
        roc_auc=_roc_auc(right, values),
        calibration_error=calibration_error(predicted == right, values.max(axis=1)),
        items=len(right),
    )


def calibration_error(right: NDArray[np.bool_], confidence: NDArray[np.float64], bins: int = BINS) -> float:
    """Return the expected calibration error: how far confidence and accuracy differ, on average over items.

    Items are put into bins of equal width by their confidence, ``((b - 1) / bins, b / bins]``; in each the mean
    confidence is compared with the share of items that are right (Guo et al., "On Calibration of Modern Neural
    Networks", ICML 2017; Naeini et al., AAAI 2015).

    Args:
        right: bool ``[n]``.
        confidence: float64 ``[n]``, in [0, 1].
        bins: Number of bins.

    Raises:
        EvaluationError: There are no items, or a confidence is not in [0, 1].
    """
    if right.shape != confidence.shape or not len(right):
        raise EvaluationError(f"as many answers as confidences are due, at least one, not {right.shape}")
    if not ((confidence >= 0) & (confidence <= 1 + 1e-9)).all():
        raise EvaluationError("a confidence is not between 0 and 1")
    bin_of = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    differences = np.bincount(bin_of, weights=right.astype(np.float64) - confidence, minlength=bins)
    return float(np.abs(differences).sum() / len(right))


def _checked(values: NDArray[np.float64], count: int, names: Sequence[Hashable]) -> NDArray[np.float64]:
    if values.ndim != 2 or values.shape != (count, len(names)) or not count or len(names) < 2:
        raise EvaluationError(
            f"probabilities have shape {list(values.shape)} where [{count}, {len(names)}] is due: one row an item, at "
            "least one, and one column a class, at least two"
        )
    if len(set(names)) < len(names):
        raise EvaluationError("a class is there twice")
    if not np.isfinite(values).all() or (values < 0).any() or not np.allclose(values.sum(axis=1), 1.0, atol=1e-3):
        raise EvaluationError(
            "rows are probabilities: not negative, and of sum 1", fix="Of scores, take the softmax of each row first."
        )
    scaled: NDArray[np.float64] = values / values.sum(axis=1, keepdims=True)
    return scaled


def _roc_auc(right: NDArray[np.int64], values: NDArray[np.float64]) -> float | None:
    if len(np.unique(right)) < values.shape[1]:
        return None
    metrics = needed("sklearn.metrics")
    if values.shape[1] == 2:
        return float(metrics.roc_auc_score(right, values[:, 1]))
    return float(metrics.roc_auc_score(right, values, multi_class="ovr", average="macro"))
