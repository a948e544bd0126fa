"""Params that fusions trained by gradient descent have in common."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chiasm.contracts import TrainedParams


class NeuralParams(TrainedParams):
    """Shape and training of a fusion that is a small neural network."""

    dim: int = Field(64, ge=1, description="Dimensions of a fused vector.")
    objective: Literal["auto", "classes", "groups", "views"] = Field(
        "auto",
        description="What is learnt: to tell the classes in 'target' apart; that documents of one group in 'target' "
        "are near each other; or, without 'target', that fields of one document are. 'auto' is 'classes' with a target "
        "and 'views' without.",
    )
    epochs: int = Field(80, ge=1, description="Times that all documents are seen, at most.")
    patience: int = Field(12, ge=1, description="Epochs without a better result on held-out documents before it ends.")
    held_out: float = Field(
        0.1, ge=0, lt=1, description="Share of the documents held out to choose the best epoch; 0 takes the last."
    )
    batch: int = Field(128, ge=2, description="Documents in a step.")
    learning_rate: float = Field(2e-3, gt=0, description="Highest rate of AdamW.")
    weight_decay: float = Field(0.01, ge=0, description="Of AdamW.")
    dropout: float = Field(0.2, ge=0, lt=1, description="Share of hidden values dropped in training.")
    modality_dropout: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="Share of a document's fields hidden in training, never all, so that it learns to do without. "
        "Objective 'views' hides fields in any case.",
    )
    temperature: float = Field(0.07, gt=0, description="Of the softmax over similarities, for 'groups' and 'views'.")
    seed: int = Field(0, ge=0, description="The same seed and data give the same weights on the same machine.")
