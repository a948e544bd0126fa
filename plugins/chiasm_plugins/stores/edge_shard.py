"""Opening the engine's shard: made, extended or cleaned up in steps of which a kill leaves no half behind."""

from __future__ import annotations

from dataclasses import replace

import qdrant_edge as engine

from chiasm.contracts import StoreSchema
from chiasm.contracts.store import Mode
from chiasm.version import __version__
from chiasm_plugins.stores.edge_folder import Description, EdgeFolder
from chiasm_plugins.stores.edge_params import EdgeParams
from chiasm_plugins.stores.edge_schema import new_index, new_vector, shard_config
from chiasm_plugins.stores.engine_errors import as_store_error
from chiasm_plugins.stores.identity import Reconciled, reconcile

_INDEX_AGAIN = "If it does not open again, index once more with `chiasm index --rebuild`."


def open_shard(
    folder: EdgeFolder, schema: StoreSchema, mode: Mode, params: EdgeParams
) -> tuple[engine.EdgeShard, Description]:
    """Open a folder's shard. The folder's lock is held.

    In mode ``"write"`` a shard is made where there is none, and lacking vector names and payload indexes are added.

    Returns:
        The shard and what the collection now holds.

    Raises:
        SpaceMismatch: A vector name is there with another space.
        StoreTooNew: A newer chiasm wrote it.
        StoreError: It cannot be opened, made or extended.
    """
    # A log may have to be replayed, so there must be room even to read.
    folder.require_room(0, params.reserve_mb)
    folder.remove_leftovers()
    stored = folder.describe() or _make(folder, schema, params)
    if stored.unfinished:
        stored = _undo(folder, stored)
    joined = reconcile(stored.schema, schema, str(folder.path))
    shard = _load(folder, stored.schema, params)
    if mode == "read":
        return shard, stored
    try:
        return _extend(folder, shard, stored, joined, params)
    except BaseException:
        shard.close()
        raise


def _extend(
    folder: EdgeFolder, shard: engine.EdgeShard, stored: Description, joined: Reconciled, params: EdgeParams
) -> tuple[engine.EdgeShard, Description]:
    """Add what the collection lacks, and note who writes it now."""
    if joined.new_spaces:
        folder.write(replace(stored, unfinished=tuple(joined.new_spaces)))
    with as_store_error("the collection could not be extended", str(folder.path)):
        for name, space in joined.new_spaces.items():
            shard.update(new_vector(name, space))
        for key, kind in joined.new_indexes.items():
            shard.update(new_index(key, kind))
        shard.flush()
    extended = Description(joined.schema, stored.unindexed)
    folder.write(extended)
    if joined.new_spaces:
        # How vectors are indexed can be said only when a shard is loaded.
        shard.close()
        shard = _load(folder, joined.schema, params)
    return shard, extended


def _make(folder: EdgeFolder, schema: StoreSchema, params: EdgeParams) -> Description:
    """Make a shard, still without payload indexes."""
    made = Description(replace(schema, payload_indexes={}, version=schema.version or __version__))
    with as_store_error("the store could not be made", str(folder.path)):
        folder.unfinished_shard.mkdir(parents=True)
        engine.EdgeShard.create(str(folder.unfinished_shard), shard_config(schema.spaces, params)).close()
        folder.write(made)
        folder.unfinished_shard.rename(folder.shard)
    return made


def _undo(folder: EdgeFolder, stored: Description) -> Description:
    """Remove vector names that a process was adding when it was killed."""
    with as_store_error("the store could not be opened", str(folder.path), _INDEX_AGAIN):
        # Without a configuration, which would have to name exactly the vectors that are there.
        shard = engine.EdgeShard.load(str(folder.shard))
        for name in stored.unfinished:
            shard.update(engine.UpdateOperation.delete_vector_name(name))
        shard.close()
    undone = replace(stored, unfinished=())
    folder.write(undone)
    return undone


def _load(folder: EdgeFolder, schema: StoreSchema, params: EdgeParams) -> engine.EdgeShard:
    with as_store_error("the store could not be opened", str(folder.path), _INDEX_AGAIN):
        return engine.EdgeShard.load(str(folder.shard), shard_config(schema.spaces, params))
