"""The embedded store among processes: one holds it, and what it acknowledged survives its death."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chiasm.contracts import Store, StoreSchema, VectorQuery
from chiasm.errors import StoreError, StoreLocked
from chiasm.space import EmbeddingSpace

Make = Callable[..., Store[Any]]
DIM = 384
SCHEMA = StoreSchema({"words": EmbeddingSpace("m", DIM)}, {"doc": "keyword"})

CHILD = f"""
import json, resource, sys, uuid
import numpy as np
from chiasm.contracts import Point, StoreSchema
from chiasm.errors import StoreError
from chiasm.space import EmbeddingSpace
from chiasm_plugins.stores.edge import EdgeStore
from chiasm_plugins.stores.edge_params import EdgeParams

random = np.random.default_rng(0)
store = EdgeStore(EdgeParams(**json.loads(sys.argv[1])))
schema = StoreSchema({{"words": EmbeddingSpace("m", {DIM})}}, {{"doc": "keyword"}})

def write(start, count):
    vectors = random.normal(size=(count, {DIM})).astype(np.float32)
    store.upsert([
        Point(str(uuid.UUID(int=start + row + 1)), {{"words": vector}}, {{"doc": f"doc-{{start + row}}"}})
        for row, vector in enumerate(vectors)
    ])

def say(word):
    print(word, flush=True)
"""


class Child:
    """A process that works on the store and is told what to do next by its standard input."""

    def __init__(self, code: str, **params: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD + code, json.dumps(params, default=str)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def start(code: str, **params: Any) -> Child:
        children.append(Child(code, **{"path": tmp_path / "store", "reserve_mb": 0} | params))
        return children[-1]

    yield start
    for child in children:
        child.kill()


HOLD = """
store.open(schema)
write(0, 100)
say("holding")
sys.stdin.readline()
write(100, 100)
store.flush()
write(200, 100)
store.close()
say("closed")
"""


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_second_process_is_refused_by_the_name_of_the_first_whose_data_stay_whole(
    start: Callable[..., Child], make_store: Make, mode: str
) -> None:
    child = start(HOLD)
    assert child.hear() == "holding"
    store = make_store("edge")
    with pytest.raises(StoreLocked) as refusal:
        store.open(SCHEMA, mode)
    assert f"process {child.process.pid} on " in str(refusal.value)
    assert "since" in str(refusal.value) and "-c" in str(refusal.value)
    assert store.stored_schema() is not None
    child.tell("go on")
    assert child.hear() == "closed"
    store.open(SCHEMA, mode)
    assert store.count() == 300


def test_a_second_store_in_the_same_process_is_refused_too(make_store: Make) -> None:
    first, second = make_store("edge"), make_store("edge")
    first.open(SCHEMA)
    with pytest.raises(StoreLocked, match=f"process {os.getpid()} .*opened it twice"):
        second.open(SCHEMA)
    first.close()
    second.open(SCHEMA)


def test_a_process_may_wait_for_the_other_to_end(start: Callable[..., Child], make_store: Make) -> None:
    child = start(HOLD)
    assert child.hear() == "holding"
    child.tell("go on")
    store = make_store("edge", lock_timeout=60)
    store.open(SCHEMA)
    assert store.count() == 300


def test_a_folder_of_local_mode_is_held_by_one_process_too(make_store: Make) -> None:
    first, second = make_store("folder"), make_store("folder")
    first.open(SCHEMA)
    with pytest.raises(StoreLocked, match=f"process {os.getpid()}"):
        second.open(SCHEMA)


@pytest.mark.parametrize("flush_every", [1, 10_000])
def test_what_was_acknowledged_survives_sigkill(
    start: Callable[..., Child], make_store: Make, flush_every: int
) -> None:
    child = start(
        """
store.open(schema)
for start in range(0, 100_000, 50):
    write(start, 50)
    say(start + 50)
""",
        flush_every=flush_every,
    )
    while int(acknowledged := child.hear()) < 1_000:
        pass
    child.kill()
    store = make_store("edge")
    store.open(SCHEMA)
    assert store.count() >= int(acknowledged)
    vectors = np.random.default_rng(0).normal(size=(int(acknowledged), DIM)).astype(np.float32)
    queries = [VectorQuery("words", vectors[row], 1) for row in range(0, len(vectors), 97)]
    assert [hits[0].payload["doc"] for hits in store.search(queries)] == [
        f"doc-{row}" for row in range(0, len(vectors), 97)
    ]


def test_a_store_killed_while_it_optimizes_opens_whole_and_can_be_optimized(
    start: Callable[..., Child], make_store: Make, tmp_path: Path
) -> None:
    child = start(
        """
store.open(schema)
for start in range(0, 6_000, 1_000):
    write(start, 1_000)
say("optimizing")
store.optimize()
say("optimized")
""",
        index_after=1_000,
        ef_construct=400,
    )
    assert child.hear() == "optimizing"
    building = tmp_path / "store" / "shard" / "temp_segments"
    deadline = time.monotonic() + 60
    while not (building.exists() and any(building.iterdir())):
        assert time.monotonic() < deadline
    child.kill()
    assert any(building.iterdir()), "the index was ready before the process was killed"
    store = make_store("edge", index_after=1_000)
    store.open(SCHEMA)
    assert store.count() == 6_000
    assert store.wants_optimizing
    assert not any(building.iterdir())
    store.optimize()
    assert store.count() == 6_000
    assert not store.wants_optimizing


def test_a_disk_that_refuses_is_an_error_and_loses_nothing(start: Callable[..., Child], make_store: Make) -> None:
    child = start(
        """
store.open(schema)
write(0, 1_000)
say("written")
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
acknowledged = 1_000
try:
    while acknowledged < 100_000:
        write(acknowledged, 1_000)
        acknowledged += 1_000
except StoreError as error:
    say(acknowledged)
    say(error)
"""
    )
    assert child.hear() == "written"
    acknowledged = int(child.hear())
    assert "File too large" in child.hear()
    child.process.communicate()
    store = make_store("edge")
    store.open(SCHEMA)
    assert store.count() >= acknowledged


def test_a_disk_without_reserve_is_refused_before_it_is_full(make_store: Make, points: list[Any]) -> None:
    store = make_store("edge")
    store.open(SCHEMA)
    store.close()
    store = make_store("edge", reserve_mb=10**9)
    for mode in ("read", "write"):
        with pytest.raises(StoreError, match=r"MB left.*resumes"):
            store.open(SCHEMA, mode)
    store = make_store("edge")
    store.open(SCHEMA)
    assert store.count() == 0
