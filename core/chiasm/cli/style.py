"""How every Typer application of the program is set up."""

from __future__ import annotations

import sys

import typer


def new_app(help_text: str | None = None) -> typer.Typer:
    """Return an application for one command or group of commands.

    Boxes and colours are for people: where no terminal reads, help is plain text, and comes sooner.
    """
    return typer.Typer(
        help=help_text,
        no_args_is_help=help_text is not None,
        add_completion=False,
        rich_markup_mode="rich" if sys.stdout.isatty() else None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
