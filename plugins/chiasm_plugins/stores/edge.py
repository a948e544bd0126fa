"""The embedded store: Qdrant's engine in this process, in a folder that one process holds at a time."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import qdrant_edge as engine

from chiasm.contracts import (
    Capabilities,
    Component,
    FusedQuery,
    Point,
    ScoredPoint,
    Store,
    StoreSchema,
    VectorQuery,
)
from chiasm.contracts.store import Mode
from chiasm.errors import StoreError
from chiasm.filters import Filter
from chiasm_plugins.stores.edge_folder import Description, EdgeFolder
from chiasm_plugins.stores.edge_params import EdgeParams
from chiasm_plugins.stores.edge_points import from_payload, from_record, to_point
from chiasm_plugins.stores.edge_queries import Questions, to_filter
from chiasm_plugins.stores.edge_shard import open_shard
from chiasm_plugins.stores.engine_errors import as_store_error
from chiasm_plugins.stores.fused_options import FUSIONS
from chiasm_plugins.stores.lock import FolderLock
from chiasm_plugins.stores.plain_vectors import PlainSparse, PlainVector, plain_points
from chiasm_plugins.stores.storable import require_storable

_OPERATION_POINTS = 1_000
"""Points in one operation of the engine: one record of its log, and one call in which nothing else runs."""

_DISK_PER_FLOAT = 16
"""Bytes on the disk for a vector's float, in the log and in the segment: 10 were measured at 384 dimensions."""


class EdgeStore(Store[EdgeParams]):
    """Points in a folder, kept by ``qdrant_edge``.

    Writes go to the engine's log first, so points survive the death of the process as soon as ``upsert`` has returned.
    The engine's calls hold the interpreter lock, and ``optimize`` does so for as long as it builds.

    Example:
        >>> store = EdgeStore(EdgeParams(path="pictures"))
        >>> store.location, store.stored_schema()
        ('pictures', None)
    """

    def __init__(self, params: EdgeParams, parts: Mapping[str, Component[Any]] | None = None) -> None:
        super().__init__(params, parts)
        self._folder = EdgeFolder(params.path.expanduser())
        self._lock = FolderLock(self._folder.path)
        self._shard: engine.EdgeShard | None = None
        self._mode: Mode = "read"
        self._schema = StoreSchema({})
        self._unindexed: Counter[str] = Counter()
        self._unflushed = 0

    @property
    def capabilities(self) -> Capabilities:
        """Sparse vectors with IDF, multi-vectors, RRF, DBSF and formulas over them; one process at a time."""
        return Capabilities(fusions=FUSIONS)

    @property
    def location(self) -> str:
        """The folder."""
        return str(self._folder.path)

    @property
    def folder(self) -> Path:
        """The folder, which the journal of runs lies in too."""
        return self._folder.path

    def stored_schema(self) -> StoreSchema | None:
        """Read the description beside the shard, without opening that; see ``Store.stored_schema``."""
        description = self._folder.describe()
        return description.schema if description else None

    def open(self, schema: StoreSchema, mode: Mode = "write") -> None:
        """Take the folder's lock and open the shard; see ``Store.open``.

        Reading takes the lock too: an opener that the engine refuses would still damage the owner's next flush.
        """
        self.close()
        if mode == "read" and not self._folder.shard.exists():
            raise StoreError("there is no store here", where=self.location, fix=_MAKE_ONE)
        self._lock.acquire(self.params.lock_timeout)
        try:
            self._shard, opened = open_shard(self._folder, schema, mode, self.params)
        except BaseException:
            self._lock.release()
            raise
        self._mode, self._schema = mode, opened.schema
        self._unindexed, self._unflushed = Counter(opened.unindexed), 0

    def upsert(self, points: Sequence[Point]) -> None:
        """Write points, each dense vector unindexed until ``optimize``; see ``Store.upsert``."""
        shard = self._writable()
        require_storable(points, self.location)
        vectors = plain_points(points, self._schema.spaces, self.location)
        with as_store_error("a point is not one that can be stored", self.location):
            stored = [to_point(each.id, plain, each.payload) for each, plain in zip(points, vectors, strict=True)]
        self._folder.require_room(_disk_bytes(points, vectors), self.params.reserve_mb)
        with as_store_error("the points could not be written", self.location):
            for start in range(0, len(stored), _OPERATION_POINTS):
                shard.update(engine.UpdateOperation.upsert_points(stored[start : start + _OPERATION_POINTS]))
        self._unindexed.update(name for plain in vectors for name in plain if self._is_dense(name))
        self._note_written(len(points))

    def search(self, queries: Sequence[VectorQuery | FusedQuery]) -> list[list[ScoredPoint]]:
        """Answer queries in one call of the engine; equal scores are ordered by id. See ``Store.search``."""
        shard = self._opened()
        questions = Questions(self._schema.spaces, self.params, self.location)
        requests = [questions.request(query) for query in queries]
        with as_store_error("the search failed", self.location):
            answers = shard.query_batch(engine.QueryBatchRequest(requests)) if requests else []
        return [self._ranked(query, answer) for query, answer in zip(queries, answers, strict=True)]

    def retrieve(self, ids: Sequence[str], with_vectors: bool = False) -> list[Point]:
        """Return points by id; vectors of a cosine space come back with length 1. See ``Store.retrieve``."""
        shard = self._opened()
        with as_store_error("the points could not be read", self.location):
            wanted: list[int | uuid.UUID | str] = [uuid.UUID(each) for each in ids]
            records = {record.id: record for record in shard.retrieve(wanted, True, with_vectors)}
        return [from_record(records[each]) for each in wanted if each in records]

    def delete(self, filter: Filter) -> None:
        """Delete what the filter matches; see ``Store.delete``."""
        shard = self._writable()
        condition = to_filter(filter)
        self._folder.require_room(0, self.params.reserve_mb)
        with as_store_error("the points could not be deleted", self.location):
            shard.update(engine.UpdateOperation.delete_points_by_filter(condition))
        self._note_written(1)

    def count(self, filter: Filter | None = None) -> int:
        """Count exactly; see ``Store.count``."""
        shard = self._opened()
        request = engine.CountRequest(exact=True, filter=None if filter is None else to_filter(filter))
        with as_store_error("the points could not be counted", self.location):
            return int(shard.count(request))

    def scroll(self, filter: Filter | None = None, batch: int = 1000) -> Iterator[Point]:
        """Yield points in order of id, ``batch`` of them read at a time; see ``Store.scroll``."""
        condition = None if filter is None else to_filter(filter)
        offset = None
        while True:
            request = engine.ScrollRequest(
                offset=offset, limit=batch, filter=condition, with_payload=True, with_vector=False
            )
            with as_store_error("the points could not be read", self.location):
                records, offset = self._opened().scroll(request)
            yield from map(from_record, records)
            if offset is None:
                return

    def flush(self) -> None:
        """Write everything to disk, so that the log need not be replayed; see ``Store.flush``."""
        shard = self._writable()
        with as_store_error("the store could not be flushed", self.location):
            shard.flush()
        self._unflushed = 0
        self._save()

    def optimize(self) -> None:
        """Build the index of what is unindexed, where that is ``params.index_after`` vectors or more.

        Every thread of the process stands still meanwhile: about 11 s for 100 000 vectors of 384 dimensions on two
        cores. Killed in it, the store opens as it was before.

        Raises:
            StoreError: The disk has no room for a second copy of the store, or building failed.
        """
        shard = self._writable()
        self._folder.require_room(self._folder.nbytes(), self.params.reserve_mb)
        # Notes on the disk what is unindexed: killed while it builds, the store must still ask for it.
        self.flush()
        with as_store_error("the index could not be built", self.location):
            shard.optimize()
        self._unindexed = Counter({name: n for name, n in self._unindexed.items() if n < self.params.index_after})
        self.flush()

    def remove(self) -> None:
        """Close the store and delete it, but no other files of the folder; see ``Store.remove``."""
        self.close()
        if not self._folder.path.exists():
            return
        self._lock.acquire(self.params.lock_timeout)
        try:
            self._folder.remove()
        finally:
            self._lock.release()

    @property
    def wants_optimizing(self) -> bool:
        """Whether ``params.index_after`` vectors of one name wait unindexed.

        The default of 20 000 is where waiting is felt: 20 000 vectors of 384 dimensions make each search 2.5 ms longer,
        and take 2 to 4 s to index.
        """
        return max(self._unindexed.values(), default=0) >= self.params.index_after

    def close(self) -> None:
        """Flush and close the shard, and let the folder go."""
        try:
            if self._shard is not None and self._mode == "write":
                self.flush()
        finally:
            self._let_go()

    def _ranked(self, query: VectorQuery | FusedQuery, answer: Sequence[engine.ScoredPoint]) -> list[ScoredPoint]:
        is_distance = isinstance(query, VectorQuery) and self._schema.spaces[query.name].metric == "euclid"
        sign = -1.0 if is_distance else 1.0
        found = [ScoredPoint(str(hit.id), sign * hit.score, from_payload(hit.payload)) for hit in answer]
        return sorted(found, key=lambda hit: (-hit.score, hit.id))

    def _is_dense(self, name: str) -> bool:
        return self._schema.spaces[name].kind == "dense"

    def _note_written(self, count: int) -> None:
        self._unflushed += count
        if self._unflushed >= self.params.flush_every:
            self.flush()

    def _save(self) -> None:
        self._folder.write(Description(self._schema, self._unindexed))

    def _opened(self) -> engine.EdgeShard:
        if self._shard is None:
            raise StoreError("the store is not open", where=self.location, fix="Call open() first.")
        return self._shard

    def _writable(self) -> engine.EdgeShard:
        if self._shard is not None and self._mode == "read":
            raise StoreError("the store is open for reading only", where=self.location, fix="Open it in mode 'write'.")
        return self._opened()

    def _let_go(self) -> None:
        shard, self._shard = self._shard, None
        try:
            if shard is not None:
                with as_store_error("the store could not be closed", self.location):
                    shard.close()
        finally:
            self._lock.release()


_MAKE_ONE = "Make one with `chiasm index FOLDER`, or name another with --store."


def _disk_bytes(points: Sequence[Point], vectors: Sequence[Mapping[str, PlainVector]]) -> int:
    """Return what points will take on the disk, about: their floats and the texts of their payload."""
    floats = sum(_size(vector) for plain in vectors for vector in plain.values())
    text = sum(len(value) for point in points for value in point.payload.values() if isinstance(value, str))
    return floats * _DISK_PER_FLOAT + 8 * text


def _size(vector: PlainVector) -> int:
    if isinstance(vector, PlainSparse):
        return len(vector.indices) + len(vector.values)
    row = vector[0] if vector else 0.0
    return len(vector) * (len(row) if isinstance(row, list) else 1)
