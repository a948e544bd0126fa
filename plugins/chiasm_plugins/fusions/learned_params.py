"""Params of the learned late fusion."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from chiasm.contracts import Params


class LearnedParams(Params):
    """Params of ``learned``."""

    model: Path | None = Field(None, description="File of the trained fusion, as 'save' writes it.")
    method: Literal["logistic", "boosting"] = Field(
        "logistic", description="Logistic regression, or gradient boosting of small decision trees. Training only."
    )
    regularization: float = Field(
        1.0, gt=0, allow_inf_nan=False, description="Strength of the penalty on great weights; logistic, training only."
    )
    trees: int = Field(100, ge=1, le=10_000, description="Number of trees; boosting, training only.")
    depth: int = Field(2, ge=1, le=10, description="Depth of a tree; boosting, training only.")
    seed: int = Field(0, ge=0, description="Of boosting; training only.")
