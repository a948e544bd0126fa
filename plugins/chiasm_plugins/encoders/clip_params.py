"""Params of the ``clip`` encoder."""

from __future__ import annotations

from pydantic import Field

from chiasm.contracts import TUNING
from chiasm_plugins.encoders.dual_params import DualParams


class ClipParams(DualParams):
    """Which model of text and images."""

    model: str = Field(
        "openai/clip-vit-base-patch32",
        description="Hub id or folder of a CLIP, SigLIP or SigLIP 2 model, or of its kin (MetaCLIP 2, AltCLIP, Chinese "
        "CLIP, ALIGN). The default is small (0.6 GB), fast and English only; 'google/siglip2-base-patch16-224' finds "
        "more and understands many languages (1.5 GB).",
    )
    batch_images: int | None = Field(
        None,
        ge=1,
        description="Images in a batch; 8 on a processor and 64 on a GPU when not given.",
        json_schema_extra=TUNING,
    )
