"""How sure a figure is: bootstrap intervals over queries (Efron and Tibshirani 1993; Sakai 2006 for retrieval)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chiasm.evaluation.measures import Measure
from chiasm.evaluation.needed import needed

RESAMPLES = 2_000
CONFIDENCE = 0.95

FAR = 1e15
"""Stands for an infinite rank while resampling, where infinities would meet and make NaN."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Between which two values a figure lies with the confidence that was asked for."""

    low: float
    high: float


def interval(
    measure: Measure,
    values: NDArray[np.float64],
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return the percentile bootstrap interval of a measure's figure, by scipy.

    It tells how the figure would vary with other queries of the same kind. With fewer than two queries it is the
    figure itself.

    Args:
        measure: Its values are joined by mean or, where they are ranks, by median.
        values: float64 ``[n]``, by query.
        confidence: Between 0 and 1.
        resamples: Number of samples drawn.
        seed: Of the random numbers; the same seed gives the same interval.

    Raises:
        UnusableComponent: scipy is not installed.
    """
    bounded = np.where(np.isfinite(values), values, FAR)
    if len(values) < 2 or np.ptp(bounded) == 0:
        only = float(values[0]) if len(values) else float("nan")
        return Interval(only, only)
    found = (
        needed("scipy.stats")
        .bootstrap(
            (bounded,),
            np.median if measure.is_rank else np.mean,
            n_resamples=resamples,
            batch=max(1, 2_000_000 // len(values)),
            vectorized=True,
            confidence_level=confidence,
            method="percentile",
            rng=np.random.default_rng(seed),
        )
        .confidence_interval
    )
    low, high = (float("inf") if bound > FAR / 1e3 else float(bound) for bound in (found.low, found.high))
    return Interval(low, high)
