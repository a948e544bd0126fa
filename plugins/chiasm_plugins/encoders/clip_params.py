"""Params of the ``clip`` encoder."""

from __future__ import annotations

from pydantic import Field

from chiasm.contracts import TUNING
from chiasm_plugins.encoders.dual_params import DualParams


class ClipParams(DualParams):
    """Which model of text and images."""

    model: str = Field(
        "google/siglip2-base-patch16-224",
        description="Hub id or folder of a CLIP, SigLIP or SigLIP 2 model, or of its kin (MetaCLIP 2, AltCLIP, Chinese "
        "CLIP, ALIGN). The default understands many languages (1.5 GB); 'openai/clip-vit-base-patch32' is smaller "
        "(0.6 GB) and faster, English only and finds less.",
    )
    batch_images: int | None = Field(
        None,
        ge=1,
        description="Images in a batch; 8 on a processor and 64 on a GPU when not given.",
        json_schema_extra=TUNING,
    )
