"""Commands that plugins add."""

from __future__ import annotations

from collections import Counter

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_command_name

from chiasm.errors import ConfigError
from chiasm_registry import installed_registry


def plugin_command(name: str) -> TyperCommand | TyperGroup | None:
    """Return the command with that name that a plugin adds, or ``None``; asks the ``chiasm_cli`` hook of all plugins.

    Raises:
        ConfigError: Two plugins add it.
    """
    app = typer.Typer()
    # With a callback Typer makes a group even of a single command.
    app.callback()(lambda: None)
    # What a plugin raises is logged by the registry, which shows on standard error.
    installed_registry().call("chiasm_cli", app=app)
    offered = Counter(_names(app))
    if offered[name] > 1:
        raise ConfigError(
            f"{offered[name]} plugins add a command {name!r}",
            fix="Disable all but one of them with CHIASM_DISABLE_PLUGINS.",
        )
    if not offered[name]:
        return None
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    command = group.commands[name]
    assert isinstance(command, TyperCommand | TyperGroup)
    return command


def _names(app: typer.Typer) -> list[str]:
    commands = [
        each.name or get_command_name(each.callback.__name__) for each in app.registered_commands if each.callback
    ]
    return commands + [str(each.name) for each in app.registered_groups if each.name]
