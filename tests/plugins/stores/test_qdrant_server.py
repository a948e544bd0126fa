"""How the store talks to a server. A double of one answers, as little as each test needs: it searches nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from pydantic import ValidationError
from qdrant_client.conversions.conversion import RestToGrpc

from chiasm.contracts import FusedQuery, Point, SparseVector, StoreFusion, StoreSchema, VectorQuery
from chiasm.errors import StoreError
from chiasm.filters import Compare
from chiasm.space import EmbeddingSpace
from chiasm_plugins.stores.client import QdrantStore
from chiasm_plugins.stores.client_params import QdrantParams
from chiasm_plugins.stores.client_queries import Questions

SCHEMA = StoreSchema({"words": EmbeddingSpace("m", 2)}, {"doc": "keyword"})
ID = "00000000-0000-0000-0000-000000000001"


class ServerDouble(ThreadingHTTPServer):
    """Stands for a Qdrant server: keeps one collection's configuration, counts requests, and fails when told to.

    Attributes:
        requests: Method, path and body of each request.
        failures: Status codes with which the next requests fail.
        keeps_metadata: Whether it is as new as Qdrant 1.16, the first to keep metadata.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.failures: list[int] = []
        self.config: dict[str, Any] | None = None
        self.keeps_metadata = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, method: str, path: str, body: Any) -> Any:
        if path.endswith("/exists"):
            return {"exists": self.config is not None}
        if method == "PUT" and path == "/collections/chiasm":
            self.config = body
        if method == "DELETE" and path == "/collections/chiasm":
            self.config = None
        if method == "PATCH":
            assert self.config is not None
            self.config["metadata"] |= body["metadata"]
        if method == "GET" and path == "/collections/chiasm":
            return self._info()
        if path.startswith("/collections/chiasm/points") or path.startswith("/collections/chiasm/index"):
            return {"operation_id": 1, "status": "completed"}
        return True

    def _info(self) -> dict[str, Any]:
        assert self.config is not None
        hnsw = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000}
        optimizer = {
            "deleted_threshold": 0.2,
            "vacuum_min_vector_number": 1000,
            "default_segment_number": 0,
            "flush_interval_sec": 5,
        }
        return {
            "status": "green",
            "optimizer_status": "ok",
            "segments_count": 1,
            "payload_schema": {},
            "config": {
                "params": {"vectors": self.config["vectors"]},
                "hnsw_config": hnsw,
                "optimizer_config": optimizer,
                "metadata": self.config.get("metadata") if self.keeps_metadata else None,
            },
        }


class _Handler(BaseHTTPRequestHandler):
    server: ServerDouble
    protocol_version: ClassVar[str] = "HTTP/1.1"

    def _respond(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        path = self.path.partition("?")[0]
        self.server.requests.append((self.command, path, body))
        self.server.headers.append(dict(self.headers))
        status = self.server.failures.pop(0) if self.server.failures else 200
        result = {"result": self.server.answer(self.command, path, body), "status": "ok", "time": 0.0}
        content = json.dumps(result if status == 200 else {"status": {"error": "out of order"}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _respond  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ServerDouble]:
    with ServerDouble() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def connect(server: ServerDouble) -> Iterator[Callable[..., QdrantStore]]:
    made: list[QdrantStore] = []

    def connect(**params: Any) -> QdrantStore:
        made.append(QdrantStore(QdrantParams(**{"url": server.url, "prefer_grpc": False, "retry_wait": 0.0} | params)))
        return made[-1]

    yield connect
    for store in made:
        store.close()


def point() -> Point:
    return Point(ID, {"words": np.ones(2, dtype=np.float32)}, {"doc": "a"})


def test_a_collection_is_made_with_its_identity_index_and_quantization(
    server: ServerDouble, connect: Callable[..., QdrantStore]
) -> None:
    store = connect(shard_number=3, replication_factor=2, m=24)
    store.open(SCHEMA)
    assert server.config is not None
    vector = server.config["vectors"]["words"]
    assert (vector["size"], vector["distance"], vector["hnsw_config"]["m"]) == (2, "Cosine", 24)
    assert vector["quantization_config"]["scalar"]["type"] == "int8"
    assert (server.config["shard_number"], server.config["replication_factor"]) == (3, 2)
    assert ("PUT", "/collections/chiasm/index", {"field_name": "doc", "field_schema": "keyword"}) in server.requests
    stored = store.stored_schema()
    assert stored is not None
    assert (stored.spaces, stored.payload_indexes) == (SCHEMA.spaces, SCHEMA.payload_indexes)
    assert store.capabilities.concurrent_processes


def test_a_server_that_is_overloaded_for_a_moment_is_asked_again(
    server: ServerDouble, connect: Callable[..., QdrantStore]
) -> None:
    store = connect(attempts=3)
    store.open(SCHEMA)
    server.requests.clear()
    server.failures = [503, 502]
    store.upsert([point()])
    assert [path for _, path, _ in server.requests] == ["/collections/chiasm/points"] * 3


def test_a_server_that_stays_overloaded_is_an_error_after_the_last_attempt(
    server: ServerDouble, connect: Callable[..., QdrantStore]
) -> None:
    store = connect(attempts=3)
    store.open(SCHEMA)
    server.requests.clear()
    server.failures = [503] * 10
    with pytest.raises(StoreError, match=r"could not be written.*503"):
        store.upsert([point()])
    assert len(server.requests) == 3


def test_what_a_server_refuses_for_good_is_not_asked_again(
    server: ServerDouble, connect: Callable[..., QdrantStore]
) -> None:
    store = connect()
    store.open(SCHEMA)
    server.requests.clear()
    server.failures = [403]
    with pytest.raises(StoreError, match=r"403.*api_key_env"):
        store.upsert([point()])
    assert len(server.requests) == 1


def test_points_are_sent_in_batches_and_waited_for(server: ServerDouble, connect: Callable[..., QdrantStore]) -> None:
    store = connect(batch=2)
    store.open(SCHEMA)
    server.requests.clear()
    store.upsert([point()] * 5)
    assert [len(body["points"]) for _, _, body in server.requests] == [2, 2, 1]


def test_a_server_that_cannot_be_reached_is_an_error_with_what_to_check() -> None:
    with ServerDouble() as gone:
        url = gone.url
    store = QdrantStore(QdrantParams(url=url, attempts=2, retry_wait=0.0, prefer_grpc=False))
    for use in (store.stored_schema, lambda: store.open(SCHEMA)):
        with pytest.raises(StoreError, match="Check that the server runs"):
            use()


def test_a_server_too_old_to_keep_metadata_is_refused_and_left_as_it_was(
    server: ServerDouble, connect: Callable[..., QdrantStore]
) -> None:
    server.keeps_metadata = False
    with pytest.raises(StoreError, match=r"Qdrant 1\.19"):
        connect().open(SCHEMA)
    assert server.config is None


def test_removing_deletes_the_collection(server: ServerDouble, connect: Callable[..., QdrantStore]) -> None:
    store = connect()
    store.open(SCHEMA)
    store.remove()
    assert server.config is None
    assert store.stored_schema() is None


def test_a_collection_that_chiasm_did_not_make_is_refused(
    server: ServerDouble, connect: Callable[..., QdrantStore]
) -> None:
    server.config = {"vectors": {"size": 2, "distance": "Cosine"}, "metadata": {}}
    with pytest.raises(StoreError, match="chiasm did not make it"):
        connect().open(SCHEMA)


def test_reading_a_collection_that_does_not_exist_says_so(connect: Callable[..., QdrantStore]) -> None:
    store = connect()
    assert store.stored_schema() is None
    with pytest.raises(StoreError, match="no such collection"):
        store.open(SCHEMA, "read")


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
def test_the_api_key_comes_from_the_environment_and_is_shown_nowhere(
    server: ServerDouble, connect: Callable[..., QdrantStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_QDRANT_KEY", "s3cret")
    store = connect(api_key_env="MY_QDRANT_KEY")
    store.open(SCHEMA)
    assert {headers["api-key"] for headers in server.headers} == {"s3cret"}
    server.failures = [403]
    with pytest.raises(StoreError) as refusal:
        store.count()
    assert "s3cret" not in f"{refusal.value}{store.location}{store.params!r}{store.params.model_dump_json()}"


def test_an_api_key_that_is_not_set_is_named(
    connect: Callable[..., QdrantStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MY_QDRANT_KEY", raising=False)
    with pytest.raises(StoreError, match="export MY_QDRANT_KEY"):
        connect(api_key_env="MY_QDRANT_KEY").open(SCHEMA)


@pytest.mark.parametrize(
    "params, message",
    [
        ({}, "either url"),
        ({"url": "http://localhost:6333", "path": "folder"}, "either url"),
        ({"url": "http://user:s3cret@localhost:6333"}, "secret"),
        ({"url": "https://localhost?api-key=s3cret"}, "secret"),
    ],
)
def test_params_name_one_place_and_hold_no_secret(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        QdrantParams(**params)


def test_the_description_of_a_damaged_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(StoreError, match=r"meta\.json"):
        QdrantStore(QdrantParams(path=tmp_path)).stored_schema()


def test_every_kind_of_query_can_go_by_grpc() -> None:
    spaces = {
        "words": EmbeddingSpace("m", 2),
        "place": EmbeddingSpace("geo", 2, metric="euclid"),
        "tokens": EmbeddingSpace("colbert", 2, kind="multi"),
        "keywords": EmbeddingSpace("bm25", 0, kind="sparse"),
    }
    sparse = SparseVector(np.array([3], dtype=np.uint32), np.ones(1, dtype=np.float32))
    sources = {
        "words": VectorQuery("words", np.ones(2, dtype=np.float32), 7, Compare("doc", "=", "a"), exact=True),
        "place": VectorQuery("place", np.ones(2, dtype=np.float32), 7),
        "tokens": VectorQuery("tokens", np.ones((3, 2), dtype=np.float32), 7),
        "keywords": VectorQuery("keywords", sparse, 7),
    }
    questions = Questions(spaces, QdrantParams(url="http://localhost"), "here")

    def message(query: VectorQuery | FusedQuery) -> Any:
        return RestToGrpc.convert_query_request(questions.request(query), "chiasm")

    plain = message(sources["words"])
    assert (plain.using, plain.limit, plain.params.exact, plain.params.hnsw_ef) == ("words", 7, True, 128)
    assert (plain.params.quantization.rescore, plain.params.quantization.oversampling) == (True, 3.0)
    rrf = message(FusedQuery(sources, StoreFusion("rrf", {"k": 61, "weights": {"words": 2.0}}), 5))
    assert (rrf.query.rrf.k, list(rrf.query.rrf.weights), rrf.limit) == (61, [2.0, 1.0, 1.0, 1.0], 5)
    assert [each.using for each in rrf.prefetch] == list(sources)
    dbsf = message(FusedQuery(sources, StoreFusion("dbsf"), 5))
    assert dbsf.prefetch[1].query.formula.expression.neg.variable == "$score"
    assert dbsf.prefetch[1].prefetch[0].using == "place"
    isr = message(FusedQuery(sources, StoreFusion("isr", {"weights": {"place": 0.0}}), 5))
    assert [(each.query.rrf.k, each.prefetch[0].using) for each in isr.prefetch] == [
        (1, name) for name in ("words", "tokens", "keywords")
    ]
    assert isr.query.formula.expression.mult.mult[1].sum.sum[2].div.right.variable == "$score[2]"
