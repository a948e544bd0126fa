"""The Typer application: its commands by name, each imported on first use."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from chiasm.cli.exit_codes import MEANINGS
from chiasm_registry.errors import nearest_names

COMMANDS = ("index", "search", "evaluate", "inspect", "plan", "retry", "info", "plugins", "schema", "demo")
"""In the order of the help. Each is the ``app`` of the module with its name."""

EXIT_CODES = "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in MEANINGS.items()) + "."


class LazyGroup(TyperGroup):
    """A group that imports a command when it is asked for, and asks plugins only for names that it does not know."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401
        """Return the names of chiasm's own commands; the help discovers no plugins."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ANN401
        """Return the command with that name."""
        if cmd_name in COMMANDS:
            command = get_command(import_module(f"chiasm.cli.{cmd_name}").app)
            assert isinstance(command, TyperCommand | TyperGroup)
            command.name = cmd_name
            return command
        from chiasm.cli.extensions import plugin_command

        found = plugin_command(cmd_name)
        if found is None and not ctx.resilient_parsing:
            close = nearest_names(cmd_name, COMMANDS)
            meant = f" Did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
            ctx.fail(f"No such command {cmd_name!r}, in chiasm or its plugins.{meant}")
        return found


def show_version(asked: bool) -> None:
    """Print the version and end, when the option asked for it."""
    if asked:
        from importlib.metadata import version

        print(f"chiasm {version('chiasm')}")
        raise typer.Exit


def describe(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; so does CHIASM_DEBUG=1.")
    ] = False,
) -> None:
    """Index text, image, audio and video, and find them by words, pictures, sounds and mixtures of them."""


def run_app(arguments: list[str]) -> int:
    """Run the command that the arguments name and return its exit code; errors of chiasm pass through."""
    app = typer.Typer(
        cls=LazyGroup,
        no_args_is_help=True,
        # Boxes and colours are for people: a pipe gets plain text, and sooner.
        rich_markup_mode="rich" if sys.stdout.isatty() else None,
        epilog=EXIT_CODES,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(describe)
    try:
        get_command(app).main(args=arguments, prog_name="chiasm")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
