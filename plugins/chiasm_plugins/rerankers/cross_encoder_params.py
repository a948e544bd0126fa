"""Params of the ``cross-encoder`` reranker."""

from __future__ import annotations

from pydantic import Field

from chiasm.contracts import TUNING
from chiasm.runtime.params import RuntimeParams


class CrossEncoderParams(RuntimeParams):
    """Which model, and how much of a text it reads."""

    model: str = Field(
        "cross-encoder/ms-marco-MiniLM-L6-v2",
        description="A cross-encoder of sentence-transformers with one score a pair: hub id or folder.",
    )
    revision: str | None = Field(
        None, description="Commit, tag or branch on the hub; the known commit, or else its main branch by default."
    )
    max_seq_length: int | None = Field(
        None, ge=8, description="Tokens of query and text together that are read; the model's own limit by default."
    )
    batch: int = Field(32, ge=1, description="Pairs in a batch.", json_schema_extra=TUNING)
