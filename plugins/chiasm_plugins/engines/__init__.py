"""The built-in engines."""

from __future__ import annotations

from chiasm_registry import ComponentSpec, hookimpl


@hookimpl
def chiasm_components() -> list[ComponentSpec]:
    """Describe the engines."""
    return [
        ComponentSpec(
            kind="engine",
            name="local",
            target="chiasm_plugins.engines.local:LocalEngine",
            params="chiasm_plugins.engines.local_params:LocalParams",
            summary="Runs a plan in this process: threads read and decode while the models compute",
        )
    ]
