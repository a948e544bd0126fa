"""Plugins and components as JSON."""

from __future__ import annotations

from typing import Any

from chiasm.errors import UnusableComponent
from chiasm_registry import PluginReport, RegisteredComponent


def component_record(component: RegisteredComponent, *, with_params: bool = False) -> dict[str, Any]:
    """Return what is known of a component.

    Args:
        component: The component.
        with_params: Whether to import its params model and give its JSON Schema.
    """
    schema = params_schema(component) if with_params else None  # first: it may change the state
    spec = component.spec
    record = {
        "id": component.id,
        "kind": component.kind,
        "name": component.name,
        "distribution": component.distribution,
        "version": component.version,
        "plugin": component.plugin,
        "state": component.state,
        "message": component.message,
        "fix": component.fix,
        "summary": spec.summary,
        "consumes": spec.consumes,
        "produces": spec.produces,
        "requires": spec.requires,
        "install_hint": spec.install_hint,
        "api": spec.api,
        "target": spec.target,
    }
    return record | {"params": schema} if with_params else record


def plugin_record(plugin: PluginReport) -> dict[str, Any]:
    """Return what became of a plugin, with its components."""
    return {
        "id": plugin.id,
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "module": plugin.value,
        "state": plugin.state,
        "import_seconds": round(plugin.seconds, 6),
        "error": plugin.error,
        "fix": plugin.fix,
        "traceback": plugin.traceback,
        "components": [component_record(each) for each in plugin.components],
    }


def params_schema(component: RegisteredComponent) -> dict[str, Any] | None:
    """Return the JSON Schema of a component's params; ``None`` when it has none or is not usable."""
    from pydantic import BaseModel

    try:
        model = component.load_params() if component.usable else None
    except UnusableComponent:
        return None
    return model.model_json_schema() if model is not None and issubclass(model, BaseModel) else None
