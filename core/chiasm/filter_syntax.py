"""Filters as text: ``year >= 2020 and (tag = dog or tag in (cat, "big bird")) and not draft``.

In order of binding, loosest first::

    any        all ("or" all)*
    all        one ("and" one)*
    one        "not" one | "(" any ")" | "exists" key | "true" | "false"
               | key ("=" | "!=" | "<" | "<=" | ">" | ">=") value
               | key ["not"] "in" "(" [value ("," value)*] ")"
               | key                                  short for: key = true
    key        names joined by dots; a name that is not a plain word stands in quotes: "file name", exif."focal length"
    value      a number, true, false, a date (2024-01-31, 2024-01-31T18:30:00Z), a word, or a text in quotes

Words and dates need no quotes. Within quotes a backslash keeps a quote or a backslash from its meaning. The words of
the grammar are read in any case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, cast

from chiasm.errors import QueryError, nearest_names
from chiasm.filters import (
    RESERVED,
    All,
    Compare,
    Comparison,
    Either,
    Exists,
    Filter,
    In,
    Not,
    Scalar,
    quoted_path,
)

_WORD: Final = re.compile(r"""[^\s"'(),=<>!]+""")
_OPERATOR: Final = re.compile(r"(?!<>|=>|=<)(?:<=|>=|!=|==|=|<|>)")
_TEXT: Final = re.compile(r'"((?:[^"\\]|\\.|\\$)*)"' + r"|'((?:[^'\\]|\\.|\\$)*)'", re.DOTALL)
_NAME: Final = r"""(?:"[^"]*"|'[^']*'|[^\s"'(),=<>!.]+)"""
_KEY: Final = re.compile(rf"{_NAME}(?:\.{_NAME})*")
_NUMBER: Final = re.compile(r"[+-]?(?:0|[1-9]\d*)(?P<fraction>\.\d+)?(?P<exponent>[eE][+-]?\d+)?", re.ASCII)
_MARKS: Final = re.compile(r"[=<>!]+|\S")
_ESCAPE: Final = re.compile(r"""\\(["'\\])""")

_DEEPEST: Final = 100
"""Nested parentheses and ``not`` at most, so that a hostile text cannot exhaust the interpreter's stack."""

_FOREIGN: Final = {
    "&&": "and",
    "||": "or",
    "&": "and",
    "|": "or",
    "!": "not",
    "is": "=",
    ":": "=",
    "<>": "!=",
    "=>": ">=",
    "=<": "<=",
}
"""What other languages write, and what is written here."""


def parse_filter(text: str, key: Callable[[str], str] = str) -> Filter:
    """Return the filter that ``text`` describes.

    Args:
        text: A condition in the syntax of this module.
        key: Turns each key of the text into the payload's own, for example to put it below another.

    Raises:
        QueryError: The text is not a condition; the message shows where, and what was expected there. Also what
            ``key`` raises.

    Example:
        >>> str(parse_filter('"file name" = dog.jpg and not draft'))
        '"file name" = "dog.jpg" and not draft = true'
    """
    return _Parser(text, key).parse()


class _Parser:
    """Recursive descent over the characters of one text."""

    def __init__(self, text: str, key: Callable[[str], str]) -> None:
        self._text = text
        self._key_of = key
        self._at = 0
        self._depth = 0

    def parse(self) -> Filter:
        self._skip_space()
        found = self._any()
        if self._at < len(self._text):
            raise self._refusal("'and', 'or' or the end", choices=("and", "or"))
        return found

    def _any(self) -> Filter:
        found = [self._all()]
        while self._take_word("or"):
            found.append(self._all())
        return found[0] if len(found) == 1 else Either(tuple(found))

    def _all(self) -> Filter:
        found = [self._one()]
        while self._take_word("and"):
            found.append(self._one())
        return found[0] if len(found) == 1 else All(tuple(found))

    def _one(self) -> Filter:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise QueryError(f"the condition is nested more than {_DEEPEST} deep", where=self._marked(self._at))
        try:
            return self._condition()
        finally:
            self._depth -= 1

    def _condition(self) -> Filter:
        if self._take_word("not"):
            return Not(self._one())
        if self._take("("):
            found = self._any()
            if not self._take(")"):
                raise self._refusal("')', 'and' or 'or'", choices=("and", "or"))
            return found
        if self._take_word("exists"):
            return Exists(self._key())
        if self._take_word("true"):
            return All(())
        if self._take_word("false"):
            return Either(())
        return self._comparison()

    def _comparison(self) -> Filter:
        key = self._key()
        start = self._at
        if operator := _OPERATOR.match(self._text, self._at):
            self._advance(operator.end())
            op = "=" if operator[0] == "==" else operator[0]
            value = self._value()
            try:
                return Compare(key, cast(Comparison, op), value)
            except QueryError as error:
                raise QueryError(error.problem, where=self._marked(start), fix=error.fix) from None
        if self._take_word("in"):
            return self._members(key)
        if self._take_word("not"):
            if not self._take_word("in"):
                raise self._refusal("'in' after 'not'", choices=("in",))
            return Not(self._members(key))
        word = self._peek_word()
        if self._at == len(self._text) or self._text[self._at] == ")" or word.casefold() in ("and", "or"):
            return Compare(key, "=", True)
        raise self._refusal(f"a comparison (= != < <= > >= in) after {key}", choices=("in", "and", "or"))

    def _members(self, key: str) -> In:
        if not self._take("("):
            raise self._refusal("'(' after 'in'", fix="Write the values in parentheses: tag in (dog, cat).")
        values: list[Scalar] = []
        if self._take(")"):
            return In(key, ())
        while True:
            values.append(self._value())
            if self._take(")"):
                return In(key, tuple(values))
            if not self._take(","):
                raise self._refusal("',' or ')'")

    def _key(self) -> str:
        found = _KEY.match(self._text, self._at)
        if found is None:
            raise self._refusal("a key, 'not', 'exists' or '('")
        if found[0].casefold() in RESERVED:
            raise self._refusal("a key", fix=f'A key of that name is written in quotes: "{found[0]}".')
        segments = [
            segment[1:-1] if segment[0] in "\"'" else segment for segment in re.findall(_NAME, found[0])
        ]  # findall walks names only: the dots between them match nothing
        self._advance(found.end())
        return self._key_of(quoted_path(segments))

    def _value(self) -> Scalar:
        if found := _TEXT.match(self._text, self._at):
            self._advance(found.end())
            return _ESCAPE.sub(r"\1", found[1] if found[1] is not None else found[2])
        word = self._peek_word()
        if not word:
            raise self._refusal("a value: a number, a date, true, false, a word or a text in quotes")
        folded = word.casefold()
        if folded in ("true", "false"):
            self._advance(self._at + len(word))
            return folded == "true"
        if folded in ("null", "none"):
            raise self._refusal("a value", fix="What has no value is found by 'not exists KEY'.")
        if folded in RESERVED:
            raise self._refusal("a value", fix=f'The word itself is written in quotes: "{word}".')
        value = self._number(word)
        self._advance(self._at + len(word))
        return value

    def _number(self, word: str) -> Scalar:
        """Return the number that ``word`` is, or ``word``; 0123 stays a text, as postal codes are."""
        found = _NUMBER.fullmatch(word)
        if found is None:
            return word
        if found["fraction"] or found["exponent"]:
            return float(word)
        if len(word) > 400:
            raise QueryError("the number is too long", where=self._marked(self._at))
        return int(word)

    def _skip_space(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _advance(self, to: int) -> None:
        self._at = to
        self._skip_space()

    def _take(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._at):
            return False
        self._advance(self._at + len(mark))
        return True

    def _take_word(self, word: str) -> bool:
        if self._peek_word().casefold() != word:
            return False
        self._advance(self._at + len(word))
        return True

    def _peek_word(self) -> str:
        found = _WORD.match(self._text, self._at)
        return found[0] if found else ""

    def _refusal(self, expected: str, choices: tuple[str, ...] = (), fix: str | None = None) -> QueryError:
        rest = self._text[self._at :]
        found = self._peek_word() or "".join(_MARKS.findall(rest)[:1])
        if rest[:1] in ("'", '"') and not _TEXT.match(rest):
            return QueryError("the quote is not closed", where=self._marked(self._at))
        foreign = _FOREIGN.get(found) or _FOREIGN.get(found[:1])
        nearest = (foreign,) if foreign else nearest_names(found, choices)
        problem = f"{expected} expected, but {f'{found!r} found' if found else 'the filter ends here'}"
        return QueryError(problem, where=self._marked(self._at), nearest=nearest, fix=fix)

    def _marked(self, at: int) -> str:
        """Return the text around ``at`` with a caret below it."""
        start = max(0, at - 60)
        shown = "".join(" " if mark.isspace() else mark for mark in self._text[start : at + 40])
        lead, tail = "..." if start else "", "..." if at + 40 < len(self._text) else ""
        return f"{lead}{shown}{tail}\n{' ' * (len(lead) + at - start)}^\nfilter, character {at + 1}"
