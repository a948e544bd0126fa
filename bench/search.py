"""Searching 100 000 stored texts: the embedded store alone, beside qdrant-client's local mode, and through a pipeline.

The bound: through a pipeline at most 2 ms (median) more than encoding the query and asking the store.
"""

import argparse
import itertools
import statistics
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bench.machine import print_machine
from chiasm import Pipeline
from chiasm.contracts import FusedQuery, Point, SparseVector, Store, StoreFusion, StoreSchema, VectorQuery
from chiasm.filters import Compare
from chiasm.media import Item
from chiasm.space import EmbeddingSpace
from chiasm_plugins.stores.client import QdrantStore
from chiasm_plugins.stores.client_params import QdrantParams
from chiasm_plugins.stores.edge import EdgeStore
from chiasm_plugins.stores.edge_params import EdgeParams

BOUND_MS = 2.0
DIM = 384
CLUSTERS = 1_000
BATCH = 512
SPACES = {"words": EmbeddingSpace("synthetic", DIM), "keywords": EmbeddingSpace("bm25", 0, kind="sparse", metric="dot")}
INDEXES = {"doc": "keyword", "field": "keyword", "modalities": "keyword"}
SUBJECTS = ("a dog", "an old ship", "my sister", "the river", "a red car", "two children", "the moon", "a violin")
DOINGS = ("in the rain", "at night", "by the sea", "under a bridge", "on the market", "in winter", "far away")


def clustered(count: int, seed: int) -> np.ndarray:
    centres = np.random.default_rng(0).normal(size=(CLUSTERS, DIM)).astype(np.float32)
    random = np.random.default_rng(seed)
    vectors = centres[random.integers(CLUSTERS, size=count)] + 1.5 * random.normal(size=(count, DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def points(count: int, vector_names: Sequence[str]) -> Iterator[list[Point]]:
    """Batches of points as a pipeline makes them, never all in memory."""
    for start in range(0, count, BATCH):
        random = np.random.default_rng(start)
        rows = range(start, min(start + BATCH, count))
        terms = [random.choice(50_000, 12, replace=False).astype(np.uint32) for _ in rows]
        weights = np.ones(12, dtype=np.float32)
        batch = []
        for row, vector, words in zip(rows, clustered(len(rows), start + 1), terms, strict=True):
            vectors = {"words": vector, "keywords": SparseVector(words, weights)}
            payload = {
                "doc": f"doc-{row}",
                "title": f"Title {row}",
                "field": "text",
                "modality": "text",
                "source_modality": "text",
                "modalities": ["text"],
                "reach": list(vector_names),
                "text": "Some words of the text that was found, to be shown with it. " * 3,
                "path": f"/library/{row % 100}/{row}.txt",
                "meta": {"year": 1924 + row % 100},
            }
            batch.append(Point(str(uuid.UUID(int=row + 1)), {name: vectors[name] for name in vector_names}, payload))
        yield batch


def fill(store: Store[Any], count: int, vector_names: Sequence[str]) -> float:
    """Points a second."""
    seconds = 0.0
    for batch in points(count, vector_names):
        started = time.perf_counter()
        store.upsert(batch)
        seconds += time.perf_counter() - started
    started = time.perf_counter()
    store.flush()
    return count / (seconds + time.perf_counter() - started)


def median_ms(ask: Callable[[int], object], times: int) -> float:
    """Median after a tenth that is not counted."""
    took = []
    for at in range(-(times // 10), times):
        started = time.perf_counter()
        ask(at % times)
        took.append(time.perf_counter() - started)
    return 1000 * statistics.median(took[times // 10 :])


def recall(store: Store[Any], queries: np.ndarray) -> float:
    found, nearest = (
        [{hit.id for hit in hits} for hits in store.search([VectorQuery("words", q, 10, exact=exact) for q in queries])]
        for exact in (False, True)
    )
    return sum(len(a & b) for a, b in zip(found, nearest, strict=True)) / sum(map(len, nearest))


def opened(path: Path, quantization: str) -> tuple[float, float, float]:
    """Seconds to open, memory in MB, median search in ms; in a process that does nothing else."""
    process = psutil.Process()
    queries = clustered(200, seed=2**40)
    store = EdgeStore(EdgeParams.model_validate({"path": path, "quantization": quantization}))
    before = process.memory_info().rss
    started = time.perf_counter()
    store.open(StoreSchema(SPACES), "read")
    seconds = time.perf_counter() - started
    median = median_ms(lambda at: store.search([VectorQuery("words", queries[at], 10)]), len(queries))
    memory = (process.memory_info().rss - before) / 1e6
    store.close()
    return seconds, memory, median


def store_alone(count: int, quantization: str) -> None:
    queries = clustered(200, seed=2**40)
    keywords = SparseVector(np.arange(0, 50_000, 5_000, dtype=np.uint32), np.ones(10, dtype=np.float32))
    with tempfile.TemporaryDirectory() as made:
        path = Path(made, "store")
        store = EdgeStore(EdgeParams.model_validate({"path": path, "quantization": quantization}))
        store.open(StoreSchema(SPACES, INDEXES))
        print(f"qdrant-edge, {count} points of {DIM} dimensions and 12 terms, quantization {quantization}")
        print(f"  written                      {fill(store, count, list(SPACES)):9.0f} points/s")

        def dense(at: int) -> VectorQuery:
            return VectorQuery("words", queries[at], 10)

        print(f"  search before the index      {median_ms(lambda at: store.search([dense(at)]), 100):9.2f} ms")
        started = time.perf_counter()
        store.optimize()
        print(f"  index built in               {time.perf_counter() - started:9.1f} s")
        print(f"  search                       {median_ms(lambda at: store.search([dense(at)]), 200):9.2f} ms")
        print(f"  recall@10                    {recall(store, queries):9.3f}")
        rare = Compare("doc", "=", "doc-7")
        common = Compare("meta.year", ">=", 1974)
        for name, condition in (("one document, indexed", rare), ("half of all, not indexed", common)):
            asked = [VectorQuery("words", query, 10, condition) for query in queries]
            print(f"  filter: {name:24} {median_ms(lambda at, a=asked: store.search([a[at]]), 100):6.2f} ms")
        sparse = VectorQuery("keywords", keywords, 10)
        print(f"  ten terms                    {median_ms(lambda at: store.search([sparse]), 200):9.2f} ms")

        def fused(at: int) -> FusedQuery:
            return FusedQuery({"a": dense(at), "b": sparse}, StoreFusion("rrf", {"k": 61}), 10)

        print(f"  both, fused by RRF           {median_ms(lambda at: store.search([fused(at)]), 200):9.2f} ms")
        size = sum(entry.stat().st_blocks * 512 for entry in path.rglob("*") if entry.is_file()) / 1e6
        store.close()
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            seconds, memory, median = pool.submit(opened, path, quantization).result()
        print(f"  reopened in {seconds:.2f} s: {median:.2f} ms a search, {memory:.0f} MB memory, {size:.0f} MB on disk")


def beside_local_mode(count: int) -> None:
    queries = clustered(100, seed=2**40)
    figures = {}
    with tempfile.TemporaryDirectory() as made, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        stores: dict[str, Store[Any]] = {
            "qdrant-edge": EdgeStore(EdgeParams(path=Path(made, "edge"))),
            "local mode": QdrantStore(QdrantParams(path=Path(made, "local"))),
        }
        for name, store in stores.items():
            store.open(StoreSchema({"words": SPACES["words"]}, INDEXES))
            rate = fill(store, count, ["words"])
            store.optimize()
            asked = [VectorQuery("words", query, 10) for query in queries]
            figures[name] = rate, median_ms(lambda at, s=store, a=asked: s.search([a[at]]), len(queries))
            store.close()
    (edge_rate, edge_ms), (local_rate, local_ms) = figures.values()
    print(f"{count} points, against qdrant-client's local mode in a folder")
    print(f"  written   {edge_rate:8.0f} against {local_rate:8.0f} points/s  {edge_rate / local_rate:5.1f}x")
    print(f"  search    {edge_ms:8.2f} against {local_ms:8.2f} ms        {local_ms / edge_ms:5.1f}x")


def through_a_pipeline(count: int) -> None:
    texts = [" ".join(each) for each in itertools.product(SUBJECTS, DOINGS)]
    config = """
        chiasm: 1
        components:
          words: {use: sentence-transformer, params: {model: "starter:all-MiniLM-L6-v2"}}
        index:
          - {encode: text, with: words}
    """
    with tempfile.TemporaryDirectory() as made, Pipeline.from_yaml(config, store=Path(made, "store")) as library:
        plan = library.plan()
        store, (step,) = plan.store, plan.encodings
        store.open(StoreSchema(plan.spaces, INDEXES, plan.fingerprint))
        fill(store, count, [step.vector])
        store.optimize()
        store.close()
        items = [Item.of_text(text) for text in texts]
        depth = 50  # what the pipeline asks of each leg

        def by_hand(at: int) -> object:
            vector = step.encoder.encode([items[at]], "query")[0]
            return store.search([VectorQuery(step.vector, vector, depth)])

        # Each query both ways in turn, so that whatever else the machine does weighs on both alike.
        library.search(texts[0])
        differences, alone = [], []
        for at in [*range(len(texts))] * 4:
            started = time.perf_counter()
            by_hand(at)
            between = time.perf_counter()
            library.search(texts[at])
            alone.append(between - started)
            differences.append(time.perf_counter() - between - alone[-1])
        added = 1000 * statistics.median(differences)
        print(f"{count} texts through a pipeline")
        print(f"  encoding and store alone     {1000 * statistics.median(alone):9.2f} ms")
        verdict = "within" if added <= BOUND_MS else "OVER"
        print(f"  chiasm adds                  {added:9.2f} ms, {verdict} {BOUND_MS:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the points")
    quick = parser.parse_args().quick
    count = 10_000 if quick else 100_000
    print_machine()
    for quantization in ("int8", "none"):
        store_alone(count, quantization)
    beside_local_mode(2_000 if quick else 10_000)
    through_a_pipeline(count)


if __name__ == "__main__":
    main()
