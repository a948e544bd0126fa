"""Early fusion by canonical correlation: every field into the directions in which the fields agree."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from chiasm.contracts import TrainableFusion, TrainedParams
from chiasm.contracts.encoder import Dense
from chiasm.errors import FusionError
from chiasm.fusion import FieldBatch, FusionFile
from chiasm_plugins.fusions.rows import unit_rows

NAME = "cca"


class CcaParams(TrainedParams):
    """Params of ``cca``."""

    dim: int = Field(64, ge=1, description="Canonical directions at most; fewer where the fields have no more.")
    regularization: float = Field(
        0.01,
        ge=0,
        allow_inf_nan=False,
        description="Added to each field's covariance, in units of its mean variance; 0 is plain CCA, which needs far "
        "more documents than dimensions.",
    )
    power: float = Field(
        1.0,
        ge=0,
        allow_inf_nan=False,
        description="Directions count by their correlation to this power (Gong et al. 2014); 0 counts them alike.",
    )


class CcaFusion(TrainableFusion[CcaParams]):
    """The mean of a document's canonical variates over the fields that it has, of length 1.

    Learns without labels, from documents that have all fields: for each field a linear map, so that the mapped fields
    of a document agree. A document or a query with one field alone can therefore be compared with any other. For two
    fields it is (regularised) canonical correlation analysis and gives what ``sklearn.cross_decomposition.CCA`` does;
    for more it is the generalised eigenvalue problem of Kettenring 1971, SUMCOR with one norm over all fields. Each
    field is whitened with scikit-learn's PCA first.

    Example:
        >>> random = np.random.default_rng(0)
        >>> shared = random.normal(size=(200, 2))
        >>> vectors = {name: shared @ random.normal(size=(2, 5)) for name in ("text", "image")}
        >>> fusion = CcaFusion(CcaParams(dim=2)).fit(vectors)
        >>> text, image = (fusion({name: vectors[name]}) for name in ("text", "image"))
        >>> bool(((text * image).sum(axis=1) > 0.99).all())
        True
    """

    name = NAME
    shaping: ClassVar[tuple[str, ...]] = ("dim", "regularization", "power")

    @property
    def correlations(self) -> NDArray[np.float64]:
        """Canonical correlation of each direction in the training data, greatest first; shrunk by regularization."""
        values: NDArray[np.float64] = self.file.arrays["correlations"]
        return values

    def train(
        self, batch: FieldBatch, target: NDArray[Any] | None, classes: int
    ) -> tuple[int, dict[str, NDArray[Any]]]:
        """Find the directions; see ``TrainableFusion.train``. Labels are not used."""
        if len(batch.names) < 2:
            raise FusionError("canonical correlation needs at least two fields", where=NAME)
        whole = batch.rows(np.flatnonzero(batch.mask.all(axis=1)))
        if len(whole) < 3:
            raise FusionError(
                f"{len(whole)} documents have all of the fields {', '.join(batch.names)}; at least 3 are needed, and "
                "more than dimensions to mean something",
                where=NAME,
            )
        arrays: dict[str, NDArray[Any]] = {}
        whitened, maps = [], []
        for name, values in whole.vectors.items():
            centre, map_ = _whitening(name, values.astype(np.float64), self.params.regularization)
            arrays[f"centre.{name}"] = centre
            whitened.append((values - centre) @ map_)
            maps.append(map_)
        correlations, directions = _directions(whitened, self.params.dim)
        starts = np.cumsum([0, *(map_.shape[1] for map_ in maps)])
        for at, name in enumerate(whole.names):
            arrays[f"map.{name}"] = maps[at] @ directions[starts[at] : starts[at + 1]]
        return len(correlations), arrays | {"correlations": correlations}

    def restore(self, file: FusionFile) -> None:
        """Nothing has to be made of the arrays."""

    def project(self, name: str, vectors: NDArray[Any]) -> NDArray[np.float64]:
        """Return the canonical variates of one field, float64 ``[n, dim]``, neither weighted nor of length 1."""
        arrays = self.file.arrays
        variates: NDArray[np.float64] = (vectors - arrays[f"centre.{name}"]) @ arrays[f"map.{name}"]
        return variates

    def fuse_batch(self, batch: FieldBatch) -> Dense:
        """See ``TrainableFusion.fuse_batch``."""
        total = np.zeros((len(batch), self.file.dim))
        for name, values in batch.vectors.items():
            total += np.where(batch.present[name][:, None], self.project(name, values), 0)
        # Dividing by the number of fields would not change the direction.
        return unit_rows(total * self.correlations**self.settings.power).astype(np.float32)


def _whitening(
    name: str, values: NDArray[np.float64], regularization: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean, and a map ``[d, r]`` to uncorrelated dimensions of (regularised) variance 1."""
    from sklearn.decomposition import PCA

    found = PCA(svd_solver="full").fit(values)
    variance = found.explained_variance_
    # Directions in which the data do not vary would be rounding noise blown up.
    kept = variance > 1e-10 * max(float(variance[0]), 1e-300)
    if not variance[0] > 0:
        raise FusionError(f"every document has the same vector of {name!r}", where=NAME)
    ridge = regularization * float(variance.sum()) / values.shape[1]
    map_: NDArray[np.float64] = found.components_[kept].T / np.sqrt(variance[kept] + ridge)
    return found.mean_, map_


def _directions(whitened: list[NDArray[np.float64]], dim: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return correlations ``[k]``, and the directions ``[sum of r, k]`` in which the fields agree most."""
    count, fields = len(whitened[0]), len(whitened)
    together = np.hstack(whitened)
    covariance = together.T @ together / (count - 1)
    at = 0
    for each in whitened:
        size = each.shape[1]
        covariance[at : at + size, at : at + size] = np.eye(size)
        at += size
    values, vectors = np.linalg.eigh(covariance)
    correlations = (values[::-1] - 1) / (fields - 1)
    kept = int(min(dim, (correlations > 1e-9).sum()))
    if not kept:
        raise FusionError("the fields do not agree in any direction", where=NAME)
    directions = vectors[:, ::-1][:, :kept] * np.sqrt(fields)
    # A direction and its opposite are one; the greatest entry is positive, so that results are the same everywhere.
    signs = np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(kept)])
    return np.clip(correlations[:kept], 0, 1), directions * signs
