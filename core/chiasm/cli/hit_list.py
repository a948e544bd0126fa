"""Hits for people: where each is, and the words that were found."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from chiasm.cli.output import Column, is_terminal, on_one_line, print_table, say

if TYPE_CHECKING:
    from rich.text import Text

    from chiasm.search.hits import Hit, Hits

SNIPPET = 160
"""Characters of found text that are shown."""


def print_hits(hits: Hits, *, explain: bool) -> None:
    """Print hits, best first; with ``explain`` also each leg's rank and score."""
    if not hits:
        say("Nothing found.")
    elif is_terminal():
        _print_for_terminal(hits, explain)
    else:
        _print_plain(hits, explain)


def _print_plain(hits: Hits, explain: bool) -> None:
    columns = [Column("rank", align="right"), Column("score", align="right"), Column("modality"), Column("document")]
    under = any(map(_beneath, hits))
    columns += [Column("moment"), Column("found")] + ([Column("with it")] if under else [])
    columns += [Column("legs")] if explain else []
    rows = []
    for rank, hit in enumerate(hits, 1):
        row = [str(rank), _score(hit), hit.modality, _place(hit), str(hit.span or "-"), _snippet(hit) or "-"]
        row += [_beneath(hit) or "-"] if under else []
        rows.append(row + ([_legs(hit)] if explain else []))
    print_table(columns, rows)


def _print_for_terminal(hits: Hits, explain: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="bold", no_wrap=True)
    table.add_column(justify="right", style="cyan", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for rank, hit in enumerate(hits, 1):
        found = _linked_place(hit)
        if hit.span is not None:
            found.append(f"  {hit.span}", style="green")
        if hit.text:
            found.append(f"\n{on_one_line(_snippet(hit))}", style="italic bright_black")
        if beneath := _beneath(hit):
            found.append(f"\n{beneath}", style="yellow")
        if explain:
            found.append(f"\n{_legs(hit)}", style="bright_black")
        table.add_row(Text(str(rank)), Text(_score(hit)), Text(hit.modality), found)
    Console().print(table)


def _linked_place(hit: Hit) -> Text:
    from rich.text import Text

    path = Path(hit.path)
    link = f"link {path.absolute().as_uri()}" if hit.path and path.exists() else ""
    return Text().append(on_one_line(_place(hit)), style=f"bold {link}".strip())


def _place(hit: Hit) -> str:
    if not hit.path:
        return hit.title
    # Relative where that is shorter, as the user would type it.
    relative = os.path.relpath(hit.path) if Path(hit.path).is_absolute() else hit.path
    return relative if not relative.startswith("..") else hit.path


def _score(hit: Hit) -> str:
    # Three digits that say something: fused scores differ in the fourth place after the point.
    return f"{hit.score:#.3g}"


def _snippet(hit: Hit) -> str:
    text = " ".join(hit.text.split())
    return text if len(text) <= SNIPPET else text[:SNIPPET].rpartition(" ")[0][:SNIPPET] + " …"


def _beneath(hit: Hit) -> str:
    """Tell what the hit stands for: near-duplicates, and others of its group."""
    told = [f"{hit.group}"] if hit.group is not None else []
    told += [f"+{len(hit.grouped)} of the group"] if hit.grouped else []
    told += [f"+{len(hit.folded)} nearly the same"] if hit.folded else []
    return ", ".join(told)


def _legs(hit: Hit) -> str:
    told = [f"{leg.leg} {leg.rank}. in {leg.field} ({leg.score:.3f})" for leg in hit.legs]
    return "; ".join(told + [f"{each.by} {each.score:.3f}, {each.rank_before}. before" for each in hit.judged])
