"""Takes the marks out of Markdown, and leaves the text that a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chiasm_plugins.loaders.html import html_text

_PART_CHARACTERS = 256 * 1024
"""Longer texts are parsed in parts, since a parsed text takes about 80 times its size in memory."""

_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def markdown_text(text: str) -> str:
    r"""Return the readable text of CommonMark with tables: a paragraph, heading, item or cell a line.

    Example:
        >>> markdown_text("# A *dog*\n\nSee [this](http://a.b).")
        'A dog\n\nSee this.'
    """
    parser = MarkdownIt("commonmark").enable("table")
    blocks = (block for part in _parts(text) for block in _blocks(parser.parse(part)))
    return "\n\n".join(block for block in blocks if block)


def _parts(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _PART_CHARACTERS:
        border = _BLANK_LINE.search(text, start + _PART_CHARACTERS)
        if border is None:
            break
        yield text[start : border.end()]
        start = border.end()
    yield text[start:]


def _blocks(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield "".join(_inline(token.children or [])).strip()
        elif token.type in ("fence", "code_block"):
            yield token.content.strip("\n")
        elif token.type == "html_block":
            yield html_text(token.content).strip()


def _inline(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            yield "\n"
        elif token.type == "html_inline":
            yield "\n" if token.content.startswith("<br") else ""
        else:  # the text of a picture is what it shows
            yield token.content
