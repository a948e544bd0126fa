"""Params of every component that runs a torch module: which runtime, in which precision, on what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chiasm.contracts.component import TUNING, Params

RuntimeName = Literal["torch", "openvino", "onnxruntime"]
Precision = Literal["float32", "bfloat16"]
Device = Literal["cpu", "cuda"]


class RuntimeParams(Params):
    """Mixed into the params of a component that runs a torch module.

    They change how fast vectors come, and the vectors themselves by less than 0.0005 in cosine, so all are ``TUNING``.
    """

    runtime: Literal["auto", "torch", "openvino", "onnxruntime"] = Field(
        "auto",
        description="What runs the model; 'auto' takes the fastest that is installed for this processor.",
        json_schema_extra=TUNING,
    )
    dtype: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Precision of the arithmetic; 'auto' takes bfloat16 where the processor computes in it. Vectors "
        "come as float32 either way.",
        json_schema_extra=TUNING,
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where the model runs; 'auto' takes a GPU that torch can use.", json_schema_extra=TUNING
    )
    threads: int | None = Field(
        None,
        ge=1,
        description="Processor threads that the model uses; all that this process may use when not given.",
        json_schema_extra=TUNING,
    )
