"""Scores of different sources made comparable, query by query: the normalizations of score-based fusions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Candidates

Floats = NDArray[np.float64]

Normalization = Literal["none", "min-max", "z-score", "dbsf", "sum", "rank", "calibrated"]
"""How a source's scores for one query are scaled; ``n`` is how many ids it found.

- ``none``: not at all; for scores that are comparable already.
- ``min-max``: ``(s - min) / (max - min)``, from 0 to 1 (Lee, SIGIR 1997). Scores that are all equal become 1, which is
  what the best always gets.
- ``z-score``: ``(s - mean) / deviation``, the deviation with divisor ``n`` (ZMUV in Montague and Aslam, CIKM 2001).
  Scores that are all equal become 0.
- ``dbsf``: ``(s - (mean - 3 deviation)) / (6 deviation)``, the deviation with divisor ``n - 1``, not clipped:
  distribution-based score fusion as Qdrant computes it. Scores that are all equal become 0.5.
- ``sum``: ``(s - min) / sum(s - min)`` (Sum in Montague and Aslam, CIKM 2001). Scores that are all equal become
  ``1 / n``.
- ``rank``: ``1 - (rank - 1) / n``, whatever the scores.
- ``calibrated``: not at all, since the search has made them comparable, by what is indexed rather than by what this
  query found; a pipeline with it needs ``search: calibrate``.
"""


@dataclass(frozen=True, slots=True)
class Normalized:
    """Scores made comparable.

    Attributes:
        values: float64 ``[s, n]``, higher is better; 0 where the source did not find the candidate.
        lowest: float64 ``[s, n]``, the lowest value that the source gives for the candidate's query; 0 where it found
            nothing.
    """

    values: Floats
    lowest: Floats


def normalize(candidates: Candidates, normalization: Normalization) -> Normalized:
    """Scale each source's scores by query, as ``Normalization`` tells."""
    values = np.where(candidates.found, _NORMALIZATIONS[normalization](candidates), 0.0)
    lowest = candidates.reduce(np.minimum, np.where(candidates.found, values, np.inf))
    lowest[candidates.lengths == 0] = 0.0
    return Normalized(values, candidates.spread(lowest))


def values_of_missing(normalized: Normalized, normalization: Normalization) -> Floats:
    """Return what a source gives an id that it did not find, where it counts at all; float64 ``[s, n]``.

    That is 0, the bottom of most scales. Under ``none``, ``z-score`` and ``calibrated`` found ids may lie below 0;
    there it is the lowest value if that is below 0, so that what was not found never stands above what was. (Some
    other libraries let it be 0 there too, the mean of the z-scores.) ``dbsf`` is left at 0, as in Qdrant.
    """
    if normalization in {"none", "z-score", "calibrated"}:
        return np.minimum(normalized.lowest, 0.0)
    return np.zeros_like(normalized.lowest)


def _none(candidates: Candidates) -> Floats:
    return candidates.scores


def _min_max(candidates: Candidates) -> Floats:
    low, high = _bounds(candidates)
    width = candidates.spread(high - low)
    return _divide(candidates.scores - candidates.spread(low), width, instead=1.0)


def _z_score(candidates: Candidates) -> Floats:
    centred, deviation = _moments(candidates, lost=0)
    return _divide(centred, deviation, instead=0.0)


def _dbsf(candidates: Candidates) -> Floats:
    centred, deviation = _moments(candidates, lost=1)
    return _divide(centred + 3 * deviation, 6 * deviation, instead=0.5)


def _sum(candidates: Candidates) -> Floats:
    low, _ = _bounds(candidates)
    above = np.where(candidates.found, candidates.scores - candidates.spread(low), 0.0)
    counts = np.maximum(candidates.spread(candidates.lengths.astype(np.float64)), 1.0)
    return _divide(above, candidates.spread(candidates.reduce(np.add, above)), instead=1.0 / counts)


def _rank(candidates: Candidates) -> Floats:
    counts = np.maximum(candidates.spread(candidates.lengths.astype(np.float64)), 1.0)
    return 1.0 - (candidates.ranks - 1) / counts


def _bounds(candidates: Candidates) -> tuple[Floats, Floats]:
    """Return the lowest and the highest score of each source and query, ``[s, q]``; 0 where it found nothing."""
    low = candidates.reduce(np.minimum, np.where(candidates.found, candidates.scores, np.inf))
    high = candidates.reduce(np.maximum, np.where(candidates.found, candidates.scores, -np.inf))
    nothing = candidates.lengths == 0
    return np.where(nothing, 0.0, low), np.where(nothing, 0.0, high)


def _moments(candidates: Candidates, lost: int) -> tuple[Floats, Floats]:
    """Return ``score - mean`` and the standard deviation with divisor ``n - lost``, both ``[s, n]``.

    The deviation is exactly 0 where all scores are equal, which a sum of squares may miss by rounding.
    """
    counts = candidates.lengths.astype(np.float64)
    mean = candidates.reduce(np.add, candidates.scores) / np.maximum(counts, 1.0)
    centred = np.where(candidates.found, candidates.scores - candidates.spread(mean), 0.0)
    deviation = np.sqrt(candidates.reduce(np.add, centred**2) / np.maximum(counts - lost, 1.0))
    low, high = _bounds(candidates)
    return centred, candidates.spread(np.where(low == high, 0.0, deviation))


def _divide(values: Floats, by: Floats, instead: Floats | float) -> Floats:
    """Return ``values / by``, and ``instead`` where ``by`` is 0."""
    quotient: Floats = np.where(by > 0, values / np.where(by > 0, by, 1.0), instead)
    return quotient


_NORMALIZATIONS: Mapping[Normalization, Callable[[Candidates], Floats]] = {
    "none": _none,
    "min-max": _min_max,
    "z-score": _z_score,
    "dbsf": _dbsf,
    "sum": _sum,
    "rank": _rank,
    "calibrated": _none,
}
