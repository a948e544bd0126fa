"""What becomes of an index when modalities disappear: documents lose their pictures, say, and nothing is encoded again.

The store is copied to a temporary one, and there documents lose every point that came from a modality, translations
of it too. Vectors that were fused from several fields are fused again from those that are left, with the pipeline's own
fusion, so its way with missing fields is what is measured.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Point, Store
from chiasm.contracts.encoder import SparseVector
from chiasm.errors import EvaluationError, nearest_names
from chiasm.evaluation.intervals import Interval
from chiasm.filters import In
from chiasm.fusion.documents import fuse_documents
from chiasm.plan.model import FuseStep, Plan
from chiasm.space import EmbeddingSpace

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)

BATCH = 500


@dataclass(frozen=True, slots=True)
class Curve:
    """A system's figure as ever more is dropped.

    Attributes:
        system: Name of the system.
        dropped: Modalities that disappear, together.
        shares: Of the documents, or queries, that lose them; ascending.
        figures: The main measure's figure at each.
        intervals: Its 95% bootstrap interval at each.
    """

    system: str
    dropped: tuple[str, ...]
    shares: tuple[float, ...]
    figures: tuple[float, ...]
    intervals: tuple[Interval, ...]


def check_modalities(dropped: Sequence[str], plan: Plan) -> None:
    """Refuse modalities that documents of the pipeline cannot have.

    Raises:
        EvaluationError: With the nearest one.
    """
    known = sorted({plan.fields[name] for name in plan.base_fields})
    for name in dropped:
        if name not in known:
            raise EvaluationError(
                f"documents have no items of modality {name!r} to drop; they have {', '.join(known)}",
                nearest=nearest_names(name, known),
            )


def chosen(ids: Collection[str], shares: Sequence[float], seed: int) -> list[frozenset[str]]:
    """Return for each share the ids that lose something; a greater share takes all that a smaller one does."""
    order = np.random.default_rng(seed).permutation(sorted(ids)).tolist()
    return [frozenset(order[: round(share * len(order))]) for share in shares]


class ThinnedStore:
    """A copy of a store whose documents lose modalities, more and more of them.

    Args:
        plan: The plan that both follow.
        whole: Open; only read.
        copy: Open for writing, and empty.
    """

    def __init__(self, plan: Plan, whole: Store[Any], copy: Store[Any]) -> None:
        self._plan = plan
        self._whole = whole
        self._copy = copy
        self._points: dict[str, list[str]] = {}
        self._modalities: dict[str, frozenset[str]] = {}
        self._lost: frozenset[str] = frozenset()
        for batch in _batches(whole):
            copy.upsert(batch)
            for point in batch:
                document = point.payload["doc"]
                self._points.setdefault(document, []).append(point.id)
                self._modalities[document] = frozenset(point.payload.get("modalities", ()))
        copy.optimize()

    def having(self, modalities: Collection[str]) -> list[str]:
        """Return the ids of the documents that have an item of one of the modalities."""
        return [document for document, has in self._modalities.items() if has.intersection(modalities)]

    def drop(self, modalities: Sequence[str], documents: frozenset[str]) -> None:
        """Take modalities from these documents; those that lost them before are not given them back."""
        losing = sorted(documents - self._lost)
        self._lost |= documents
        for start in range(0, len(losing), BATCH):
            some = losing[start : start + BATCH]
            self._copy.delete(In("doc", tuple(some)))
            kept = [point for document in some for point in self._without(document, modalities)]
            if kept:
                self._copy.upsert(kept)

    def _without(self, document: str, modalities: Sequence[str]) -> Iterator[Point]:
        points = self._whole.retrieve(self._points[document], with_vectors=True)
        fused = {step.target: step for step in self._plan.fusions}
        left = [
            point
            for point in points
            if point.payload["source_modality"] not in modalities and point.payload["field"] not in fused
        ]
        has = [name for name in self._plan.base_fields if self._plan.fields[name] in self._modalities[document]]
        kept = [name for name in has if self._plan.fields[name] not in modalities]
        changed = {
            "modalities": [name for name in points[0].payload["modalities"] if name not in modalities],
            "reach": list(self._plan.vectors_reachable_from(kept)),
        }
        yield from (_changed(point, point.vectors, changed) for point in left)
        for point in points:
            step = fused.get(point.payload["field"])
            vector = fused_vector(step, self._plan.spaces, left) if step else None
            if step is not None and vector is not None:
                yield _changed(point, {step.vector: vector}, changed)


def fused_vector(
    step: FuseStep, spaces: Mapping[str, EmbeddingSpace], points: Sequence[Point]
) -> NDArray[np.float32] | None:
    """Return what a fusion makes of a document's points, float32 ``[dim]``; ``None`` where no field is left to fuse."""
    given: dict[str, NDArray[np.float32]] = {}
    for name, vector in step.sources:
        rows = [
            found
            for point in points
            if point.payload["field"] == name
            and isinstance(found := point.vectors.get(vector), np.ndarray)
            and not isinstance(found, SparseVector)
        ]
        if rows:
            given[name] = np.vstack(rows) if step.fusion.sequences else _mean(rows, spaces[vector])
    return np.ravel(fuse_documents(step, spaces, [given])) if given else None


def _mean(rows: Sequence[NDArray[np.float32]], space: EmbeddingSpace) -> NDArray[np.float32]:
    mean: NDArray[np.float64] = np.mean(np.asarray(rows, dtype=np.float64), axis=0)
    length = float(np.linalg.norm(mean))
    if space.normalization == "l2" and length > 0:
        mean /= length
    return mean.astype(np.float32)


def _changed(point: Point, vectors: Mapping[str, Any], payload: Mapping[str, Any]) -> Point:
    return replace(point, vectors=vectors, payload={**point.payload, **payload})


def _batches(store: Store[Any]) -> Iterator[list[Point]]:
    ids: list[str] = []
    for point in store.scroll():
        ids.append(point.id)
        if len(ids) == BATCH:
            yield store.retrieve(ids, with_vectors=True)
            ids = []
    if ids:
        yield store.retrieve(ids, with_vectors=True)
