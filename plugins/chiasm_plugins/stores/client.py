"""The store on a Qdrant server or cluster, or in qdrant-client's local mode."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from qdrant_client import models

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
from chiasm_plugins.stores.client_collection import folder_schema, missing, open_collection, read_schema
from chiasm_plugins.stores.client_connection import Connection
from chiasm_plugins.stores.client_params import IN_MEMORY, QdrantParams
from chiasm_plugins.stores.client_queries import Questions, to_filter
from chiasm_plugins.stores.client_schema import from_record, to_point
from chiasm_plugins.stores.engine_errors import as_store_error
from chiasm_plugins.stores.fused_options import FUSIONS
from chiasm_plugins.stores.lock import FolderLock
from chiasm_plugins.stores.plain_vectors import plain_points
from chiasm_plugins.stores.storable import require_storable


class QdrantStore(Store[QdrantParams]):
    """Points in a collection of a Qdrant server, cluster, folder or memory.

    A server builds its indexes by itself, so ``optimize`` has nothing to do. Local mode, of a folder or of memory, has
    no index and no payload index; a folder is held by one process at a time, and memory is gone when it is closed.

    Example:
        >>> QdrantStore(QdrantParams(url="http://localhost:6333", collection="pictures")).location
        'http://localhost:6333, collection pictures'
    """

    def __init__(self, params: QdrantParams, parts: Mapping[str, Component[Any]] | None = None) -> None:
        super().__init__(params, parts)
        self._folder = params.path.expanduser() if params.path and params.path != IN_MEMORY else None
        self._lock = FolderLock(self._folder) if self._folder else None
        self._connection: Connection | None = None
        self._mode: Mode = "read"
        self._schema = StoreSchema({})

    @property
    def capabilities(self) -> Capabilities:
        """Sparse vectors with IDF, multi-vectors, RRF, DBSF and formulas over them; many processes by a server."""
        return Capabilities(fusions=FUSIONS, concurrent_processes=self.params.url is not None)

    @property
    def location(self) -> str:
        """The URL, folder or ``:memory:``, and the collection."""
        return f"{self.params.url or self._folder or IN_MEMORY}, collection {self.params.collection}"

    @property
    def folder(self) -> Path | None:
        """The folder of local mode; ``None`` for a server and in memory."""
        return self._folder

    def stored_schema(self) -> StoreSchema | None:
        """Read the collection's metadata: from the server, or from the folder without opening it."""
        if self._connection is not None:
            return read_schema(self._connection, self.params.collection, self.location)
        if self._folder is not None:
            return folder_schema(self._folder, self.params.collection, self.location)
        if self.params.url is None:
            return None
        connection = Connection(self.params, self.location)
        try:
            return read_schema(connection, self.params.collection, self.location)
        finally:
            connection.close()

    def open(self, schema: StoreSchema, mode: Mode = "write") -> None:
        """Connect, and make or extend the collection; see ``Store.open``."""
        self.close()
        if mode == "read" and self._folder is not None and self.stored_schema() is None:
            raise missing(self.location)
        if self._lock:
            self._lock.acquire(self.params.lock_timeout)
        try:
            self._connection = Connection(self.params, self.location)
            self._schema = open_collection(self._connection, schema, mode, self.params, self.location)
            self._mode = mode
        except BaseException:
            self.close()
            raise

    def upsert(self, points: Sequence[Point]) -> None:
        """Write points in batches, each acknowledged before the next is sent; see ``Store.upsert``."""
        connection = self._writable()
        require_storable(points, self.location)
        vectors = plain_points(points, self._schema.spaces, self.location)
        with as_store_error("a point is not one that can be stored", self.location):
            stored = [to_point(point, plain) for point, plain in zip(points, vectors, strict=True)]
        for start in range(0, len(stored), self.params.batch):
            connection.call(
                "the points could not be written",
                connection.client.upsert,
                self.params.collection,
                stored[start : start + self.params.batch],
                wait=True,
            )

    def search(self, queries: Sequence[VectorQuery | FusedQuery]) -> list[list[ScoredPoint]]:
        """Answer queries in one request; equal scores are ordered by id. See ``Store.search``."""
        connection = self._opened()
        questions = Questions(self._schema.spaces, self.params if self.params.url else None, self.location)
        requests = [questions.request(query) for query in queries]
        if not requests:
            return []
        answers = connection.call(
            "the search failed", connection.client.query_batch_points, self.params.collection, requests
        )
        return [self._ranked(query, answer.points) for query, answer in zip(queries, answers, strict=True)]

    def retrieve(self, ids: Sequence[str], with_vectors: bool = False) -> list[Point]:
        """Return points by id; vectors of a cosine space come back with length 1. See ``Store.retrieve``."""
        connection = self._opened()
        with as_store_error("the points could not be read", self.location):
            wanted = [str(uuid.UUID(each)) for each in ids]
        records = connection.call(
            "the points could not be read",
            connection.client.retrieve,
            self.params.collection,
            wanted,
            with_payload=True,
            with_vectors=with_vectors,
        )
        found = {str(record.id): from_record(record) for record in records}
        return [found[each] for each in wanted if each in found]

    def delete(self, filter: Filter) -> None:
        """Delete what the filter matches; see ``Store.delete``."""
        connection = self._writable()
        connection.call(
            "the points could not be deleted",
            connection.client.delete,
            self.params.collection,
            models.FilterSelector(filter=to_filter(filter)),
            wait=True,
        )

    def count(self, filter: Filter | None = None) -> int:
        """Count exactly; see ``Store.count``."""
        connection = self._opened()
        answer = connection.call(
            "the points could not be counted",
            connection.client.count,
            self.params.collection,
            count_filter=to_filter(filter),
            exact=True,
        )
        return int(answer.count)

    def scroll(self, filter: Filter | None = None, batch: int = 1000) -> Iterator[Point]:
        """Yield points in order of id, ``batch`` of them in a request; see ``Store.scroll``."""
        offset: Any = None
        while True:
            connection = self._opened()
            records, offset = connection.call(
                "the points could not be read",
                connection.client.scroll,
                self.params.collection,
                scroll_filter=to_filter(filter),
                limit=batch,
                offset=offset,
                with_payload=True,
            )
            yield from map(from_record, records)
            if offset is None:
                return

    def flush(self) -> None:
        """Do nothing: what is acknowledged is on the server's disk, or in the folder."""
        self._opened()

    def optimize(self) -> None:
        """Do nothing: a server optimizes by itself, and local mode has no index."""
        self._opened()

    def remove(self) -> None:
        """Close the connection and delete the collection, but no other; see ``Store.remove``."""
        self.close()
        if self.params.path == IN_MEMORY or (self._folder is not None and not self._folder.exists()):
            return
        if self._lock:
            self._lock.acquire(self.params.lock_timeout)
        try:
            self._connection = Connection(self.params, self.location)
            client = self._connection.client
            self._connection.call(
                "the collection could not be deleted", client.delete_collection, self.params.collection
            )
        finally:
            self.close()

    @property
    def wants_optimizing(self) -> bool:
        """Never; see ``optimize``."""
        return False

    def close(self) -> None:
        """Close the connection, and let a folder go."""
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                connection.close()
        finally:
            if self._lock:
                self._lock.release()

    def _ranked(self, query: VectorQuery | FusedQuery, answer: Sequence[models.ScoredPoint]) -> list[ScoredPoint]:
        is_distance = isinstance(query, VectorQuery) and self._schema.spaces[query.name].metric == "euclid"
        sign = -1.0 if is_distance else 1.0
        found = [ScoredPoint(str(hit.id), sign * hit.score, hit.payload or {}) for hit in answer]
        return sorted(found, key=lambda hit: (-hit.score, hit.id))

    def _opened(self) -> Connection:
        if self._connection is None:
            raise StoreError("the store is not open", where=self.location, fix="Call open() first.")
        return self._connection

    def _writable(self) -> Connection:
        if self._connection is not None and self._mode == "read":
            raise StoreError("the store is open for reading only", where=self.location, fix="Open it in mode 'write'.")
        return self._opened()
