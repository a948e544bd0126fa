"""Params of the ``clap`` encoder."""

from __future__ import annotations

from pydantic import Field

from chiasm.contracts import TUNING
from chiasm_plugins.encoders.dual_params import DualParams


class ClapParams(DualParams):
    """Which model of text and sound, and how much of a long recording it hears."""

    model: str = Field("laion/clap-htsat-unfused", description="Hub id or folder of a CLAP model.")
    max_windows: int = Field(
        12,
        ge=1,
        description="Windows (10 seconds each in the usual models) of a recording that are heard; in a longer one, "
        "windows evenly spread from its beginning to its end.",
    )
    batch_windows: int | None = Field(
        None,
        ge=1,
        description="Windows of sound in a batch; 4 on a processor and 64 on a GPU when not given.",
        json_schema_extra=TUNING,
    )
