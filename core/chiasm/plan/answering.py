"""The ``search:`` part of a configuration, checked against the index steps: what joins rankings and what reranks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chiasm.config.model import ComponentChoice, SearchConfig
from chiasm.config.reading import Origin, YamlPath
from chiasm.contracts.fusion import HybridFusion, LateFusion
from chiasm.contracts.reranker import Reranker
from chiasm.errors import ChiasmError, ConfigError, nearest_names
from chiasm.plan.components import ComponentMaker
from chiasm.plan.model import EncodeStep, FuseStep, Hybrid, PlannedComponent, TranslateStep


class Answering:
    """Makes and checks what answers queries.

    Args:
        config: The ``search:`` part.
        maker: Makes components.
        origin: Where the configuration was written.
        encodings: The plan's encode steps.
        fusions: Its fuse steps.
        hybrids: By fused field, the hybrid fusion that its step names.
        translations: The plan's translate steps.
    """

    def __init__(
        self,
        config: SearchConfig,
        maker: ComponentMaker,
        origin: Origin,
        encodings: Sequence[EncodeStep],
        fusions: Sequence[FuseStep],
        hybrids: Mapping[str, HybridFusion[Any]],
        translations: Sequence[TranslateStep],
    ) -> None:
        self._config = config
        self._maker = maker
        self._origin = origin
        self._encodings = encodings
        self._fusions = fusions
        self._hybrids = hybrids
        self._translations = translations

    def joining(self) -> tuple[LateFusion[Any], Hybrid | None]:
        """Return what joins rankings: a late fusion, or a hybrid one together with the field that it fused.

        Raises:
            ConfigError: The component is neither, or a hybrid fusion is named here or in a step alone.
            FusionError: A fusion has an option for a field or a leg that is not there.
        """
        path: YamlPath = ("search", "fuse")
        by = self._maker.get(self._config.fuse, "fusion", path)
        chosen = by.component
        if isinstance(chosen, HybridFusion):
            self._check_calibration(chosen.late, path)
            return chosen.late, self._hybrid(by, chosen, path)
        if not isinstance(chosen, LateFusion):
            raise ConfigError(
                f"{by.name!r} ({by.id}) is neither a late nor a hybrid fusion, which is due here",
                where=self._origin.at(path),
            )
        if self._hybrids:
            raise ConfigError(
                f"a hybrid fusion makes the field {next(iter(self._hybrids))!r}, and {by.name!r} does not join its "
                "parts",
                where=self._origin.at(path),
                fix="Give 'search: {fuse: ...}' the name that the step 'fuse' has, or fuse by an early fusion there.",
            )
        self._check_calibration(chosen, path)
        self._check_sources(chosen, path)
        return chosen, None

    def _check_sources(self, late: LateFusion[Any], path: YamlPath) -> None:
        """Refuse weights for legs that no search can have; sums of legs are known where the weights name them."""
        weighted: Iterable[str] = dict(late.params).get("weights") or ()
        if not weighted:
            return  # a fusion that learnt from legs knows theirs, and says so when it is used
        known = self._leg_names()
        parts = {name.partition(":")[0] for name in known}
        vectors = self._vectors()
        sums = [
            name
            for name in weighted
            if name.rpartition(":")[2] in vectors and set(name.rpartition(":")[0].split("+")) <= parts
        ]
        try:
            late.check(list(dict.fromkeys([*known, *sums])))
        except ChiasmError as error:
            error.where = ": ".join(filter(None, (self._origin.at(path), error.where)))
            raise

    def _leg_names(self) -> list[str]:
        names = []
        for step in self._encodings:
            taken = step.encoder.consumes
            crossed = {
                each for one in self._translations if one.translator.target in taken for each in one.translator.sources
            }
            names += [f"{modality}:{step.by.name}" for modality in sorted(taken | crossed)]
        modalities = dict.fromkeys(name.partition(":")[0] for name in names)
        names += [f"{modality}:{step.target}" for step in self._fusions for modality in modalities]
        return names + [f"like:{vector}" for vector in self._vectors()]

    def _vectors(self) -> list[str]:
        return [step.vector for step in self._encodings] + [step.vector for step in self._fusions]

    def _check_calibration(self, late: LateFusion[Any], path: YamlPath) -> None:
        if late.needs_calibration and self._config.calibrate == "none":
            raise ConfigError(
                "the late fusion joins calibrated scores, and the search calibrates none",
                where=self._origin.at(path),
                fix="Add 'calibrate: z-score' to 'search', or choose another normalization.",
            )

    def _hybrid(self, by: PlannedComponent, chosen: HybridFusion[Any], path: YamlPath) -> Hybrid:
        made = [name for name, hybrid in self._hybrids.items() if hybrid is chosen]
        if len(made) != 1 or len(self._hybrids) != 1:
            problem = "no step fuses by it" if not made else f"{len(self._hybrids)} fields are fused by hybrid fusions"
            raise ConfigError(
                f"{by.name!r} joins one fused field with its parts, and {problem}",
                where=self._origin.at(path),
                fix="Put it under 'components', and name it in one step 'fuse: [text, image]' and in 'search'.",
            )
        step = next(each for each in self._fusions if each.target == made[0])
        try:
            chosen.check(self._searchable())
        except ChiasmError as error:
            error.where = ": ".join(filter(None, (self._origin.at(("components", by.name)), error.where)))
            raise
        return Hybrid(by, chosen, step.target, step.fields)

    def rerankers(self) -> tuple[PlannedComponent, ...]:
        """Return what reranks, in order.

        Raises:
            ConfigError: A component is neither a reranker nor an encoder with stored vectors, or no encoder is left.
            RegistryError: A component is unknown or cannot be used.
        """
        planned = tuple(
            self._reranker(choice, ("search", "rerank", at)) for at, choice in enumerate(self._config.rerank)
        )
        names = {each.name for each in planned}
        if all(step.by.name in names for step in self._encodings):
            raise ConfigError(
                "every encoder reranks, so none is left to find candidates",
                where=self._origin.at(("search", "rerank")),
                fix="Encode a field with another encoder too.",
            )
        return planned

    def _reranker(self, choice: ComponentChoice, path: YamlPath) -> PlannedComponent:
        encoding = next((step.by for step in self._encodings if step.by.name == choice), None)
        if encoding is not None:
            return encoding
        if isinstance(choice, str) and self._maker.kind_of(choice) == "encoder":
            raise ConfigError(
                f"{choice!r} is an encoder, and no step encodes with it, so the store has no vectors to rerank by",
                where=self._origin.at(path),
                fix=f"Add a step such as 'encode: text' with {choice!r}.",
            )
        planned = self._maker.get(choice, "reranker", path)
        if not isinstance(planned.component, Reranker):
            raise ConfigError(f"{planned.name!r} ({planned.id}) is no reranker", where=self._origin.at(path))
        return planned

    def check_fields(self) -> None:
        """Refuse fields to be searched that have no vectors.

        Raises:
            ConfigError: With the nearest field.
        """
        known = self._searchable()
        for name in self._config.fields or ():
            if name not in known:
                raise ConfigError(
                    f"there are no vectors of a field {name!r}; there are of {', '.join(known)}",
                    where=self._origin.at(("search", "fields")),
                    nearest=nearest_names(name, known),
                )

    def _searchable(self) -> list[str]:
        encoded = [name for step in self._encodings for name in step.fields]
        return list(dict.fromkeys([*encoded, *(step.target for step in self._fusions)]))
