"""Early fusion by weighted mean: one vector for a document, in the space that its fields share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from chiasm.contracts import EarlyFusion, Params
from chiasm.contracts.encoder import Dense
from chiasm.errors import FusionError, SpaceMismatch
from chiasm.space import EmbeddingSpace, require_same_space
from chiasm_plugins.fusions.weights import Weights, require_known_names

NAME = "weighted-mean"


class WeightedMeanParams(Params):
    """Params of ``weighted-mean``."""

    weights: Weights = Field(
        default_factory=dict,
        description="Weight by field, at least 0; every fused field has one. Equal weights when none are given.",
    )


class WeightedMeanFusion(EarlyFusion[WeightedMeanParams]):
    """The mean of a document's vectors, weighted by field: ``sum(w_f v_f) / sum(w_f)`` over the fields it has.

    A field that a document lacks takes no part: the weights of the others are scaled up, so a document with only a
    picture keeps its picture's vector. In a space of unit vectors the mean is scaled to length 1 again, which is the
    direction that has the greatest weighted sum of cosines with the fields. The result lies in the same space, so
    whatever can be compared with a field can be compared with it.

    Example:
        >>> space = EmbeddingSpace("words", 2)
        >>> fusion = WeightedMeanFusion(WeightedMeanParams(weights={"text": 3, "image": 1}))
        >>> fusion.space({"text": space, "image": space}) == space
        True
        >>> vectors = {"text": np.array([[1, 0]], np.float32), "image": np.array([[0, 1]], np.float32)}
        >>> fusion.fuse(vectors, {name: np.array([True]) for name in vectors}).round(3).tolist()
        [[0.9490000009536743, 0.3160000145435333]]
    """

    _unit: bool | None = None

    def space(self, inputs: Mapping[str, EmbeddingSpace]) -> EmbeddingSpace:
        """Return the space that all fields share. To be called before ``fuse``.

        Args:
            inputs: Space of each field.

        Raises:
            SpaceMismatch: Two fields have different spaces, or vectors that have no mean (sparse or several an item).
            FusionError: There is no field, or weights name other fields than these.
        """
        if not inputs:
            raise FusionError("there is no field to fuse", where=NAME)
        require_known_names(self.params.weights, inputs, "field", NAME)
        unweighted = sorted(set(inputs) - set(self.params.weights))
        if self.params.weights and unweighted:
            raise FusionError(
                f"'weights' gives none to {', '.join(map(repr, unweighted))}",
                where=NAME,
                fix="Give every fused field a weight, or leave 'weights' out to weigh them equally.",
            )
        (first, space), *others = inputs.items()
        for name, other in others:
            require_same_space(
                space,
                other,
                where=f"{NAME} of {first!r} and {name!r}",
                fix="Encode the fields with encoders of one space, or search them apart and fuse late with 'rrf'.",
            )
        if space.kind != "dense":
            raise SpaceMismatch(
                f"vectors of {space} have no mean, which needs one dense vector an item",
                where=NAME,
                fix="Search the fields apart and fuse late with 'rrf'.",
            )
        self._unit = space.normalization == "l2"
        return space

    def fuse(self, vectors: Mapping[str, Dense], present: Mapping[str, NDArray[np.bool_]]) -> Dense:
        """Fuse ``n`` documents.

        Args:
            vectors: float32 ``[n, dim]`` by field; rows that are not present hold anything finite.
            present: bool ``[n]`` by field; every document has at least one field.

        Returns:
            float32 ``[n, dim]``.

        Raises:
            FusionError: Fields or shapes do not fit, a value is not finite, a document has no field with a weight, or
                its vectors cancel each other out in a space of unit vectors.
        """
        if self._unit is None:
            raise FusionError("the fields' spaces are not known yet; 'space' is to be called first", where=NAME)
        weights = self._weights_by_document(vectors, present)
        total = reduce(np.add, weights.values())
        _refuse(total <= 0, "has no field with a weight above 0", present)
        summed = sum(vectors[name].astype(np.float64) * weights[name][:, None] for name in vectors)
        mean: NDArray[np.float64] = np.asarray(summed) / total[:, None]
        _refuse(np.logical_not(np.isfinite(mean).all(axis=1)), "has a vector with values that are not finite", present)
        if self._unit:
            lengths = np.linalg.norm(mean, axis=1, keepdims=True)
            # Unit vectors that cancel leave rounding noise, whose direction would mean nothing.
            _refuse(lengths[:, 0] < 1e-6, "has vectors that cancel each other out", present)
            mean /= lengths
        return mean.astype(np.float32)

    def _weights_by_document(
        self, vectors: Mapping[str, Dense], present: Mapping[str, NDArray[np.bool_]]
    ) -> dict[str, NDArray[np.float64]]:
        """Return each field's weights, float64 ``[n]``: 0 where the field is not present."""
        if not vectors or vectors.keys() != present.keys():
            raise FusionError(
                f"vectors are given for {sorted(vectors)} and masks for {sorted(present)}; they must be of the same "
                "fields, at least one",
                where=NAME,
            )
        require_known_names(self.params.weights, vectors, "field", NAME)
        shapes = {name: (values.shape, present[name].shape) for name, values in vectors.items()}
        (count, *_), _ = next(iter(shapes.values()))
        if len(set(shapes.values())) > 1 or any(len(full) != 2 or mask != (count,) for full, mask in shapes.values()):
            raise FusionError(f"vectors and masks have shapes {shapes}; [n, dim] and [n] are due", where=NAME)
        return {name: self.params.weights.get(name, 1.0) * present[name].astype(np.float64) for name in vectors}


def _refuse(wrong: NDArray[np.bool_], problem: str, present: Mapping[str, NDArray[np.bool_]]) -> None:
    """Raise ``FusionError`` for the first document that is ``wrong``, naming the fields that it has."""
    if wrong.any():
        row = int(np.argmax(wrong))
        fields = ", ".join(name for name, mask in present.items() if mask[row]) or "none"
        raise FusionError(f"document {row} of the batch {problem} (fields: {fields})", where=NAME)
