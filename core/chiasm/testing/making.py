"""Makes a component of an installed plugin from params alone, as a pipeline would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chiasm.contracts.component import Component
from chiasm.plan.components import ComponentMaker
from chiasm_registry import RegisteredComponent, Registry, installed_registry


def make_component(
    registered: RegisteredComponent,
    params: Mapping[str, Any],
    others: Mapping[str, Any] | None = None,
    registry: Registry | None = None,
) -> Component[Any]:
    """Return the component with these params, nothing of it loaded.

    Args:
        registered: The component.
        params: As they would stand in a configuration.
        others: Further components that params may name, as under ``components`` in a configuration.
        registry: Where ``registered`` is from; what is installed by default.

    Raises:
        ConfigError: The params are wrong.
        UnusableComponent: It cannot be used, or its constructor raises.
    """
    from chiasm.config.model import Use
    from chiasm.config.reading import Origin

    named = {name: Use.model_validate(use) for name, use in (others or {}).items()}
    maker = ComponentMaker(registry or installed_registry(), named, Origin())
    return maker.get(Use(use=registered.id, params=dict(params)), registered.kind, (registered.kind,)).component
