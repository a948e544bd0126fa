"""Params of the store on a Qdrant server."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from chiasm.contracts import TUNING
from chiasm_plugins.stores.index_params import IndexParams

IN_MEMORY = Path(":memory:")
"""The ``path`` that stands for no folder."""


class QdrantParams(IndexParams):
    """Which Qdrant, which collection, and how to talk to it. Exactly one of ``url`` and ``path`` is given."""

    url: str | None = Field(None, description="Server, for example http://localhost:6333, without a key in it.")
    path: Path | None = Field(
        None,
        description="Folder of qdrant-client's local mode, or ':memory:'. It compares all vectors in Python, and is "
        "for trials of up to some 20 000 points; 'qdrant-edge' is the store for folders.",
    )
    collection: str = Field("chiasm", min_length=1, description="Name of the collection.")
    api_key_env: str | None = Field(
        None, description="Environment variable that holds the API key, so that no configuration does."
    )
    shard_number: int | None = Field(None, ge=1, description="Shards of a new collection; the server's choice if none.")
    replication_factor: int | None = Field(None, ge=1, description="Copies of each shard of a new collection.")
    prefer_grpc: bool = Field(True, description="Whether points go by gRPC.", json_schema_extra=TUNING)
    grpc_port: int = Field(6334, ge=1, le=65535, description="The server's port for gRPC.", json_schema_extra=TUNING)
    timeout: int = Field(60, ge=1, description="Seconds to wait for an answer.", json_schema_extra=TUNING)
    batch: int = Field(256, ge=1, description="Points in a request.", json_schema_extra=TUNING)
    attempts: int = Field(
        5,
        ge=1,
        description="Times a request is tried when the server cannot be reached or is overloaded.",
        json_schema_extra=TUNING,
    )
    retry_wait: float = Field(
        0.5,
        ge=0,
        description="Seconds before the second attempt; doubled for each further one.",
        json_schema_extra=TUNING,
    )
    lock_timeout: float = Field(
        0.0,
        ge=0,
        description="Seconds to wait for another process to let the folder of 'path' go.",
        json_schema_extra=TUNING,
    )

    @field_validator("url")
    @classmethod
    def _without_secrets(cls, url: str | None) -> str | None:
        if url is not None and (urlsplit(url).username or urlsplit(url).password or urlsplit(url).query):
            raise ValueError(
                "a URL with a user, password or query would keep a secret in the configuration; name the "
                "environment variable of the API key in api_key_env"
            )
        return url

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.url is None) == (self.path is None):
            raise ValueError("give either url, the address of a server, or path, a folder or ':memory:'")
        return self
