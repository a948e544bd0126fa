"""Late fusions that learn from judged queries, measured on queries that they have not seen."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any, Protocol, cast

import numpy as np

from chiasm.contracts import LateFusion, Ranking
from chiasm.errors import EvaluationError
from chiasm.search.rankings import LegRankings

FOLDS = 5


class Trainable(Protocol):
    """A late fusion that learns from judged queries."""

    def fit(
        self,
        rankings: Mapping[str, Mapping[str, Ranking]],
        judgements: Mapping[str, Mapping[str, int]],
        available: Mapping[str, Collection[str]] | None = None,
    ) -> object:
        """Learn from rankings by source and query, and grades by query and id."""
        ...


def is_untrained(fusion: LateFusion[Any]) -> bool:
    """Return whether a fusion has a ``fit``, and no file of what it learnt as its param ``model``."""
    return callable(getattr(fusion, "fit", None)) and getattr(fusion.params, "model", None) is None


def cross_validated(
    fusion: LateFusion[Any],
    found: Mapping[str, LegRankings],
    judgements: Mapping[str, Mapping[str, int]],
    depth: int,
    *,
    folds: int = FOLDS,
    seed: int = 0,
) -> dict[str, Ranking]:
    """Join the legs of each query by a fusion that was trained on other queries.

    Queries are dealt into folds at random; those of each fold are joined by a copy of the fusion that learnt from all
    the others. The fusion itself is left as it was.

    Args:
        fusion: Has a ``fit``.
        found: What the legs of each query found.
        judgements: Grades by query and document.
        depth: Documents of each ranking at most.
        folds: Number of folds; as many as queries where there are fewer.
        seed: Of the dealing.

    Raises:
        EvaluationError: There are fewer than two queries.
        FusionError: The fusion cannot learn from the others of some fold.
    """
    if len(found) < 2:
        raise EvaluationError(
            "a fusion that learns is measured on other queries than it learnt from, and there is only one",
            fix="Give more queries, or train it before and name the file as its param 'model'.",
        )
    order = np.random.default_rng(seed).permutation(list(found)).tolist()
    run: dict[str, Ranking] = {}
    for at in range(min(folds, len(order))):
        held_out = frozenset(order[at::folds])
        seen = {query: each for query, each in found.items() if query not in held_out}
        learner = copy.deepcopy(fusion)
        cast(Trainable, learner).fit(_by_leg(seen), {query: judgements[query] for query in seen}, _available(seen))
        run |= {query: found[query].joined(learner, depth) for query in held_out}
    return {query: run[query] for query in found}


def _by_leg(found: Mapping[str, LegRankings]) -> dict[str, dict[str, Ranking]]:
    legs = dict.fromkeys(leg for each in found.values() for leg in each.rankings)
    return {leg: {query: each.rankings[leg] for query, each in found.items() if leg in each.rankings} for leg in legs}


def _available(found: Mapping[str, LegRankings]) -> dict[str, set[str]]:
    available: dict[str, set[str]] = {}
    for each in found.values():
        for leg, documents in each.available.items():
            available.setdefault(leg, set()).update(documents)
    return available
