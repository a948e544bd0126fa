"""What the digits bench compares: each way is fitted on pairs and then tells digits, also where a field is missing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from bench.digits_data import COEFFICIENTS, Digits
from chiasm import early_fusion, late_fusion
from chiasm.contracts.ranking import Rankings
from chiasm.errors import ConfigError

Vectors = Mapping[str, np.ndarray]
Predict = Callable[[Vectors, Vectors], np.ndarray]
"""Vectors and masks by field to probabilities ``[n, 10]``."""

CLASSES = [str(digit) for digit in range(10)]
REGULARIZATION = 0.02


def experts() -> list[ClassifierMixin]:
    """Classifiers of one field, of which the better one is taken."""
    return [
        classifier(),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        QuadraticDiscriminantAnalysis(reg_param=0.1),
    ]


def classifier() -> LogisticRegression:
    return LogisticRegression(C=REGULARIZATION, max_iter=2000)


@dataclass(frozen=True)
class Fitting:
    """The classifiers of single fields that late and hybrid fusions share, fitted once a split."""

    data: Digits
    seed: int

    @cached_property
    def _tried(self) -> dict[str, tuple[ClassifierMixin, np.ndarray]]:
        """By field, the classifier that is best on pairs it did not see, and what it says of those."""
        folds = StratifiedKFold(5, shuffle=True, random_state=self.seed)
        digits = self.data.train_digits
        best = {}
        for name, rows in self.data.train.items():
            unseen = [cross_val_predict(each, rows, digits, cv=folds, method="predict_proba") for each in experts()]
            losses = [log_loss(digits, each) for each in unseen]
            at = int(np.argmin(losses))
            best[name] = experts()[at].fit(rows, digits), unseen[at]
        return best

    @property
    def single(self) -> dict[str, ClassifierMixin]:
        return {name: model for name, (model, _) in self._tried.items()}

    @property
    def unseen(self) -> dict[str, np.ndarray]:
        """Probabilities of the training pairs by classifiers that did not see them."""
        return {name: found for name, (_, found) in self._tried.items()}

    @cached_property
    def gated(self) -> Predict:
        return early_trained(self, "gated", epochs=40)

    def probabilities(self, vectors: Vectors, present: Vectors) -> dict[str, np.ndarray]:
        """By field; ``-inf`` where a document lacks the field, which to a late fusion is a ranking of nothing."""
        return {
            name: np.where(present[name][:, None], model.predict_proba(vectors[name]), -np.inf)
            for name, model in self.single.items()
        }


def one_field(fitting: Fitting, field: str) -> Predict:
    def predict(vectors: Vectors, present: Vectors) -> np.ndarray:
        found = fitting.single[field].predict_proba(vectors[field])
        return np.where(present[field][:, None], found, 0.1)

    return predict


def early_then_classifier(fitting: Fitting, name: str, **params: Any) -> Predict:
    fusion = early_fusion(name, **params)
    if hasattr(fusion, "fit"):
        fusion.fit(fitting.data.train)
    # Unit vectors of many dimensions have small values, which the penalty of the classifier would hold down.
    train = fusion(fitting.data.train)
    scale = 1 / train.std()
    model = classifier().fit(train * scale, fitting.data.train_digits)
    return lambda vectors, present: model.predict_proba(fusion(vectors, present) * scale)


def early_trained(fitting: Fitting, name: str, **params: Any) -> Predict:
    fusion = early_fusion(name, seed=fitting.seed, **params)
    fusion.fit(fitting.data.train, target=fitting.data.train_digits)
    return fusion.predict_proba


def tokens(fitting: Fitting, **params: Any) -> Predict:
    def sequences(vectors: Vectors, present: Vectors) -> tuple[Vectors, Vectors]:
        audio = vectors["audio"].reshape(len(vectors["audio"]), -1, COEFFICIENTS)
        masks = {
            "audio": np.repeat(present["audio"][:, None], audio.shape[1], axis=1),
            "image": present["image"][:, None],
        }
        return {"audio": audio, "image": vectors["image"][:, None]}, masks

    train = fitting.data.train
    fusion = early_fusion("cross-attention", seed=fitting.seed, **params)
    there = {name: np.ones(len(rows), bool) for name, rows in train.items()}
    fusion.fit(*sequences(train, there), fitting.data.train_digits)
    return lambda vectors, present: fusion.predict_proba(*sequences(vectors, present))


def late(fitting: Fitting, name: str, **params: Any) -> Predict:
    fusion = late_fusion(name, **params)
    return lambda vectors, present: fused(fusion, fitting.probabilities(vectors, present))


def weighted_product(fitting: Fitting) -> Predict:
    """The product with the weights that tell unseen training pairs best."""
    logs = {name: np.log(np.clip(rows, 1e-6, 1)) for name, rows in fitting.unseen.items()}

    def loss(weights: tuple[float, ...]) -> float:
        total = sum(weight * each for weight, each in zip(weights, logs.values(), strict=True))
        odds = np.exp(total - total.max(axis=1, keepdims=True))
        return log_loss(fitting.data.train_digits, odds / odds.sum(axis=1, keepdims=True))

    grid = [each for each in product((0, 0.25, 0.5, 0.75, 1, 1.25, 1.5), repeat=len(logs)) if any(each)]
    return late(fitting, "product", probabilities="given", weights=dict(zip(logs, min(grid, key=loss), strict=True)))


def learned(fitting: Fitting) -> Predict:
    fusion = late_fusion("learned")
    asked = [str(at) for at in range(len(fitting.data.train_digits))]
    judged = {query: {str(digit): 1} for query, digit in zip(asked, fitting.data.train_digits, strict=True)}
    fusion.fit({name: Rankings.from_array(rows, CLASSES, asked) for name, rows in fitting.unseen.items()}, judged)
    return lambda vectors, present: fused(fusion, fitting.probabilities(vectors, present))


def joint_plus_parts(fitting: Fitting) -> Predict:
    """The vector of ``gated`` and each field by itself, joined by their product."""
    joint = fitting.gated
    fusion = late_fusion("product", probabilities="given")

    def predict(vectors: Vectors, present: Vectors) -> np.ndarray:
        return fused(fusion, {**fitting.probabilities(vectors, present), "joint": joint(vectors, present)})

    return predict


def fused(fusion: Any, probabilities: Mapping[str, np.ndarray]) -> np.ndarray:
    sources = {name: Rankings.from_array(rows, CLASSES) for name, rows in probabilities.items()}
    return fusion(sources).to_array(CLASSES)


SINGLE = {
    "image": partial(one_field, field="image"),
    "audio": partial(one_field, field="audio"),
}
EARLY = {
    "concat": partial(early_then_classifier, name="concat", scale="standard"),
    "concat, PCA whitened": partial(early_then_classifier, name="concat", scale="standard", pca=0.9, whiten=True),
    "tensor": partial(early_then_classifier, name="tensor"),
    "cca": partial(early_then_classifier, name="cca"),
    "gated": lambda fitting: fitting.gated,
    "attention": partial(early_trained, name="attention", epochs=40),
    "low-rank-tensor": partial(early_trained, name="low-rank-tensor", epochs=40),
}
LATE = {
    "rrf": partial(late, name="rrf"),
    "weighted-sum (mean)": partial(late, name="weighted-sum", normalization="none"),
    "comb-mnz": partial(late, name="comb-mnz"),
    "borda": partial(late, name="borda"),
    "product": partial(late, name="product", probabilities="given"),
    "product, weights learnt": weighted_product,
}
HYBRID = {
    "joint + parts": joint_plus_parts,
    "cross-attention": partial(tokens, dim=32, own_layers=1, layers=1, epochs=15, batch=256, learning_rate=4e-3),
}
try:
    late_fusion("learned")
    LATE["learned"] = learned
except ConfigError:  # not among the fusions that are installed
    pass

NETWORKS = {"gated", "attention", "low-rank-tensor", *HYBRID}
"""What is trained by gradient descent, which takes most of the time."""

WAYS = {"single": SINGLE, "early": EARLY, "late": LATE, "hybrid": HYBRID}
