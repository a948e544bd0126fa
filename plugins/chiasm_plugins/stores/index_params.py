"""Params of the approximate index, the same for every Qdrant store."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chiasm.contracts import Params


class IndexParams(Params):
    """How dense vectors are indexed and how the index is searched.

    The graph's defaults are Qdrant's own (qdrant.tech/documentation, Indexing). Those of quantization are measured, on
    100 000 vectors of 384 dimensions in 1 000 clusters and two cores, with ``int8`` against ``none``: 11 s instead of
    25 s to build, and 0.24 ms instead of 0.55 ms (``ef`` 128) a search; without oversampling recall@10 falls from
    1.00 to 0.95, with three times as many candidates rescored it is 1.00 again.
    """

    m: int = Field(16, ge=4, le=128, description="Edges of each vector in the search graph.")
    ef_construct: int = Field(100, ge=8, description="Candidates looked at to place a vector in the graph.")
    ef: int = Field(128, ge=8, description="Candidates looked at in a search; more finds more and takes longer.")
    quantization: Literal["none", "int8"] = Field(
        "int8", description="Whether the graph is built and walked with vectors of 8-bit integers beside the full ones."
    )
    oversampling: float = Field(
        3.0,
        ge=1,
        description="With quantization: how many times as many candidates are compared again by their full vectors.",
    )
