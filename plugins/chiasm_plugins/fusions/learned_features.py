"""What the learned late fusion looks at: the scores and ranks that each source gives a candidate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Candidates
from chiasm_plugins.fusions.normalization import normalize

FEATURES = ("found", "score", "min-max", "reciprocal rank")
"""By source: whether it found the candidate; its score; its score within the query from 0 to 1; ``10 / (10 + rank)``.

What a source did not find has the score of the last that it found for the query, and 0 otherwise.
"""

_RANK_CONSTANT = 10


def features(candidates: Candidates, sources: tuple[str, ...]) -> NDArray[np.float64]:
    """Return float64 ``[n, len(sources) * len(FEATURES)]``, for sources that the candidates lack as if they found none.

    Args:
        candidates: Of any sources.
        sources: Those that are looked at, in the order of the columns.
    """
    found = candidates.found
    scores = normalize(candidates, "none")
    columns = np.stack(
        [
            found.astype(np.float64),
            np.where(found, scores.values, scores.lowest),
            normalize(candidates, "min-max").values,
            np.where(found, _RANK_CONSTANT / (_RANK_CONSTANT + candidates.ranks), 0.0),
        ],
        axis=1,
    )
    nothing = np.zeros((len(FEATURES), len(candidates)))
    rows = [columns[candidates.sources.index(each)] if each in candidates.sources else nothing for each in sources]
    return np.concatenate(rows).T
