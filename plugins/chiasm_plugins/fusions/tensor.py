"""Early fusion by the outer product of the fields' vectors (Zadeh et al. 2017), for small inputs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from chiasm.contracts import EarlyFusion, Params
from chiasm.contracts.encoder import Dense
from chiasm.errors import FusionError
from chiasm.fusion import FieldBatch
from chiasm.space import EmbeddingSpace
from chiasm_plugins.fusions.inputs import described, require_dense
from chiasm_plugins.fusions.rows import unit_rows

NAME = "tensor"


class TensorParams(Params):
    """Params of ``tensor``."""

    scale: Literal["unit", "none"] = Field("unit", description="Whether each field is scaled to length 1 first.")
    max_dim: int = Field(
        16_384, ge=1, description="Dimensions of a fused vector at most: the product of each field's, plus 1."
    )


class TensorFusion(EarlyFusion[TensorParams]):
    """The outer product of all fields, each with a 1 before it: every product of dimensions of any of the fields.

    So a fused vector holds each field by itself, each pair of fields, and so on. A field that a document lacks is
    ``[1, 0, ..., 0]``, which leaves the products of the others. The dimensions multiply, hence ``max_dim``; for larger
    inputs there is ``low-rank-tensor``. Follows Zadeh et al. 2017, Tensor Fusion Network, equation 2, without the
    network around it; the result has length 1.

    Example:
        >>> vectors = {"text": np.array([[1.0]]), "image": np.array([[0.0, 1.0]])}
        >>> TensorFusion(TensorParams())(vectors).tolist()
        [[0.5, 0.5, 0.0, 0.0, 0.5, 0.5]]
    """

    def space(self, inputs: Mapping[str, EmbeddingSpace]) -> EmbeddingSpace:
        """Return the space of the outer products.

        Raises:
            SpaceMismatch: A field is not dense.
            FusionError: There is no field, or the product is larger than ``max_dim``.
        """
        require_dense(inputs, NAME)
        dim = self._dim({name: space.dim for name, space in inputs.items()})
        return EmbeddingSpace(NAME, dim, preprocessing=described(inputs, scale=self.params.scale))

    def fuse(self, vectors: Mapping[str, Dense], present: Mapping[str, NDArray[np.bool_]]) -> Dense:
        """Fuse ``n`` documents; see ``EarlyFusion.fuse``."""
        batch = FieldBatch.of(vectors, present, where=NAME)
        self._dim(batch.dims)
        ones = np.ones((len(batch), 1))
        scaled = (unit_rows(each) if self.params.scale == "unit" else each for each in batch.vectors.values())
        extended = [np.hstack([ones, each]) for each in scaled]
        return unit_rows(reduce(_outer, extended)).astype(np.float32)

    def _dim(self, dims: Mapping[str, int]) -> int:
        dim = prod(size + 1 for size in dims.values())
        if dim > self.params.max_dim:
            sizes = ", ".join(f"{name} ({size})" for name, size in sorted(dims.items()))
            raise FusionError(
                f"the outer product of {sizes} has {dim} dimensions, more than 'max_dim', {self.params.max_dim}",
                where=NAME,
                fix="Fuse them with 'low-rank-tensor', which never makes the product, or raise 'max_dim'.",
            )
        return dim


def _outer(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    product: NDArray[np.float64] = np.einsum("ni,nj->nij", left, right).reshape(
        len(left), left.shape[1] * right.shape[1]
    )
    return product
