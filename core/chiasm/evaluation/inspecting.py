"""Looks at the vectors of a store: the modality gap, before and after centring, and pairs searched both ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Ranking, Store
from chiasm.errors import EvaluationError
from chiasm.evaluation.comparison import compare
from chiasm.evaluation.figures import COLOURS, new_figure, save
from chiasm.evaluation.gap import Gap, centred, modality_gap
from chiasm.evaluation.judgements import Judgements
from chiasm.evaluation.results import Evaluation
from chiasm.evaluation.stored import FieldVectors, field_vectors, shared_spaces, space_of, unit
from chiasm.plan.model import Plan

SAMPLE = 5_000
"""Points of a field that are read at most to measure a gap."""

SHOWN = 1_000
"""Vectors of a field that a plot shows at most."""


@dataclass(frozen=True, slots=True, eq=False)
class FieldGap:
    """The gap between two fields of a store.

    Attributes:
        vector: Name of the vectors that they share.
        left: One field.
        right: The other.
        pairs: Documents that have both.
        before: As stored.
        after: With the mean of each field subtracted.
    """

    vector: str
    left: FieldVectors
    right: FieldVectors
    pairs: int
    before: Gap
    after: Gap

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "space": self.vector,
            "fields": [self.left.field, self.right.field],
            "vectors": [len(self.left.documents), len(self.right.documents)],
            "pairs": self.pairs,
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
        }


def field_gaps(plan: Plan, store: Store[Any], sample: int = SAMPLE) -> list[FieldGap]:
    """Measure the gap between every two fields that share a space.

    Args:
        plan: The plan that wrote the store.
        store: Open.
        sample: Points of each field that are read at most.

    Raises:
        EvaluationError: No two fields of the store share a space.
        StoreError: The store failed.
    """
    found = []
    for vector, fields in shared_spaces(plan, store).items():
        read = {name: field_vectors(plan, store, vector, name, sample) for name in fields}
        usable = [each for each in read.values() if len(each.documents) > 1]
        found += [_gap(vector, left, right) for left, right in combinations(usable, 2)]
    if not found:
        raise EvaluationError(
            "no two fields in the store share a space of dense vectors, so there is no gap to measure",
            where=store.location,
        )
    return found


def _gap(vector: str, left: FieldVectors, right: FieldVectors) -> FieldGap:
    rows = {name: at for at, name in enumerate(right.documents)}
    pairs = [(at, rows[name]) for at, name in enumerate(left.documents) if name in rows]
    before = modality_gap(left.vectors, right.vectors, pairs)
    after = modality_gap(centred(left.vectors), centred(right.vectors), pairs)
    return FieldGap(vector, left, right, len(pairs), before, after)


def draw_gaps(gaps: list[FieldGap], path: Path) -> None:
    """Draw each gap before and after centring, on the first two principal components of both fields together.

    Raises:
        EvaluationError: The file is neither PNG nor SVG, or cannot be written.
    """
    figure, panels = new_figure(9.0, 3.9 * len(gaps), len(gaps), 2)
    for row, gap in zip(panels, gaps, strict=True):
        sides = (gap.left, gap.right)
        steps: tuple[tuple[str, Callable[[NDArray[Any]], NDArray[np.float64]], Gap], ...] = (
            ("as stored", unit, gap.before),
            ("centred", centred, gap.after),
        )
        for panel, (title, prepare, measured) in zip(row, steps, strict=True):
            clouds = [prepare(side.vectors)[:SHOWN] for side in sides]
            for cloud, side, colour in zip(_projected(clouds), sides, COLOURS, strict=False):
                panel.scatter(cloud[:, 0], cloud[:, 1], s=7, alpha=0.5, linewidths=0, color=colour, label=side.field)
            panel.set_title(f"{gap.vector}, {title}: distance {measured.distance:.2f}", loc="left", fontsize=10)
            panel.set_aspect("equal", adjustable="datalim")
        row[0].legend(fontsize=8, frameon=False)
    save(figure, path)


def _projected(clouds: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    rows = np.concatenate(clouds)
    _, _, axes = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    flat = (rows - rows.mean(axis=0)) @ axes[:2].T
    return np.split(flat, np.cumsum([len(cloud) for cloud in clouds])[:-1])


def evaluate_pairs(
    plan: Plan, store: Store[Any], fields: tuple[str, str], measures: tuple[str, ...], depth: int, seed: int = 0
) -> Evaluation:
    """Search the documents that have both fields by their own stored vectors, from one field to the other and back.

    Each such document is a query, and the one answer is the document itself. Both directions are measured with the
    vectors as they are stored, and with the mean of each field subtracted.

    Raises:
        EvaluationError: The fields share no space, fewer than two documents have both, or a measure is unknown.
        StoreError: The store failed.
    """
    vector = space_of(plan, fields)
    left, right = (field_vectors(plan, store, vector, name) for name in fields)
    both = [name for name in left.documents if name in set(right.documents)]
    if len(both) < 2:
        raise EvaluationError(
            f"{len(both)} documents have both {fields[0]!r} and {fields[1]!r}, and two are the least to search among",
            where=store.location,
        )
    a, b = left.of(both), right.of(both)
    judgements = Judgements({name: {name: 1} for name in both})
    runs = {
        f"{first} -> {second}{note}": _nearest(both, prepare(queries), prepare(targets), depth)
        for note, prepare in (("", unit), (", centred", centred))
        for first, second, queries, targets in ((*fields, a, b), (*fields[::-1], b, a))
    }
    return Evaluation(judgements, compare(judgements, runs, measures, seed=seed), runs)


def _nearest(
    names: list[str], queries: NDArray[np.float64], targets: NDArray[np.float64], depth: int
) -> dict[str, Ranking]:
    found = {}
    for start in range(0, len(names), 500):
        similarity = queries[start : start + 500] @ targets.T
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :depth]
        for name, row, places in zip(names[start : start + 500], similarity, order, strict=True):
            found[name] = Ranking(tuple(names[at] for at in places), row[places])
    return found
