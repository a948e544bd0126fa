"""Params of the embedded store."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from chiasm.contracts import TUNING
from chiasm_plugins.stores.index_params import IndexParams


class EdgeParams(IndexParams):
    """Where the embedded store lies, and when it works in the background of a run."""

    path: Path = Field(Path(".chiasm"), description="Folder of the store; made when it does not exist.")
    index_after: int = Field(
        20_000,
        ge=1,
        description="Vectors of one name that may wait unindexed before the store asks to be optimized.",
        json_schema_extra=TUNING,
    )
    flush_every: int = Field(
        10_000,
        ge=1,
        description="Points between flushes. A crash loses none in either case; reopening replays those not flushed.",
        json_schema_extra=TUNING,
    )
    reserve_mb: int = Field(
        64,
        ge=0,
        description="Megabytes that stay free on the disk: writing stops with an error before it fills. 64 are two "
        "segments of the engine's log.",
        json_schema_extra=TUNING,
    )
    lock_timeout: float = Field(
        0.0, ge=0, description="Seconds to wait for another process to let the store go.", json_schema_extra=TUNING
    )
