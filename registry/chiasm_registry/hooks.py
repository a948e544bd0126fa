"""The hooks that a plugin may implement. They are few and never called per item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pluggy

from chiasm_registry.spec import ComponentSpec

PROJECT = "chiasm"
ENTRY_POINT_GROUP = "chiasm.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin module as the implementation of the hook with its name."""


class ChiasmHooks:
    """Specifications of every hook."""

    @hookspec
    def chiasm_components(self) -> Sequence[ComponentSpec]:  # type: ignore[empty-body]
        """Return the components that the plugin offers. Called once, at discovery."""

    @hookspec
    def chiasm_pipeline_built(self, pipeline: Any) -> None:  # noqa: ANN401
        """Told after a pipeline passed its checks and before any model is loaded."""

    @hookspec
    def chiasm_stage_finished(self, stage: str, count: int, seconds: float, errors: int) -> None:
        """Told when a stage of a run has finished: items through it, seconds inside it, items that failed."""

    @hookspec
    def chiasm_cli(self, app: Any) -> None:  # noqa: ANN401
        """Add commands to ``app``, the Typer application. Called when a command outside chiasm's own is asked for."""
