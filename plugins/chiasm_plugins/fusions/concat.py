"""Early fusion by concatenation: fields scaled, laid side by side, and on request reduced by PCA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from chiasm.contracts import TrainableFusion, TrainedParams
from chiasm.contracts.encoder import Dense
from chiasm.errors import FusionError
from chiasm.fusion import FieldBatch, FusionFile
from chiasm.space import EmbeddingSpace
from chiasm_plugins.fusions.inputs import described, require_dense
from chiasm_plugins.fusions.rows import unit_rows
from chiasm_plugins.fusions.weights import Weights, require_known_names

NAME = "concat"


class ConcatParams(TrainedParams):
    """Params of ``concat``."""

    scale: Literal["unit", "standard", "none"] = Field(
        "unit",
        description="How each field is scaled first: to length 1; to mean 0 and deviation 1 by dimension, fields of "
        "any size counting alike (needs training); or not.",
    )
    weights: Weights = Field(
        default_factory=dict,
        description="How much each field's similarity counts, at least 0; every fused field has one. Equal when none "
        "are given.",
    )
    pca: Annotated[int, Field(ge=1, strict=True)] | Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="Principal components kept: how many, or the share of the variance (needs training)."
    )
    whiten: bool = Field(False, description="Whether principal components are scaled to deviation 1; with 'pca'.")

    @model_validator(mode="after")
    def _whitening_has_components(self) -> ConcatParams:
        if self.whiten and self.pca is None:
            raise ValueError("'whiten' scales principal components; say how many with 'pca'")
        return self


class ConcatFusion(TrainableFusion[ConcatParams]):
    """The fields' vectors side by side, each scaled, the whole of length 1.

    With ``scale: unit`` and no PCA nothing has to be trained, and the cosine of two documents with the same fields is
    the weighted mean of their fields' cosines. A field that a document lacks is 0 there; before PCA it is the field's
    mean, which leaves the components to the other fields. PCA is that of scikit-learn.

    Example:
        >>> vectors = {"text": np.array([[3.0, 4.0]]), "image": np.array([[0.0, 2.0]])}
        >>> [round(float(each), 3) for each in ConcatFusion(ConcatParams())(vectors)[0]]
        [0.0, 0.707, 0.424, 0.566]
    """

    name = NAME
    shaping: ClassVar[tuple[str, ...]] = ("scale", "weights", "pca", "whiten")

    @property
    def needs_training(self) -> bool:
        """Whether the params ask for what only data can give."""
        return self.params.scale == "standard" or self.params.pca is not None

    def space(self, inputs: Mapping[str, EmbeddingSpace]) -> EmbeddingSpace:
        """Return the space of the fused vectors.

        Raises:
            SpaceMismatch: A field is not dense, or another than in training.
            FusionError: Fields or weights do not fit, or the params ask for training and there was none.
        """
        require_dense(inputs, NAME)
        _check_weights(self.params.weights, inputs)
        if self.fitted or self.needs_training:
            return super().space(inputs)
        params = self.params
        how = described(inputs, scale=params.scale, weights=dict(sorted(params.weights.items())) or "equal")
        return EmbeddingSpace(NAME, sum(space.dim for space in inputs.values()), preprocessing=how)

    def train(
        self, batch: FieldBatch, target: NDArray[Any] | None, classes: int
    ) -> tuple[int, dict[str, NDArray[Any]]]:
        """Learn scales and principal components; see ``TrainableFusion.train``."""
        _check_weights(self.params.weights, batch.vectors)
        arrays: dict[str, NDArray[Any]] = {}
        for name, values in batch.vectors.items():
            arrays |= self._scale_of(name, values[batch.present[name]])
        whole = _beside(batch, self.params, arrays)
        if self.params.pca is not None:
            arrays |= _components(whole, self.params.pca)
        return len(arrays.get("pca.components", whole.T)), arrays

    def restore(self, file: FusionFile) -> None:
        """Nothing has to be made of the arrays."""

    def fuse(self, vectors: Mapping[str, Dense], present: Mapping[str, NDArray[np.bool_]]) -> Dense:
        """Fuse ``n`` documents; see ``EarlyFusion.fuse``."""
        if self.needs_training and not self.fitted:
            _ = self.file
        return super().fuse(vectors, present)

    def fuse_batch(self, batch: FieldBatch) -> Dense:
        """See ``TrainableFusion.fuse_batch``."""
        arrays = self.file.arrays if self.fitted else {}
        fused = _beside(batch, self.settings, arrays)
        if "pca.components" in arrays:
            fused = (fused - arrays["pca.mean"]) @ arrays["pca.components"].T
            if self.settings.whiten:
                fused /= np.sqrt(arrays["pca.variance"])
        return unit_rows(fused).astype(np.float32)

    def _scale_of(self, name: str, rows: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
        if not len(rows):
            raise FusionError(f"no document has the field {name!r}, so nothing can be learnt of it", where=NAME)
        exact = rows.astype(np.float64)
        if self.params.scale != "standard":
            kept = unit_rows(exact) if self.params.scale == "unit" else exact
            return {f"fill.{name}": kept.mean(axis=0)}
        deviation = exact.std(axis=0)
        # A dimension that never changes tells nothing; it stays at 0 instead of being blown up from rounding noise.
        still = deviation <= 1e-12 * max(1.0, float(np.abs(exact).max()))
        inverse = np.where(still, 0.0, 1 / np.where(still, 1.0, deviation))
        return {
            f"centre.{name}": exact.mean(axis=0),
            f"scale.{name}": inverse / np.sqrt(exact.shape[1]),
            f"fill.{name}": np.zeros(exact.shape[1]),
        }


def _beside(batch: FieldBatch, params: ConcatParams, arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return the scaled fields side by side, float64 ``[n, sum of dims]``."""
    parts = []
    for name, values in batch.vectors.items():
        scaled = values.astype(np.float64)
        if params.scale == "unit":
            scaled = unit_rows(scaled)
        elif params.scale == "standard":
            scaled = (scaled - arrays[f"centre.{name}"]) * arrays[f"scale.{name}"]
        lacking = arrays[f"fill.{name}"] if params.pca is not None else 0.0
        scaled = np.where(batch.present[name][:, None], scaled, lacking)
        # The root makes the weight count once in a product of two vectors.
        parts.append(scaled * np.sqrt(params.weights.get(name, 1.0)))
    return np.hstack(parts)


def _components(whole: NDArray[np.float64], count: int | float) -> dict[str, NDArray[np.float64]]:
    from sklearn.decomposition import PCA

    most = min(whole.shape)
    if count > most:
        raise FusionError(
            f"'pca' asks for {count} components, and {whole.shape[0]} documents of {whole.shape[1]} dimensions have "
            f"{most} at most",
            where=NAME,
        )
    found = PCA(count, svd_solver="full").fit(whole)
    floor = np.finfo(np.float64).eps * max(float(found.explained_variance_.max(initial=0)), 1e-300)
    variance = np.maximum(found.explained_variance_, floor)
    return {"pca.mean": found.mean_, "pca.components": found.components_, "pca.variance": variance}


def _check_weights(weights: Mapping[str, float], fields: Mapping[str, object]) -> None:
    require_known_names(weights, fields, "field", NAME)
    unweighted = sorted(set(fields) - set(weights))
    if weights and unweighted:
        raise FusionError(
            f"'weights' gives none to {', '.join(map(repr, unweighted))}",
            where=NAME,
            fix="Give every fused field a weight, or leave 'weights' out to weigh them equally.",
        )
