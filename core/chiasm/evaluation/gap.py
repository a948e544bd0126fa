"""The modality gap: how far apart the vectors of two modalities lie in a space that they share.

Liang et al., "Mind the Gap", NeurIPS 2022, measure the distance between the means; Wang and Isola, ICML 2020, how near
to each other pairs lie (alignment) and how evenly vectors spread over the sphere (uniformity). Centring subtracts from
the vectors of each modality their own mean, which closes the gap by translation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.errors import EvaluationError
from chiasm.evaluation.stored import unit

UNIFORMITY_SAMPLE = 2_000
"""Vectors whose pairwise distances are looked at, at most."""

TOP = 10


@dataclass(frozen=True, slots=True)
class Gap:
    """Two modalities in one space; all vectors are scaled to length 1 first.

    Attributes:
        distance: Euclidean distance of the two means, from 0 to 2.
        alignment: Mean squared distance of pairs, 0 when they coincide; ``None`` without pairs.
        uniformity: ``log mean exp(-2 d^2)`` over distances within each modality, left and right; at most 0, and the
            lower the more evenly spread.
        same_side: Share of vectors whose nearest other vector is of their own modality: 1 where they are apart.
        recall: Share of pairs found among the first 10, from left to right and back; ``None`` without pairs.
    """

    distance: float
    alignment: float | None
    uniformity: tuple[float, float]
    same_side: float
    recall: tuple[float, float] | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def modality_gap(left: NDArray[Any], right: NDArray[Any], pairs: Sequence[tuple[int, int]] = ()) -> Gap:
    """Measure the gap between two sets of vectors.

    Args:
        left: ``[n, dim]``.
        right: ``[m, dim]``.
        pairs: Rows of ``left`` and ``right`` that belong together, each row once at most.

    Raises:
        EvaluationError: There are fewer than two vectors on a side, of different dimensions, or not finite.

    Example:
        >>> found = modality_gap(np.eye(3), -np.eye(3), [(0, 0), (1, 1), (2, 2)])
        >>> round(found.distance, 3), found.alignment
        (1.155, 4.0)
    """
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[1] or min(len(left), len(right)) < 2:
        raise EvaluationError(f"two sets of vectors are due, two or more each, not {left.shape} and {right.shape}")
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise EvaluationError("a vector has values that are not finite")
    a, b = unit(left), unit(right)
    alignment, recall = None, None
    if pairs:
        first, second = a[[pair[0] for pair in pairs]], b[[pair[1] for pair in pairs]]
        alignment = float(((first - second) ** 2).sum(axis=1).mean())
        similarity = first @ second.T
        recall = _found(similarity), _found(similarity.T)
    distance = float(np.linalg.norm(a.mean(axis=0) - b.mean(axis=0)))
    return Gap(distance, alignment, (uniformity(a), uniformity(b)), _same_side(a, b), recall)


def centred(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return vectors of one modality without their mean, at length 1 again, float64 ``[n, dim]``."""
    scaled = unit(rows)
    return unit(scaled - scaled.mean(axis=0))


def uniformity(rows: NDArray[np.float64]) -> float:
    """Return ``log mean exp(-2 d^2)`` over all pairs of different rows (Wang and Isola 2020, t = 2).

    Args:
        rows: float64 ``[n, dim]`` of length 1, two at least; of more than 2 000 the first count.
    """
    some = rows[:UNIFORMITY_SAMPLE]
    squared = np.maximum(0.0, 2.0 - 2.0 * some @ some.T)[np.triu_indices(len(some), 1)]
    return float(np.log(np.exp(-2.0 * squared).mean()))


def _same_side(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    rows = np.concatenate([a[:UNIFORMITY_SAMPLE], b[:UNIFORMITY_SAMPLE]])
    side = np.repeat([0, 1], [min(len(a), UNIFORMITY_SAMPLE), min(len(b), UNIFORMITY_SAMPLE)])
    similarity = rows @ rows.T
    np.fill_diagonal(similarity, -np.inf)
    return float((side[similarity.argmax(axis=1)] == side).mean())


def _found(similarity: NDArray[np.float64]) -> float:
    own = np.diag(similarity)[:, None]
    # A tie with the right one counts against it: its rank is the last among equals.
    return float(((similarity >= own).sum(axis=1) <= TOP).mean())
