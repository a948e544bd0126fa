"""Params of the local engine; all of them change speed and memory only."""

from __future__ import annotations

from pydantic import Field

from chiasm.contracts import TUNING, Params


class LocalParams(Params):
    """How the local engine uses the machine."""

    readers: int = Field(
        0,
        ge=0,
        le=64,
        description="Threads that read and decode; 0 for one a core, at most 4.",
        json_schema_extra=TUNING,
    )
    ahead_bytes: int = Field(
        96 * 1024**2,
        gt=0,
        description="Prepared media that may wait for the models, in bytes.",
        json_schema_extra=TUNING,
    )
    chunk_items: int = Field(
        1024,
        gt=0,
        description="Items handed to an encoder at once, which cuts its batches from them.",
        json_schema_extra=TUNING,
    )
    chunk_bytes: int = Field(
        32 * 1024**2,
        gt=0,
        description="Bytes of prepared media handed to an encoder at once.",
        json_schema_extra=TUNING,
    )
    write_points: int = Field(
        256,
        gt=0,
        description="Points written to the store at once.",
        json_schema_extra=TUNING,
    )
