"""Params of the ``late-interaction`` encoder."""

from __future__ import annotations

from pydantic import Field

from chiasm.contracts import TUNING
from chiasm.runtime.params import RuntimeParams


class LateInteractionParams(RuntimeParams):
    """Which model, and what is put around texts."""

    model: str = Field(
        "colbert-ir/colbertv2.0",
        description="A ColBERT or PyLate model, or any transformer of texts: hub id or folder.",
    )
    revision: str | None = Field(
        None, description="Commit, tag or branch on the hub; the known commit, or else its main branch by default."
    )
    dim: int | None = Field(
        None,
        ge=1,
        description="Dimensions of a token's vector, where the model's configuration does not tell; 128 for ColBERT.",
    )
    query_marker: str | None = Field(
        None, description="Token put before a query's words; the model's own by default, none with ''."
    )
    document_marker: str | None = Field(
        None, description="Token put before a document's words; the model's own by default, none with ''."
    )
    query_length: int = Field(
        32, ge=4, description="Tokens of a query; shorter ones of a ColBERT are filled up with mask tokens."
    )
    max_seq_length: int = Field(180, ge=4, description="Tokens of a document that are read.")
    batch_tokens: int = Field(4096, ge=1, description="Tokens in a batch, padding counted.", json_schema_extra=TUNING)
