"""How alike two representations of the same items are: canonical correlations, CKA and mutual information."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chiasm.errors import EvaluationError
from chiasm.evaluation.needed import needed

RANK_TOLERANCE = 1e-9
"""Directions whose singular value is smaller, beside the greatest, are noise and left out."""


def cka(x: NDArray[np.floating], y: NDArray[np.floating]) -> float:
    """Return linear centred kernel alignment, from 0, nothing in common, to 1, the same up to turning and scaling.

    ``|Y'X|^2 / (|X'X| |Y'Y|)`` with Frobenius norms and centred columns (Kornblith, Norouzi, Lee and Hinton, ICML
    2019). It does not ask for more items than dimensions, but is biased upwards where there are fewer.

    Args:
        x: ``[n, p]``.
        y: ``[n, q]``, of the same items in the same order.

    Raises:
        EvaluationError: Shapes do not fit, there are fewer than two items, or all items are the same.
    """
    a, b = _centred(x, y)
    if len(a) < a.shape[1] + b.shape[1]:
        # The same by Gram matrices of the items, where these are smaller than those of the dimensions.
        left, right = a @ a.T, b @ b.T
        return float((left * right).sum() / (np.linalg.norm(left) * np.linalg.norm(right)))
    return float(np.linalg.norm(b.T @ a) ** 2 / (np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)))


def canonical_correlations(
    x: NDArray[np.floating], y: NDArray[np.floating], components: int | None = None
) -> NDArray[np.float64]:
    """Return the canonical correlations, float64 ``[k]``, the greatest first (Hotelling 1936).

    They are the cosines of the angles between the spaces that the columns span (Bjorck and Golub 1973). With fewer
    items than dimensions some are 1 whatever the data are, so reduce the dimensions first, by ``components``.

    Args:
        x: ``[n, p]``.
        y: ``[n, q]``, of the same items in the same order.
        components: Principal components of each that are kept; all when ``None``.

    Raises:
        EvaluationError: Shapes do not fit, there are fewer than two items, or all items are the same.
    """
    a, b = (_basis(rows, components) for rows in _centred(x, y))
    found: NDArray[np.float64] = np.clip(np.linalg.svd(a.T @ b, compute_uv=False), 0.0, 1.0)
    return found


def mutual_information(x: NDArray[np.floating], y: NDArray[np.floating], neighbours: int = 3) -> float:
    """Return an estimate of the mutual information of two continuous variables, in nats, at least 0.

    The first estimator of Kraskov, Stogbauer and Grassberger (Phys. Rev. E 69, 066138, 2004), with each column scaled
    to deviation 1. It counts neighbours, so it wants few dimensions and many items: reduce embeddings to a handful of
    principal components first.

    Args:
        x: ``[n, p]`` or ``[n]``.
        y: ``[n, q]`` or ``[n]``, of the same items in the same order.
        neighbours: Nearest neighbours that are looked at; more of them lower the variance and raise the bias.

    Raises:
        EvaluationError: Shapes do not fit, all items are the same, or there are not more items than neighbours.
        UnusableComponent: scipy is not installed.
    """
    a, b = _centred(x, y)
    count = len(a)
    if not 0 < neighbours < count:
        raise EvaluationError(f"{neighbours} neighbours of {count} items cannot be looked at")
    a, b = (rows / np.where(rows.std(axis=0) > 0, rows.std(axis=0), 1.0) for rows in (a, b))
    spatial, special = needed("scipy.spatial"), needed("scipy.special")
    both = spatial.KDTree(np.hstack([a, b]))
    # Strictly nearer than the k-th neighbour, by the greatest difference of any dimension.
    radius = np.nextafter(both.query(both.data, k=neighbours + 1, p=np.inf)[0][:, -1], 0)
    terms = np.zeros(count)
    for rows in (a, b):
        near = spatial.KDTree(rows).query_ball_point(rows, radius, p=np.inf, return_length=True)
        terms += special.digamma(near)  # the item itself is among them, so this is n + 1 of the paper
    estimate = special.digamma(neighbours) + special.digamma(count) - terms.mean()
    return max(0.0, float(estimate))


def _centred(x: NDArray[np.floating], y: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = (np.asarray(rows, dtype=np.float64) for rows in (x, y))
    a, b = (rows[:, None] if rows.ndim == 1 else rows for rows in (a, b))
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b) or len(a) < 2:
        raise EvaluationError(f"two rows or more of the same items are due, not {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise EvaluationError("a value is not finite")
    for rows in (a, b):
        if not np.ptp(rows, axis=0).any():
            raise EvaluationError("all items are the same, so there is nothing to compare")
    return a - a.mean(axis=0), b - b.mean(axis=0)


def _basis(rows: NDArray[np.float64], components: int | None) -> NDArray[np.float64]:
    """Return an orthonormal basis of the items' span, of its first principal components where that is asked."""
    left, values, _ = np.linalg.svd(rows, full_matrices=False)
    kept = int((values > RANK_TOLERANCE * values[0]).sum())
    basis: NDArray[np.float64] = left[:, : min(kept, components or kept)]
    return basis
