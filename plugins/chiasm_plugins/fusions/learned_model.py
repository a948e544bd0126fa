"""The two models of the learned late fusion, as arrays that are scored with numpy: no pickle, no scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from chiasm_plugins.fusions.learned_params import LearnedParams

Arrays = Mapping[str, NDArray[Any]]


def train_logistic(features: NDArray[np.float64], relevant: NDArray[np.bool_], params: LearnedParams) -> Arrays:
    """Return ``weights`` float64 ``[features]`` and ``bias`` float64 ``[1]`` of a logistic regression.

    It is fitted to standardized features, relevant and other candidates weighing alike; the weights returned are for
    features as they are.
    """
    from sklearn.linear_model import LogisticRegression

    mean, deviation = features.mean(axis=0), features.std(axis=0)
    scale = np.where(deviation > 1e-12, deviation, 1.0)
    model = LogisticRegression(C=1.0 / params.regularization, class_weight="balanced", max_iter=1_000)
    model.fit((features - mean) / scale, relevant)
    weights = model.coef_[0] / scale
    return {"weights": weights, "bias": model.intercept_ - mean @ weights}


def train_boosting(features: NDArray[np.float64], relevant: NDArray[np.bool_], params: LearnedParams) -> Arrays:
    """Return the trees of a gradient-boosted classifier, all nodes one after the other.

    ``roots`` int64 ``[trees]``; by node ``feature`` int64 (-1 in a leaf), ``threshold`` float64, ``left`` and ``right``
    int64, ``value`` float64, multiplied by the learning rate; ``bias`` float64 ``[1]``; ``depth`` int64 ``[1]``.
    """
    from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(
        n_estimators=params.trees, max_depth=params.depth, subsample=0.5, random_state=params.seed
    )
    weights = np.where(relevant, 0.5 / relevant.sum(), 0.5 / (~relevant).sum()) * len(relevant)
    model.fit(features, relevant, sample_weight=weights)
    trees = [tree.tree_ for tree in model.estimators_[:, 0]]
    roots = np.concatenate([[0], np.cumsum([tree.node_count for tree in trees])[:-1]]).astype(np.int64)
    offsets = np.repeat(roots, [tree.node_count for tree in trees])
    left, right = (
        np.concatenate([getattr(tree, f"children_{side}") for tree in trees]).astype(np.int64)
        for side in ("left", "right")
    )
    odds = model.init_.predict_proba(features[:1])[0, 1]
    return {
        "roots": roots,
        "feature": np.where(left < 0, -1, np.concatenate([tree.feature for tree in trees])).astype(np.int64),
        "threshold": np.concatenate([tree.threshold for tree in trees]),
        "left": np.where(left < 0, -1, left + offsets),
        "right": np.where(left < 0, -1, right + offsets),
        "value": model.learning_rate * np.concatenate([tree.value[:, 0, 0] for tree in trees]),
        "bias": np.array([np.log(odds / (1 - odds))]),
        "depth": np.array([max(tree.max_depth for tree in trees)]),
    }


def log_odds(arrays: Arrays, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the odds that each candidate is relevant, float64 ``[n]``."""
    if "weights" in arrays:
        return np.asarray(features @ arrays["weights"] + arrays["bias"])
    rows = np.arange(len(features))[:, None]
    values = features.astype(np.float32)  # as scikit-learn compares with thresholds
    nodes = np.broadcast_to(arrays["roots"], (len(features), len(arrays["roots"])))
    for _ in range(int(arrays["depth"][0])):
        feature = arrays["feature"][nodes]
        below = values[rows, feature] <= arrays["threshold"][nodes]
        nodes = np.where(feature < 0, nodes, np.where(below, arrays["left"][nodes], arrays["right"][nodes]))
    return np.asarray(arrays["value"][nodes].sum(axis=1) + arrays["bias"])


def importance(
    arrays: Arrays, features: NDArray[np.float64], relevant: NDArray[np.bool_], each: int
) -> NDArray[np.float64]:
    """Return by source how much worse relevant candidates are told from others without what it says; ``[sources]``.

    Permutation importance (Breiman 2001): the area under the ROC curve that is lost when a source's features are dealt
    out to other candidates; 0 where nothing is lost.

    Args:
        arrays: The model.
        features: float64 ``[n, sources * each]``.
        relevant: bool ``[n]``, both kinds.
        each: Features of a source.
    """
    random = np.random.default_rng(0)
    whole = _area(log_odds(arrays, features), relevant)
    lost = []
    for start in range(0, features.shape[1], each):
        dealt = features.copy()
        dealt[:, start : start + each] = random.permutation(dealt[:, start : start + each])
        lost.append(max(whole - _area(log_odds(arrays, dealt), relevant), 0.0))
    return np.array(lost)


def _area(scores: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve: how often a relevant candidate scores higher, ties counting half."""
    others = np.sort(scores[~relevant])
    below = np.searchsorted(others, scores[relevant], "left") + np.searchsorted(others, scores[relevant], "right")
    return float(below.mean() / (2 * len(others)))
