"""Whether one system is better than another on the same queries, or only luckier."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chiasm.errors import EvaluationError
from chiasm.evaluation.needed import needed

PERMUTATIONS = 10_000

BATCH = 1_000_000
"""Signs that are dealt at once, to keep memory small."""

EQUAL = 1e-12
"""Values of a query that differ by less are the same, computed in another order."""


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Two systems on the same queries.

    Attributes:
        difference: Mean of the second minus mean of the first.
        t_test: Two-sided p of Student's paired t-test.
        randomization: Two-sided p of Fisher's randomization test, which supposes no distribution.
        wins: Queries on which the second is better.
        losses: Queries on which it is worse.
    """

    difference: float
    t_test: float
    randomization: float
    wins: int
    losses: int


def paired_test(first: NDArray[np.float64], second: NDArray[np.float64], *, seed: int = 0) -> PairedTest:
    """Compare two systems by a measure's values on the same queries (Smucker, Allan and Carterette, CIKM 2007).

    Args:
        first: float64 ``[n]``.
        second: float64 ``[n]``, of the same queries in the same order.
        seed: Of the random numbers of the randomization test, which is exact for up to 13 queries.

    Raises:
        EvaluationError: They are of different lengths, empty, or hold values that are not finite, as ranks may.
        UnusableComponent: scipy is not installed.
    """
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise EvaluationError(f"values of the same queries are due, not of {first.shape} and {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise EvaluationError(
            "values that are not finite cannot be tested", fix="Compare by 'mrr' rather than by ranks."
        )
    differences = np.where(np.abs(second - first) < EQUAL, 0.0, second - first)
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    if not wins and not losses:
        return PairedTest(0.0, 1.0, 1.0, 0, 0)
    if len(differences) == 1:  # a test of one query can tell nothing
        return PairedTest(float(differences[0]), float("nan"), 1.0, wins, losses)
    stats = needed("scipy.stats")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the same difference on all queries: no variance, p is 0
        t_test = float(stats.ttest_1samp(differences, 0.0).pvalue)
    return PairedTest(float(differences.mean()), t_test, _randomization(differences, seed), wins, losses)


def _randomization(differences: NDArray[np.float64], seed: int) -> float:
    """Return how often signs dealt at random give a mean as far from 0: of all signs, or of a sample of them."""
    count = len(differences)
    least = abs(float(differences.sum())) - EQUAL * count
    if 2**count <= PERMUTATIONS:
        bits = np.arange(2**count)[:, None] >> np.arange(count) & 1
        return float((np.abs((1.0 - 2.0 * bits) @ differences) >= least).mean())
    random = np.random.default_rng(seed)
    extreme, rows = 0, max(1, BATCH // count)
    for start in range(0, PERMUTATIONS, rows):
        flipped = random.random((min(rows, PERMUTATIONS - start), count), dtype=np.float32) < 0.5
        # Flipping a sign takes the difference away twice.
        sums = differences.sum() - 2.0 * (flipped @ differences)
        extreme += int((np.abs(sums) >= least).sum())
    # The signs as they were are one of the deals, so a sampled p is never 0.
    return (extreme + 1) / (PERMUTATIONS + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected for being several, after Holm (1979); a NaN stays one and takes no part.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    corrected = [float("nan")] * len(p_values)
    order = [at for at in np.argsort(p_values, kind="stable").tolist() if np.isfinite(p_values[at])]
    highest = 0.0
    for step, at in enumerate(order):
        highest = max(highest, min(1.0, p_values[at] * (len(order) - step)))
        corrected[at] = highest
    return corrected
