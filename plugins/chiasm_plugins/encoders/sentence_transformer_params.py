"""Params of the ``sentence-transformer`` encoder."""

from __future__ import annotations

from pydantic import Field

from chiasm.contracts import TUNING
from chiasm.runtime.params import RuntimeParams


class SentenceTransformerParams(RuntimeParams):
    """Which model, what is put before texts, and how its vectors are cut and scaled."""

    model: str = Field(
        "starter:all-MiniLM-L6-v2",
        description="A sentence-transformers model: hub id, folder, or 'starter:all-MiniLM-L6-v2'.",
    )
    revision: str | None = Field(
        None,
        description="Commit, tag or branch on the hub; its main branch when not given. Give a commit to stay with it.",
    )
    query_prompt: str | None = Field(
        None, description="Put before a query; the model's own prompt named 'query' when not given."
    )
    document_prompt: str | None = Field(
        None,
        description="Put before a document; the model's own prompt named 'document', 'passage' or 'corpus' when not "
        "given.",
    )
    max_seq_length: int | None = Field(
        None,
        ge=4,
        description="Tokens of a text that are read, the rest is left out; the model's own limit when not given.",
    )
    dim: int | None = Field(
        None, ge=1, description="Keep this many first dimensions, for models trained for it (Matryoshka)."
    )
    normalize: bool | None = Field(
        None,
        description="Whether vectors are scaled to length one; when not given, they are unless the model was trained "
        "for dot product or Euclidean distance.",
    )
    batch_tokens: int | None = Field(
        None,
        ge=1,
        description="Tokens in a batch, padding counted; 1024 on a processor and 65536 on a GPU when not given.",
        json_schema_extra=TUNING,
    )
