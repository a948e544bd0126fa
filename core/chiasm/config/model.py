"""The shape of a pipeline's configuration: YAML and Python make the same objects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_serializer

from chiasm.documents.config import DocumentsConfig
from chiasm.fusion.policies import Missing
from chiasm.media.limits import Limits


class ConfigModel(BaseModel):
    """Base of the configuration's parts: unknown keys are refused and values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Use(ConfigModel):
    """A component by its registered name, with its params."""

    use: str = Field(description="Registered name, short ('clip') or canonical ('acme-clip/clip').")
    params: dict[str, Any] = Field(default_factory=dict, description="The component's own params.")

    @model_serializer
    def _short(self) -> dict[str, Any]:
        return {"use": self.use, "params": self.params} if self.params else {"use": self.use}


ComponentChoice = str | Use
"""A name from 'components', or a component written in place."""


def _as_names(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_names), Field(min_length=1)]


class PoolSeconds(ConfigModel):
    """Vectors of a recording or video are averaged over stretches of so many seconds."""

    seconds: float = Field(gt=0, description="Length of a stretch, in seconds.")


class Translate(ConfigModel):
    """Makes a field from other fields: ``audio, video -> transcript``."""

    translate: str = Field(description="Fields taken, separated by commas, an arrow, and the field made.")
    with_: ComponentChoice = Field(alias="with", description="The translator.")

    @property
    def sources(self) -> tuple[str, ...]:
        """Fields that it takes."""
        return tuple(name.strip() for name in self.translate.rpartition("->")[0].split(","))

    @property
    def target(self) -> str:
        """The field that it makes."""
        return self.translate.rpartition("->")[2].strip()

    @field_validator("translate")
    @classmethod
    def _has_arrow(cls, value: str) -> str:
        if not re.fullmatch(r"\s*[\w-]+(\s*,\s*[\w-]+)*\s*->\s*[\w-]+\s*", value):
            raise ValueError("fields are written as in 'audio, video -> transcript'")
        return value


class Encode(ConfigModel):
    """Encodes fields to vectors."""

    encode: Names = Field(description="Fields that are encoded.")
    with_: ComponentChoice = Field(alias="with", description="The encoder.")
    pool: Literal["none", "mean"] | PoolSeconds = Field(
        "none", description="One vector an item ('none'), one a document ('mean'), or one a stretch ({seconds: 10})."
    )


class Fuse(ConfigModel):
    """Fuses the vectors of a document's fields into one."""

    fuse: Names = Field(description="Fields whose vectors are fused; 'field.encoder' where a field has several.")
    as_: str = Field("joint", alias="as", description="Name of the fused field.")
    with_: ComponentChoice = Field(alias="with", description="The early fusion.")
    missing: Missing = Field(
        "skip",
        description="What to do about a field that a document lacks: do without it ('skip'), take zeros ('zero') or "
        "the field's mean in training ('mean'), or what a translator made in the same space ('translate').",
    )


Step = Translate | Encode | Fuse
STEP_KINDS: dict[str, type[Translate] | type[Encode] | type[Fuse]] = {
    "translate": Translate,
    "encode": Encode,
    "fuse": Fuse,
}


Calibrate = Literal["none", "centre", "z-score"]


class SearchConfig(ConfigModel):
    """How queries are answered."""

    fuse: ComponentChoice = Field(Use(use="rrf"), description="The late fusion that joins the legs of a search.")
    merge_gap: float = Field(
        2.0, ge=0, description="Spans of a recording that are at most so many seconds apart become one moment."
    )
    push_down: bool = Field(
        True, description="Whether the store joins the legs of a search where that gives the same ranking."
    )
    compose: Literal["vectors", "rankings"] = Field(
        "vectors",
        description="Whether parts of a query that fall into one space are added up to one vector, "
        "or rank apart and are joined by the late fusion.",
    )
    calibrate: Calibrate = Field(
        "none",
        description="How scores of different fields and spaces are made comparable: not at all, less the mean of the "
        "query's scores with a sample of the field, or that in units of their deviation too.",
    )
    fields: Names | None = Field(None, description="Fields that are searched; every one that has vectors by default.")
    rerank: tuple[ComponentChoice, ...] = Field(
        (),
        description="What ranks the candidates anew, in order: rerankers, or encoders whose stored vectors do it and "
        "then find no candidates.",
    )
    candidates: int = Field(100, ge=1, description="Documents that are reranked, folded, diversified and grouped.")
    fold: float | None = Field(None, gt=0, le=1, description="Cosine from which near-duplicates are folded.")
    diversity: float = Field(0.0, ge=0, le=1, description="How much being unlike counts beside relevance.")
    group_by: str | None = Field(None, min_length=1, description="Metadata by which documents are grouped.")


class PipelineConfig(ConfigModel):
    """A whole pipeline."""

    chiasm: Literal[1] = Field(1, description="Version of this format.")
    components: dict[str, Use] = Field(default_factory=dict, description="Components by the name that steps use.")
    documents: DocumentsConfig = Field(default_factory=DocumentsConfig, description="How sources become documents.")
    media: Limits = Field(default_factory=Limits, description="Limits on what is decoded.")
    index: tuple[Step, ...] = Field(min_length=1, description="Steps from documents to vectors, in order.")
    search: SearchConfig = Field(default_factory=SearchConfig, description="How queries are answered.")
    store: Use = Field(Use(use="qdrant-edge"), description="Where vectors are kept.")
    engine: Use = Field(Use(use="local"), description="What runs the steps.")


def use(name: str, **params: Any) -> Use:  # noqa: ANN401
    """Return a component choice for a pipeline that is written in Python.

    Example:
        >>> use("sentence-transformer", model="starter:all-MiniLM-L6-v2").use
        'sentence-transformer'
    """
    return Use(use=name, params=params)


def translate(fields: str, *, with_: ComponentChoice) -> Translate:
    """Return the step of ``translate: FIELDS``, for example ``translate("audio -> transcript", with_="hearing")``."""
    return Translate(translate=fields, with_=with_)


def encode(
    fields: str | Sequence[str],
    *,
    with_: ComponentChoice,
    pool: Literal["none", "mean"] | PoolSeconds | dict[str, float] = "none",
) -> Encode:
    """Return the step of ``encode: FIELDS``, for example ``encode(["text", "transcript"], with_="words")``."""
    return Encode.model_validate({"encode": fields, "with": with_, "pool": pool})


def fuse(fields: Sequence[str], *, with_: ComponentChoice, as_: str = "joint", missing: Missing = "skip") -> Fuse:
    """Return the step of ``fuse: FIELDS``, for example ``fuse(["text", "image"], with_="mix")``."""
    return Fuse(fuse=tuple(fields), as_=as_, with_=with_, missing=missing)
