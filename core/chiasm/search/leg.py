"""A leg of a search: one query vector, and the stored vectors that it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from chiasm.contracts.encoder import Vector


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """One query vector and where it is compared.

    Attributes:
        name: ``"modality:encoder"``, for example ``"audio:words"``.
        parts: Parts of the query that it comes from: modalities of its items, or ``"like"``.
        vector_name: Name of the stored vectors that it is compared with.
        vector: The query vector, in their space.
        encoded: Modality of what was encoded: that of the item, or of what it was translated to.
        via: Name of the translator before the encoder; empty where there was none.
        heard: What the translator made of the query, where that is a text.
        summed: Names of the legs that it is the sum of; empty where it is one.
        without: Parts of the query that were subtracted: ``"unlike"``, ``"exclude"``.
        weight: How much it counts beside other legs.
        seconds: Spent on making the vector.
    """

    name: str
    parts: tuple[str, ...]
    vector_name: str
    vector: Vector
    encoded: str = ""
    via: str = ""
    heard: str = ""
    summed: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    weight: float = 1.0
    seconds: float = 0.0
