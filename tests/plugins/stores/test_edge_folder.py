"""The folder of the embedded store: descriptions that are missing, damaged, newer or half written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import qdrant_edge

from chiasm.contracts import Point, Store, StoreSchema, VectorQuery
from chiasm.errors import StoreError, StoreLocked, StoreTooNew
from chiasm.space import EmbeddingSpace

Make = Callable[..., Store[Any]]
SCHEMA = StoreSchema({"words": EmbeddingSpace("m", 4)}, {"doc": "keyword"}, "plan-1")
ID = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
def folder(make_store: Make, tmp_path: Path) -> Path:
    """A closed store with one point."""
    store = make_store("edge")
    store.open(SCHEMA)
    store.upsert([Point(ID, {"words": np.ones(4, dtype=np.float32)}, {"doc": "a"})])
    store.close()
    return tmp_path / "store"


def edit(folder: Path, **changes: Any) -> None:
    description = folder / "chiasm.json"
    description.write_text(json.dumps(json.loads(description.read_text()) | changes))


def test_the_description_is_readable_json_beside_the_shard(folder: Path) -> None:
    description = json.loads((folder / "chiasm.json").read_text())
    assert description["spaces"] == {"words": SCHEMA.spaces["words"].to_payload()}
    assert (description["plan"], description["payload_indexes"]) == ("plan-1", {"doc": "keyword"})
    assert {each.name for each in folder.iterdir()} >= {"chiasm.json", "shard"}


def test_other_files_in_the_folder_are_left_alone(make_store: Make, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "journal.db").write_text("the pipeline's")
    store = make_store("edge")
    store.open(SCHEMA)
    store.close()
    assert (tmp_path / "store" / "journal.db").read_text() == "the pipeline's"


def test_a_collection_of_a_newer_format_is_refused(folder: Path, make_store: Make) -> None:
    edit(folder, format=99)
    with pytest.raises(StoreTooNew, match="format 99"):
        make_store("edge").stored_schema()


def test_a_version_that_cannot_be_compared_is_no_reason_to_refuse(folder: Path, make_store: Make) -> None:
    edit(folder, version="my own build")
    store = make_store("edge")
    store.open(SCHEMA)
    assert store.count() == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 1, "spaces": {"words": {"model": "m", "size": 4}}}']
)
def test_a_damaged_description_is_refused_with_a_way_out(folder: Path, make_store: Make, text: str) -> None:
    (folder / "chiasm.json").write_text(text)
    for use in (lambda store: store.stored_schema(), lambda store: store.open(SCHEMA)):
        with pytest.raises(StoreError, match="again"):
            use(make_store("edge"))


def test_a_shard_without_description_is_not_guessed_at_nor_overwritten(folder: Path, make_store: Make) -> None:
    text = (folder / "chiasm.json").read_text()
    (folder / "chiasm.json").unlink()
    store = make_store("edge")
    with pytest.raises(StoreError, match="description of the store is missing"):
        store.open(SCHEMA)
    (folder / "chiasm.json").write_text(text)
    store.open(SCHEMA)
    assert store.count() == 1


def test_a_store_killed_while_it_was_made_is_made_anew(folder: Path, make_store: Make) -> None:
    (folder / "shard").rename(folder / "shard.new")
    store = make_store("edge")
    assert store.stored_schema() is None
    with pytest.raises(StoreError, match="no store here"):
        store.open(SCHEMA, "read")
    store.open(SCHEMA)
    assert store.count() == 0
    assert not (folder / "shard.new").exists()


@pytest.mark.parametrize("was_added", [True, False])
def test_a_vector_name_that_was_being_added_at_a_kill_is_added_again(
    folder: Path, make_store: Make, was_added: bool
) -> None:
    if was_added:
        shard = qdrant_edge.EdgeShard.load(str(folder / "shard"))
        shard.update(qdrant_edge.UpdateOperation.create_dense_vector("sound", 7, qdrant_edge.Distance.Dot))
        shard.close()
    edit(folder, unfinished=["sound"])
    store = make_store("edge")
    store.open(StoreSchema({"sound": EmbeddingSpace("clap", 5)}))
    store.upsert([Point(ID, {"sound": np.arange(5, dtype=np.float32)}, {})])
    assert store.search([VectorQuery("sound", np.ones(5, dtype=np.float32), 3)])[0][0].id == ID
    store.close()
    store.open(SCHEMA)
    assert store.count() == 1


def test_a_damaged_shard_is_an_error_with_a_way_out_and_lets_the_folder_go(folder: Path, make_store: Make) -> None:
    (folder / "shard" / "edge_config.json").write_text("{")
    store = make_store("edge")
    for _ in range(2):
        with pytest.raises(StoreError, match="--rebuild"):
            store.open(SCHEMA)


def test_a_damaged_store_can_be_removed_and_made_anew(folder: Path, make_store: Make) -> None:
    (folder / "chiasm.json").write_text("{")
    (folder / "shard" / "edge_config.json").write_text("{")
    store = make_store("edge")
    store.remove()
    store.open(SCHEMA)
    assert store.count() == 0


def test_a_store_that_another_holds_is_not_removed(folder: Path, make_store: Make) -> None:
    holder = make_store("edge")
    holder.open(SCHEMA)
    with pytest.raises(StoreLocked):
        make_store("edge").remove()
    assert holder.count() == 1


def test_removing_what_is_not_there_makes_no_folder(make_store: Make, tmp_path: Path) -> None:
    make_store("edge").remove()
    make_store("folder").remove()
    assert not (tmp_path / "store").exists()


def test_a_folder_that_cannot_be_made_is_an_error(make_store: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        make_store("edge", path=tmp_path / "file" / "store").open(SCHEMA)


def test_a_schema_without_vectors_makes_no_store(make_store: Make, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="could not be made"):
        make_store("edge").open(StoreSchema({}))
    assert make_store("edge").stored_schema() is None


def test_a_payload_with_the_hidden_key_is_refused(make_store: Make) -> None:
    store = make_store("edge")
    store.open(SCHEMA)
    with pytest.raises(StoreError, match="_bools"):
        store.upsert([Point(ID, {}, {"_bools": ["x"]})])
