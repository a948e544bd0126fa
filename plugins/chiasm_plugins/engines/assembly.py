"""From vectors to points: parts are joined, pooled and fused, and a document is finished when nothing is missing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Point, Sink, SparseVector, Vector, check_vectors
from chiasm.fusion.documents import fuse_documents
from chiasm.media import Document, TimeSpan
from chiasm.plan import EncodeStep, FuseStep, Plan
from chiasm.run.parts import Origin, Part, make_point
from chiasm.run.reading import PLUGIN_ERRORS, failure_of
from chiasm.space import EmbeddingSpace

K = TypeVar("K")


@dataclass(slots=True)
class _Mean:
    """A running mean of vectors."""

    total: NDArray[np.float64]
    count: int = 1

    def add(self, vector: NDArray[np.float32]) -> None:
        self.total += vector
        self.count += 1

    def value(self, space: EmbeddingSpace) -> NDArray[np.float32]:
        mean = self.total / self.count
        norm = float(np.linalg.norm(mean))
        return (mean / norm if space.normalization == "l2" and norm > 0 else mean).astype(np.float32)


@dataclass(slots=True)
class _Pool:
    """Vectors of the parts of one field in one stretch of time."""

    part: Part
    means: dict[str, _Mean] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    """A document under way."""

    document: Document
    missing: int = 0
    read: bool = False
    pools: dict[tuple[str, str, int], _Pool] = field(default_factory=dict)
    means: dict[tuple[str, str], _Mean] = field(default_factory=dict)
    sequences: dict[tuple[str, str], list[NDArray[np.float32]]] = field(default_factory=dict)

    def has(self, key: tuple[str, str]) -> bool:
        """Whether there are vectors to fuse of a field and name."""
        return key in self.means or key in self.sequences


class Assembly:
    """Documents under way.

    Args:
        plan: The plan.
        sink: Where points and finished documents go.
        write_points: Points given to the sink at once.
    """

    def __init__(self, plan: Plan, sink: Sink, write_points: int) -> None:
        self._plan = plan
        self._sink = sink
        self._write_points = write_points
        self._open: dict[str, _Open] = {}
        self._points: list[Point] = []
        self._complete: list[_Open] = []
        self._reach: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._averaged = {key for step in plan.fusions if not step.fusion.sequences for key in step.sources}
        self._sequenced = {key for step in plan.fusions if step.fusion.sequences for key in step.sources}

    def begin(self, document: Document) -> None:
        """Open a document."""
        self._open[document.id] = _Open(document)

    def expect(self, document: Document, count: int) -> None:
        """Add results that the document has to wait for."""
        self._open[document.id].missing += count

    def wholly_read(self, document: Document) -> None:
        """Nothing more will be expected but what translators under way give."""
        state = self._open[document.id]
        state.read = True
        self._complete_if_due(state)

    def deliver(self, part: Part, step: EncodeStep, vector: Vector) -> None:
        """Take one expected vector of a part."""
        state = self._open[part.document.id]
        key = (part.field, step.vector)
        if not isinstance(vector, SparseVector):
            if key in self._averaged:
                _add_to_mean(state.means, key, vector)
            if key in self._sequenced:
                state.sequences.setdefault(key, []).append(np.atleast_2d(vector))
        if step.pool == "none":
            part.vectors[step.vector] = vector
        elif not isinstance(vector, SparseVector):
            self._pool(state, part, step, vector)
        self._part_settled(part)
        self.settle(part.document)

    def missed(self, part: Part) -> None:
        """One expected vector of a part will not come; what else the part has is kept."""
        self._part_settled(part)
        self.settle(part.document)

    def settle(self, document: Document) -> None:
        """One expected result of the document has come, or will not."""
        state = self._open[document.id]
        state.missing -= 1
        self._complete_if_due(state)

    def drain(self) -> None:
        """Give everything that is complete to the sink."""
        self._flush()

    def _part_settled(self, part: Part) -> None:
        if not part.prepared and part.vectors:
            self._emit(self._point(part))

    def _pool(self, state: _Open, part: Part, step: EncodeStep, vector: NDArray[np.float32]) -> None:
        whole = step.pool == "mean" or not isinstance(part.span, TimeSpan)
        stretch = -1 if whole else int(part.span.start // float(step.pool))  # type: ignore[union-attr]
        key = (part.field, part.origin.key.partition(">")[0], stretch)
        pool = state.pools.get(key)
        if pool is None:
            origin = Origin(key[1], part.origin.modality, part.origin.path)
            span = None if whole else part.span
            pool = state.pools[key] = _Pool(Part(part.document, part.field, origin, span, dict(part.payload)))
        elif isinstance(pool.part.span, TimeSpan) and isinstance(part.span, TimeSpan):
            start, end = min(pool.part.span.start, part.span.start), max(pool.part.span.end, part.span.end)
            pool.part.span = TimeSpan(start, end)
        _add_to_mean(pool.means, step.vector, vector)

    def _complete_if_due(self, state: _Open) -> None:
        if not state.read or state.missing:
            return
        del self._open[state.document.id]
        for pool in state.pools.values():
            span = pool.part.span
            pool.part.payload.pop("span", None)
            if span is not None:
                pool.part.payload["span"] = span.to_payload()
            pool.part.vectors.update({name: mean.value(self._plan.spaces[name]) for name, mean in pool.means.items()})
            self._emit(self._point(pool.part))
        self._complete.append(state)
        if len(self._complete) >= self._write_points:
            self._flush()

    def _point(self, part: Part) -> Point:
        fields = tuple(part.document.fields)
        if fields not in self._reach:
            self._reach[fields] = self._plan.vectors_reachable_from(fields)
        return make_point(part, self._reach[fields])

    def _emit(self, point: Point) -> None:
        self._points.append(point)
        if len(self._points) >= self._write_points:
            self._flush()

    def _flush(self) -> None:
        complete, self._complete = self._complete, []
        for step in self._plan.fusions:
            due = [state for state in complete if any(state.has(each) for each in step.sources)]
            self._fuse(step, due)
        points, self._points = self._points, []
        if points:
            self._sink.write(points)
        for state in complete:
            self._sink.finish(state.document)

    def _fuse(self, step: FuseStep, states: Sequence[_Open]) -> None:
        if not states:
            return
        started, errors = time.perf_counter(), 0
        try:
            fused = self._fused(step, states)
            check_vectors(fused, len(states), self._plan.spaces[step.vector], step.by.name)
        except PLUGIN_ERRORS as error:
            errors = len(states)
            for state in states:
                origin = Origin(step.target, "fused", "")
                self._sink.fail(failure_of(state.document.id, origin, "fuse", error, step.by.name))
        else:
            for state, vector in zip(states, fused, strict=True):
                self._points.append(self._point(_fused_part(state, step, vector)))
        self._sink.stage(f"fuse {step.by.name}", len(states), time.perf_counter() - started, errors)

    def _fused(self, step: FuseStep, states: Sequence[_Open]) -> NDArray[np.float32]:
        if step.fusion.sequences:
            return fuse_documents(step, self._plan.spaces, [_sequences(state, step) for state in states])
        given = [
            {key[0]: state.means[key].value(self._plan.spaces[key[1]]) for key in step.sources if key in state.means}
            for state in states
        ]
        return fuse_documents(step, self._plan.spaces, given)


def _sequences(state: _Open, step: FuseStep) -> dict[str, NDArray[np.float32]]:
    return {key[0]: np.vstack(state.sequences[key]) for key in step.sources if key in state.sequences}


def _add_to_mean(means: dict[K, _Mean], key: K, vector: NDArray[np.float32]) -> None:
    if key in means:
        means[key].add(vector)
    else:
        means[key] = _Mean(vector.astype(np.float64))


def _fused_part(state: _Open, step: FuseStep, vector: NDArray[np.float32]) -> Part:
    items = [item for items in state.document.fields.values() for item in items]
    first = next((item for item in items if item.source and item.source.path), items[0])
    origin = Origin(step.target, first.modality, first.name if first.source and first.source.path else "")
    return Part(state.document, step.target, origin, None, {"modality": "fused"}, vectors={step.vector: vector})
