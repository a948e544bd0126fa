"""Params that every encoder of text and one other modality has."""

from __future__ import annotations

from pydantic import Field

from chiasm.contracts import TUNING
from chiasm.runtime import RuntimeParams


class DualParams(RuntimeParams):
    """Which texts go into a batch, and what runs the model."""

    model: str = Field(description="Hub id or folder of the model.")
    revision: str | None = Field(
        None,
        description="Commit, tag or branch on the hub; when not given, the commit that chiasm knows of the model, or "
        "else its main branch.",
    )
    batch_tokens: int | None = Field(
        None,
        ge=1,
        description="Tokens of texts in a batch, padding counted; 1024 on a processor and 65536 on a GPU when not "
        "given.",
        json_schema_extra=TUNING,
    )
