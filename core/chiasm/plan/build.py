"""From a configuration to a plan: every name, modality, space and dimension is checked along every edge."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from chiasm.config.model import Encode, Fuse, PipelineConfig, PoolSeconds, Translate
from chiasm.config.reading import Origin, YamlPath
from chiasm.contracts.component import Component
from chiasm.contracts.encoder import Encoder
from chiasm.contracts.fusion import EarlyFusion, HybridFusion
from chiasm.contracts.store import Store
from chiasm.contracts.translator import Translator
from chiasm.errors import ChiasmError, ConfigError, nearest_names
from chiasm.media.loaders import loaded_modalities
from chiasm.plan.answering import Answering
from chiasm.plan.components import ComponentMaker
from chiasm.plan.missing import missing_policy
from chiasm.plan.model import EncodeStep, FuseStep, Plan, PlannedComponent, TranslateStep
from chiasm.space import EmbeddingSpace
from chiasm_registry import Registry

C = TypeVar("C", bound=Component[Any])


def build_plan(config: PipelineConfig, registry: Registry, origin: Origin) -> Plan:
    """Resolve and check ``config``.

    Raises:
        ConfigError: A name, param, modality or space is wrong; the message has the place and the nearest valid choice.
        RegistryError: A component is unknown, ambiguous or cannot be used.
        SpaceMismatch: Vectors that are fused belong to different spaces.
        ModelUnavailable: A model's configuration, which its space depends on, cannot be read.
    """
    return _Builder(config, registry, origin).plan()


class _Builder:
    def __init__(self, config: PipelineConfig, registry: Registry, origin: Origin) -> None:
        self._config = config
        self._origin = origin
        self._maker = ComponentMaker(registry, config.components, origin)
        self._base = _base_fields(config, registry)
        self._fields: dict[str, str] = dict(self._base)
        self._pools: dict[str, str | float] = {}
        self._spaces: dict[str, EmbeddingSpace] = {}
        self._translations: list[TranslateStep] = []
        self._encodings: list[EncodeStep] = []
        self._fusions: list[FuseStep] = []
        self._hybrids: dict[str, HybridFusion[Any]] = {}

    def plan(self) -> Plan:
        for at, step in enumerate(self._config.index):
            path: YamlPath = ("index", at)
            match step:
                case Translate():
                    self._translate(step, path)
                case Encode():
                    self._encode(step, path)
                case Fuse():
                    self._fuse(step, path)
        if not self._encodings:
            raise ConfigError(
                "no step encodes anything, so nothing could be found", where=self._origin.at(("index",)),
                fix="Add a step such as 'encode: text' with an encoder.",
            )  # fmt: skip
        answering = Answering(
            self._config.search,
            self._maker,
            self._origin,
            self._encodings,
            self._fusions,
            self._hybrids,
            self._translations,
        )
        late, hybrid = answering.joining()
        rerankers = answering.rerankers()
        answering.check_fields()
        store = self._component(self._config.store, "store", Store, ("store",))[1]
        return Plan(
            self._fields,
            tuple(self._base),
            tuple(self._translations),
            tuple(self._encodings),
            tuple(self._fusions),
            self._spaces,
            late,
            store,
            self._maker.made,
            self._config.media,
            tuple(f"component {name!r} is used by no step" for name in self._maker.unused),
            rerankers,
            hybrid,
        )

    def _component(self, choice: Any, kind: str, contract: type[C], path: YamlPath) -> tuple[Any, C]:  # noqa: ANN401
        planned = self._maker.get(choice, kind, path)
        if not isinstance(planned.component, contract):
            raise ConfigError(
                f"{planned.name!r} ({planned.id}) is no {contract.__name__}, which is due here",
                where=self._origin.at(path),
            )
        return planned, planned.component

    def _translate(self, step: Translate, path: YamlPath) -> None:
        by, translator = self._component(step.with_, "translator", Translator, (*path, "with"))
        for name in step.sources:
            self._check_modality(name, translator.sources, by.name, (*path, "translate"))
        known = self._fields.get(step.target, translator.target)
        if step.target in self._base or known != translator.target:
            raise ConfigError(
                f"the field {step.target!r} is there already, with modality {known!r}",
                where=self._origin.at((*path, "translate")),
                fix="Give the translated field a name of its own.",
            )
        self._fields[step.target] = translator.target
        self._translations.append(TranslateStep(step.sources, step.target, by, translator))

    def _encode(self, step: Encode, path: YamlPath) -> None:
        by, encoder = self._component(step.with_, "encoder", Encoder, (*path, "with"))
        pool = step.pool.seconds if isinstance(step.pool, PoolSeconds) else step.pool
        vector = self._vector_name(by.name, encoder.space)
        for name in step.encode:
            self._check_modality(name, encoder.consumes, by.name, (*path, "encode"))
            if self._pools.setdefault(name, pool) != pool:
                raise ConfigError(
                    f"the field {name!r} is pooled in one step and otherwise in another",
                    where=self._origin.at((*path, "pool")),
                )
            if any(name in other.fields and other.vector == vector for other in self._encodings):
                raise ConfigError(
                    f"the field {name!r} is encoded twice into the space of {vector!r}",
                    where=self._origin.at((*path, "encode")),
                )
        if pool != "none" and encoder.space.kind != "dense":
            raise ConfigError(
                f"vectors of {by.name!r} are {encoder.space.kind} and cannot be averaged",
                where=self._origin.at((*path, "pool")),
            )
        self._encodings.append(EncodeStep(step.encode, by, encoder, vector, pool))

    def _fuse(self, step: Fuse, path: YamlPath) -> None:
        by = self._maker.get(step.with_, "fusion", (*path, "with"))
        if isinstance(by.component, HybridFusion):
            fusion = by.component.early
            self._hybrids[step.as_] = by.component
            # What was indexed depends on the early fusion alone, whatever joins the rankings.
            made = [each for each in self._maker.made if each.component is fusion]
            by = made[0] if made else PlannedComponent(by.name, type(fusion).__name__, fusion)
        else:
            by, fusion = self._component(step.with_, "fusion", EarlyFusion, (*path, "with"))
        kinds = ("dense", "multi") if fusion.sequences else ("dense",)
        inputs = dict(self._fuse_input(name, kinds, (*path, "fuse")) for name in step.fuse)
        if step.as_ in self._fields:
            raise ConfigError(f"the field {step.as_!r} is there already", where=self._origin.at((*path, "as")))
        try:
            space = fusion.space({name: self._spaces[vector] for name, vector in inputs.items()})
        except ChiasmError as error:
            error.where = ": ".join(filter(None, (self._origin.at(path), error.where)))
            raise
        stand_ins = missing_policy(
            step, fusion, inputs, self._fields, self._translations, self._encodings, self._origin.at(path)
        )
        vector = self._vector_name(step.as_, space)
        self._fields[step.as_] = "fused"
        self._fusions.append(FuseStep(tuple(inputs), inputs, step.as_, by, fusion, vector, step.missing, stand_ins))

    def _fuse_input(self, name: str, kinds: Collection[str], path: YamlPath) -> tuple[str, str]:
        field, _, encoder = name.partition(".")
        self._check_field(field, path)
        vectors = {
            each.by.name: each.vector
            for each in self._encodings
            if field in each.fields and each.encoder.space.kind in kinds
        }
        if encoder and encoder in vectors:
            return field, vectors[encoder]
        if encoder or len(vectors) != 1:
            choices = [f"{field}.{each}" for each in vectors]
            problem = (
                f"{name!r} has no {' or '.join(kinds)} vector"
                if not vectors
                else f"which vector of {field!r} is fused must be said"
            )
            raise ConfigError(
                problem, where=self._origin.at(path), nearest=choices,
                fix="Encode the field in a step before." if not vectors else None,
            )  # fmt: skip
        return field, next(iter(vectors.values()))

    def _vector_name(self, wanted: str, space: EmbeddingSpace) -> str:
        for name, known in self._spaces.items():
            if known == space:
                return name
        self._spaces[wanted] = space
        return wanted

    def _check_field(self, name: str, path: YamlPath) -> None:
        if name not in self._fields:
            raise ConfigError(
                f"there is no field {name!r} at this step; there are {', '.join(self._fields)}",
                where=self._origin.at(path),
                nearest=nearest_names(name, self._fields),
            )

    def _check_modality(self, name: str, accepted: frozenset[str], by: str, path: YamlPath) -> None:
        self._check_field(name, path)
        if self._fields[name] not in accepted:
            raise ConfigError(
                f"{by!r} takes {' or '.join(sorted(accepted))}, and the field {name!r} is {self._fields[name]}",
                where=self._origin.at(path),
                nearest=[field for field, modality in self._fields.items() if modality in accepted][:3],
            )


def _base_fields(config: PipelineConfig, registry: Registry) -> Mapping[str, str]:
    declared = {name: mapping.modality or name for name, mapping in config.documents.fields.items()}
    return declared or {modality: modality for modality in loaded_modalities(registry)}
