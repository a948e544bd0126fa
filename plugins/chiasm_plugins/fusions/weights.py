"""Weights by name: what is a sound set of them, and which names they may have."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import AfterValidator

from chiasm.errors import FusionError, nearest_names


def _sound(weights: dict[str, float]) -> dict[str, float]:
    for name, weight in weights.items():
        if not math.isfinite(weight) or weight < 0:
            raise ValueError(f"the weight of {name!r} is {weight}; a weight is a finite number of at least 0")
    if weights and not any(weights.values()):
        raise ValueError("every weight is 0; at least one must be greater")
    return weights


Weights = Annotated[dict[str, float], AfterValidator(_sound)]
"""Weights by name: finite, none negative, not all 0. They need not add up to 1."""


def require_known_names(weights: Mapping[str, float], known: Collection[str], kind: str, where: str) -> None:
    """Refuse a weight for a name that is not ``known``.

    Args:
        weights: Weights by name.
        known: Every name there is.
        kind: What the names are of, for the message: ``"field"`` or ``"source"``.
        where: The component, for the message.

    Raises:
        FusionError: With the nearest known name.
    """
    for name in weights:
        if name not in known:
            raise FusionError(
                f"'weights' names the {kind} {name!r}, but the {kind}s are {', '.join(sorted(known)) or 'none'}",
                where=where,
                nearest=nearest_names(name, known),
            )
