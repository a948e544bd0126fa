"""A collection of Qdrant and what its metadata says: read, made and extended."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from qdrant_client import models

from chiasm.contracts import StoreSchema
from chiasm.contracts.store import Mode
from chiasm.errors import StoreError
from chiasm.version import __version__
from chiasm_plugins.stores import identity
from chiasm_plugins.stores.client_connection import Connection
from chiasm_plugins.stores.client_params import QdrantParams
from chiasm_plugins.stores.client_schema import dense_configs, new_vector, sparse_configs

_METADATA_KEY = "chiasm"
"""Where a collection's metadata holds chiasm's description of it."""


def open_collection(
    connection: Connection, schema: StoreSchema, mode: Mode, params: QdrantParams, where: str
) -> StoreSchema:
    """Return what the collection holds; in mode ``"write"`` it is made or extended first.

    Raises:
        SpaceMismatch: A vector name is there with another space.
        StoreTooNew: A newer chiasm wrote it.
        StoreError: It does not exist in mode ``"read"``, is not chiasm's, or the server refused something.
    """
    stored = read_schema(connection, params.collection, where)
    if stored is None and mode == "read":
        raise missing(where)
    if stored is None:
        stored = _make(connection, schema, params, where)
    joined = identity.reconcile(stored, schema, where)
    if mode == "read":
        return stored
    client, name = connection.client, params.collection
    doing = "the collection could not be extended"
    if joined.new_spaces:
        present = connection.call(doing, client.get_collection, name).config.params
        for vector, space in joined.new_spaces.items():
            if vector in (present.sparse_vectors or {}) or vector in _names(present.vectors):
                # A process killed here before has added it, perhaps for another space; nothing is stored under it.
                connection.call(doing, client.delete_vector_name, name, vector)
            connection.once(doing, client.create_vector_name, name, vector, new_vector(space))
    if params.url is not None:
        # Local mode has no payload indexes and warns when asked for one.
        for key, kind in joined.new_indexes.items():
            connection.call(doing, client.create_payload_index, name, key, models.PayloadSchemaType(kind))
    metadata = {_METADATA_KEY: identity.to_payload(joined.schema)}
    connection.call(doing, client.update_collection, name, metadata=metadata)
    return joined.schema


def read_schema(connection: Connection, collection: str, where: str) -> StoreSchema | None:
    """Return what a collection's metadata says; ``None`` when there is no such collection.

    Raises:
        StoreTooNew: A newer chiasm wrote it.
        StoreError: It is not chiasm's, or the server cannot be asked.
    """
    doing = "the collection could not be read"
    if not connection.call(doing, connection.client.collection_exists, collection):
        return None
    metadata = connection.call(doing, connection.client.get_collection, collection).config.metadata
    return identity.from_payload((metadata or {}).get(_METADATA_KEY), where)


def folder_schema(folder: Path, collection: str, where: str) -> StoreSchema | None:
    """Return the same from a folder of qdrant-client's local mode, without opening it.

    Raises:
        StoreTooNew: A newer chiasm wrote it.
        StoreError: It is not chiasm's, or the folder's list of collections cannot be read.
    """
    try:
        collections = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["collections"]
        config = collections.get(collection)
        metadata = None if config is None else config.get("metadata") or {}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise StoreError(f"the folder's meta.json cannot be read ({error})", where=where) from error
    return None if metadata is None else identity.from_payload(metadata.get(_METADATA_KEY), where)


def missing(where: str) -> StoreError:
    """Return the error that says that there is no such collection."""
    return StoreError(
        "there is no such collection",
        where=where,
        fix="Make it with `chiasm index FOLDER` and the same store, or check its name.",
    )


def _make(connection: Connection, schema: StoreSchema, params: QdrantParams, where: str) -> StoreSchema:
    """Make the collection, still without payload indexes."""
    made = replace(schema, payload_indexes={}, version=schema.version or __version__)
    client = connection.client
    connection.once(
        "the collection could not be made",
        client.create_collection,
        params.collection,
        vectors_config=dense_configs(schema.spaces, params),
        sparse_vectors_config=sparse_configs(schema.spaces) or None,
        shard_number=params.shard_number,
        replication_factor=params.replication_factor,
        metadata={_METADATA_KEY: identity.to_payload(made)},
    )
    info = connection.call("the collection could not be read", client.get_collection, params.collection)
    if not info.config.metadata:
        connection.call("the collection could not be removed again", client.delete_collection, params.collection)
        raise StoreError(
            "the server keeps no metadata with a collection, so nothing could say which spaces its vectors are of",
            where=where,
            fix="Use Qdrant 1.19 or later, which has all that chiasm asks of it.",
        )
    return made


def _names(vectors: object) -> frozenset[str]:
    return frozenset(vectors) if isinstance(vectors, dict) else frozenset()
