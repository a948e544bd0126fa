"""Params of the ``conse`` encoder."""

from __future__ import annotations

from pydantic import Field, field_validator

from chiasm.contracts import PART, TUNING
from chiasm.runtime.params import RuntimeParams


class ConseParams(RuntimeParams):
    """Which classifier looks at images, and whose words they are given."""

    words: str = Field(description="The text encoder into whose space images go.", json_schema_extra=PART)
    classifier: str = Field(
        "starter:efficientnet-lite0",
        description="An image classifier of transformers whose classes have names: hub id, folder, or "
        "'starter:efficientnet-lite0'.",
    )
    revision: str | None = Field(
        None, description="Commit, tag or branch of the classifier on the hub; its main branch when not given."
    )
    top: int = Field(
        10, ge=1, description="Classes that an image is made of, the most probable ones (10 in Norouzi et al. 2014)."
    )
    temperature: float = Field(
        1.0,
        gt=0,
        description="Above 1 makes probabilities more equal before they weigh classes, below 1 less; at 1 they are the "
        "classifier's own.",
    )
    template: str = Field("{name}", description="What is encoded for a class; {name} is replaced by its name.")
    batch_images: int | None = Field(
        None,
        ge=1,
        description="Images in a batch; 8 on a processor and 64 on a GPU when not given.",
        json_schema_extra=TUNING,
    )

    @field_validator("template")
    @classmethod
    def _names_the_class(cls, template: str) -> str:
        if "{name}" not in template:
            raise ValueError("the template has no {name}, so every class would be the same")
        return template
