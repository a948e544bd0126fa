"""A plan: the checked steps of a pipeline with their components, before anything is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from chiasm.contracts.component import Component, ModelInfo, Params
from chiasm.contracts.early_fusion import EarlyFusion
from chiasm.contracts.encoder import Encoder
from chiasm.contracts.hybrid_fusion import HybridFusion
from chiasm.contracts.late_fusion import LateFusion
from chiasm.contracts.store import Store
from chiasm.contracts.translator import Translator
from chiasm.fusion.policies import Missing
from chiasm.media.limits import Limits
from chiasm.space import EmbeddingSpace


@dataclass(frozen=True, slots=True)
class PlannedComponent:
    """A component with the name that steps call it by.

    Attributes:
        name: Name in the configuration.
        id: Canonical id of the plugin's component.
        component: The component, nothing of it loaded.
    """

    name: str
    id: str
    component: Component[Any]

    def identity(self) -> dict[str, Any]:
        """Return what its results depend on: its id, and its params without those that only tune speed."""
        return {"id": self.id, "params": identity_params(self.component.params)}


@dataclass(frozen=True, slots=True)
class TranslateStep:
    """Items of ``sources`` become items of ``target``."""

    sources: tuple[str, ...]
    target: str
    by: PlannedComponent
    translator: Translator[Any]


@dataclass(frozen=True, slots=True)
class EncodeStep:
    """Items of ``fields`` become vectors called ``vector``.

    Attributes:
        fields: Fields that are encoded.
        by: The encoder's entry in the configuration.
        encoder: The encoder.
        vector: Name of the vector in the store; encoders of one space share it.
        pool: One vector an item (``"none"``), a document (``"mean"``), or a stretch of so many seconds.
    """

    fields: tuple[str, ...]
    by: PlannedComponent
    encoder: Encoder[Any]
    vector: str
    pool: Literal["none", "mean"] | float


@dataclass(frozen=True, slots=True)
class FuseStep:
    """Vectors of ``fields`` become one vector of the field ``target``.

    Attributes:
        fields: Fields that are fused.
        inputs: Name of the vector taken from each field.
        target: Name of the fused field.
        by: The fusion's entry in the configuration.
        fusion: The fusion.
        vector: Name of the vector in the store.
        missing: What is done about a field that a document lacks.
        stand_ins: For ``missing: translate``, by field: translated fields that take its place, best first.
    """

    fields: tuple[str, ...]
    inputs: Mapping[str, str]
    target: str
    by: PlannedComponent
    fusion: EarlyFusion[Any]
    vector: str
    missing: Missing = "skip"
    stand_ins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Every field, with the name of its vector, that a document may have something of for this step."""
        named = ((name, *self.stand_ins.get(name, ())) for name in self.fields)
        return tuple((each, self.inputs[names[0]]) for names in named for each in names)


@dataclass(frozen=True, slots=True)
class Hybrid:
    """A fused field and its parts, which are searched as sources of their own and joined by one hybrid fusion.

    Attributes:
        by: The fusion's entry in the configuration.
        fusion: The fusion.
        joint: The fused field.
        parts: The fields that it is made of.
    """

    by: PlannedComponent
    fusion: HybridFusion[Any]
    joint: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a pipeline will do.

    Attributes:
        fields: Modality by field, base fields first.
        base_fields: Fields that documents bring.
        translations: Translate steps, in order.
        encodings: Encode steps, in order.
        fusions: Fuse steps, in order.
        spaces: Embedding space by vector name.
        late: The fusion that joins the legs of a search; of a hybrid fusion its late one.
        hybrid: What searches a fused field and its parts apart; ``None`` where nothing does.
        rerankers: What ranks candidates anew, in order: rerankers, and encoders of which the store has vectors.
        store: Where vectors are kept.
        components: Every component in use.
        limits: Limits on what is decoded.
        notes: What a user should know though it is no mistake.
    """

    fields: Mapping[str, str]
    base_fields: tuple[str, ...]
    translations: tuple[TranslateStep, ...]
    encodings: tuple[EncodeStep, ...]
    fusions: tuple[FuseStep, ...]
    spaces: Mapping[str, EmbeddingSpace]
    late: LateFusion[Any]
    store: Store[Any]
    components: tuple[PlannedComponent, ...]
    limits: Limits = field(default_factory=Limits)
    notes: tuple[str, ...] = ()
    rerankers: tuple[PlannedComponent, ...] = ()
    hybrid: Hybrid | None = None

    @property
    def finders(self) -> tuple[EncodeStep, ...]:
        """The encode steps whose vectors find candidates; the others rerank them."""
        reranking = {planned.name for planned in self.rerankers}
        return tuple(step for step in self.encodings if step.by.name not in reranking)

    @property
    def fingerprint(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of everything that indexed vectors depend on."""
        identity: list[Any] = [
            *(["translate", step.sources, step.target, step.by.identity()] for step in self.translations),
            *(
                ["encode", step.fields, step.pool, step.by.identity(), step.encoder.space.fingerprint]
                for step in self.encodings
            ),
            *(
                ["fuse", dict(step.inputs), step.target, step.by.identity(), step.missing, space.fingerprint]
                for step in self.fusions
                for space in [self.spaces[step.vector]]
            ),
        ]
        return hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()[:16]

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The models that the components will need, each once."""
        found = {(model.name, model.revision): model for each in self.components for model in each.component.models()}
        return tuple(found.values())

    @property
    def modalities(self) -> frozenset[str]:
        """Modalities of what documents bring."""
        return frozenset(self.fields[name] for name in self.base_fields)

    @property
    def asked(self) -> frozenset[str]:
        """Modalities of the fields that a step takes."""
        steps = [name for step in self.translations for name in step.sources]
        steps += [name for step in self.encodings for name in step.fields]
        return frozenset(self.fields[name] for name in steps)

    def origins_of(self, field_name: str) -> frozenset[str]:
        """Return the modalities of the base fields that a field can come from; its own where it is one of them."""
        if field_name in self.base_fields:
            return frozenset({self.fields[field_name]})
        sources = {name for step in self.translations if step.target == field_name for name in step.sources}
        sources |= {name for step in self.fusions if step.target == field_name for name in step.fields}
        return frozenset(each for name in sources - {field_name} for each in self.origins_of(name))

    def translations_of(self, field_name: str) -> list[TranslateStep]:
        """Return the steps that translate a field."""
        return [step for step in self.translations if field_name in step.sources]

    def encodings_of(self, field_name: str) -> list[EncodeStep]:
        """Return the steps that encode a field."""
        return [step for step in self.encodings if field_name in step.fields]

    def fields_in(self, vector: str) -> tuple[str, ...]:
        """Return the fields that have vectors called ``vector``, in order."""
        encoded = [name for step in self.encodings if step.vector == vector for name in step.fields]
        fused = [step.target for step in self.fusions if step.vector == vector]
        return tuple(dict.fromkeys(encoded + fused))

    def vectors_reachable_from(self, base_fields: Iterable[str]) -> tuple[str, ...]:
        """Return the names of the vectors that a document with these fields can get, sorted."""
        fields = set(base_fields)
        for step in self.translations:
            if fields.intersection(step.sources):
                fields.add(step.target)
        vectors = {step.vector for step in self.encodings if fields.intersection(step.fields)}
        vectors |= {step.vector for step in self.fusions if fields.intersection(name for name, _ in step.sources)}
        return tuple(sorted(vectors))

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        from chiasm.plan.show import plan_to_dict

        return plan_to_dict(self)

    def to_text(self) -> str:
        """Return the plan as text of at most 100 columns, for a terminal."""
        from chiasm.plan.show import plan_to_text

        return plan_to_text(self)

    def to_mermaid(self) -> str:
        """Return the plan's graph as a Mermaid flowchart."""
        from chiasm.plan.graph import plan_to_mermaid

        return plan_to_mermaid(self)

    def to_svg(self) -> str:
        """Return the plan's graph as an SVG picture, drawn without any other program."""
        from chiasm.plan.svg import plan_to_svg

        return plan_to_svg(self)

    def __str__(self) -> str:
        return self.to_text()


def identity_params(params: Params) -> dict[str, Any]:
    """Return params as JSON values, without those that are marked as only tuning speed."""
    tuning = {
        name
        for name, info in type(params).model_fields.items()
        if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("chiasm-tuning")
    }
    return params.model_dump(mode="json", exclude=tuning)
