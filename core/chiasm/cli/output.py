"""What goes to the screen: results to standard output, everything else to standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Literal

from chiasm_registry.errors import ChiasmError


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        title: Its head.
        wrap: Whether long cells are folded; the others keep their width.
        align: To which side.
    """

    title: str
    wrap: bool = False
    align: Literal["left", "right"] = "left"


COLOURS = {
    "ok": "green",
    "disabled": "bright_black",
    "missing-dependency": "yellow",
    "incompatible-api": "red",
    "broken": "red",
}
"""Colour of a cell that holds a state."""


def is_terminal(stream: IO[str] | None = None) -> bool:
    """Tell whether a person reads the stream, standard output by default."""
    stream = stream or sys.stdout
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def print_json(value: object) -> None:
    """Print a result for programs, and nothing else."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


@contextlib.contextmanager
def prints_to_stderr() -> Iterator[None]:
    """Send to standard error what the block prints: from Python, from libraries in C, and from processes it starts."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output
        with contextlib.redirect_stdout(sys.stderr):
            yield
        return
    try:
        os.dup2(2, 1)
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def say(message: str) -> None:
    """Tell the user something that is not a result."""
    print(message, file=sys.stderr, flush=True)


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: fitted to the terminal, or with one whole line a row where no terminal reads it."""
    shown = [[on_one_line(cell) for cell in row] for row in rows]
    if is_terminal():
        _print_rich_table(columns, shown)
    else:
        _print_plain_table(columns, shown)


def on_one_line(text: str) -> str:
    r"""Return a text without characters that steer a terminal: a line feed in a file's name is shown as ``\n``."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _print_rich_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(
            column.title,
            justify=column.align,
            no_wrap=not column.wrap,
            overflow="fold" if column.wrap else "ellipsis",
            ratio=1 if column.wrap else None,
        )
    for row in rows:
        # Text, so that brackets in names and messages are not taken for markup.
        table.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in row))
    Console().print(table)


def _print_plain_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    lines: list[Sequence[str]] = [[column.title.upper() for column in columns], *rows]
    widths = [max(_shown_width(line[index]) for line in lines) for index in range(len(columns))]
    for line in lines:
        cells = []
        for cell, width, column in zip(line, widths, columns, strict=True):
            space = " " * (width - _shown_width(cell))
            cells.append(space + cell if column.align == "right" else cell + space)
        print("  ".join(cells).rstrip())


def _shown_width(text: str) -> int:
    """Return how many columns a terminal gives a text: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def show_error(error: ChiasmError, *, debug: bool) -> None:
    """Tell an error of chiasm as one message: what, where, the nearest valid choice, the way out."""
    if debug:
        traceback.print_exception(error)
    lines = [f"{_red('Error:')} {f'{error.where}: ' if error.where else ''}{error.problem}"]
    if error.nearest:
        lines.append(f"  Did you mean {' or '.join(repr(name) for name in error.nearest)}?")
    if error.fix:
        lines.append(f"  {error.fix}")
    say("\n".join(lines))


def show_fault(error: Exception, *, debug: bool) -> None:
    """Tell an error that chiasm did not foresee."""
    if debug:
        traceback.print_exception(error)
    say(f"{_red('Unexpected error:')} {type(error).__name__}: {error}")
    if not debug:
        say("  This is a fault in chiasm or a plugin. Run it again with --debug for the traceback, and report it.")


def _red(text: str) -> str:
    return f"\033[1;31m{text}\033[0m" if is_terminal(sys.stderr) and not os.environ.get("NO_COLOR") else text
