"""From names in a configuration to components: looked up, their params checked, their parts joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chiasm.config.model import ComponentChoice, Use
from chiasm.config.reading import Origin, YamlPath, checked_model
from chiasm.contracts.component import Component, NoParams, Params
from chiasm.errors import ChiasmError, ConfigError, UnknownComponent, UnusableComponent, nearest_names
from chiasm.plan.model import PlannedComponent
from chiasm_registry import RegisteredComponent, Registry


class ComponentMaker:
    """Makes each component of a configuration once, when a step first uses it.

    Args:
        registry: Where components are looked up.
        named: The configuration's ``components``.
        origin: Where the configuration was written.
    """

    def __init__(self, registry: Registry, named: Mapping[str, Use], origin: Origin) -> None:
        self._registry = registry
        self._named = named
        self._origin = origin
        self._made: dict[str, PlannedComponent] = {}
        self._underway: list[str] = []

    @property
    def made(self) -> tuple[PlannedComponent, ...]:
        """Components made so far."""
        return tuple(self._made.values())

    @property
    def unused(self) -> tuple[str, ...]:
        """Named components that no step has used so far."""
        return tuple(name for name in self._named if name not in self._made)

    def kind_of(self, name: str) -> str | None:
        """Return the kind of a named component; ``None`` where there is none, or its plugins offer several."""
        wanted = self._named[name].use if name in self._named else None
        kinds = {each.kind for each in self._registry.components() if wanted in (each.name, each.id)}
        return kinds.pop() if len(kinds) == 1 else None

    def get(self, choice: ComponentChoice, kind: str, path: YamlPath) -> PlannedComponent:
        """Return the component of ``kind`` that ``choice`` names or describes.

        Args:
            choice: A name from ``components``, or a component in place.
            kind: Kind that the place asks for.
            path: Place of the choice.

        Raises:
            ConfigError: The name or params are wrong, or the component is of another kind.
            RegistryError: It is unknown, ambiguous or cannot be used.
        """
        if isinstance(choice, Use):
            return self._make(self._free_name(choice.use), choice, kind, path)
        if choice in self._made:
            return self._made[choice]
        if choice not in self._named:
            raise ConfigError(
                f"there is no component {choice!r}; 'components' has {', '.join(self._named) or 'none'}",
                where=self._origin.at(path),
                nearest=nearest_names(choice, self._named),
            )
        return self._make(choice, self._named[choice], kind, ("components", choice))

    def _make(self, name: str, use: Use, kind: str, path: YamlPath) -> PlannedComponent:
        if name in self._underway:
            circle = " -> ".join([*self._underway, name])
            raise ConfigError(f"components name each other in a circle: {circle}", where=self._origin.at(path))
        self._underway.append(name)
        try:
            registered = self._lookup(use.use, kind, path)
            params = self._params(registered, use, path)
            parts = {field: self._part(params, field, path) for field in _part_fields(params)}
            component = self._construct(registered, params, {key: part for key, part in parts.items() if part})
        finally:
            self._underway.pop()
        planned = PlannedComponent(name, registered.id, component)
        self._made[name] = planned
        return planned

    def _construct(
        self, registered: RegisteredComponent, params: Params, parts: Mapping[str, Component[Any]]
    ) -> Component[Any]:
        contract = registered.load_class()
        try:
            component: Component[Any] = contract(params, parts)
        except ChiasmError:
            raise
        except Exception as error:
            raise UnusableComponent(
                f"{registered.kind} {registered.id!r} cannot be made ({type(error).__name__}: {error})",
                fix="This is a fault of the plugin: tell its authors.",
            ) from error
        return component

    def _lookup(self, name: str, kind: str, path: YamlPath) -> RegisteredComponent:
        try:
            return self._registry.get(kind, name)
        except UnknownComponent as error:
            kinds = sorted({each.kind for each in self._registry.components() if name in (each.name, each.id)})
            problem = f"{name!r} is a {' and a '.join(kinds)}, and a {kind} is due here" if kinds else error.problem
            raise ConfigError(
                problem, where=self._origin.at((*path, "use")), nearest=error.nearest, fix=error.fix
            ) from error

    def _params(self, registered: RegisteredComponent, use: Use, path: YamlPath) -> Params:
        model = registered.load_params() or NoParams
        params: Params = checked_model(model, use.params, self._origin, (*path, "params"))
        return params

    def _part(self, params: Params, field: str, path: YamlPath) -> Component[Any] | None:
        name = getattr(params, field)
        if name is None:
            return None
        part_path = (*path, "params", field)
        if name in self._made:
            return self._made[name].component
        if name not in self._named:
            raise ConfigError(
                f"{field!r} names the component {name!r}, which is not among 'components'",
                where=self._origin.at(part_path),
                nearest=nearest_names(name, self._named),
            )
        kinds = {each.kind for each in self._registry.components() if self._named[name].use in (each.name, each.id)}
        kind = "encoder" if "encoder" in kinds or not kinds else min(kinds)
        return self.get(name, kind, part_path).component

    def _free_name(self, wanted: str) -> str:
        taken = {*self._made, *self._named}
        return next(
            name
            for name in (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
            if name not in taken
        )


def _part_fields(params: Params) -> list[str]:
    return [
        name
        for name, info in type(params).model_fields.items()
        if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("chiasm-part")
    ]
