"""Long texts to passages: cut at paragraphs and sentences, in linear time, whatever the language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar
from unicodedata import combining

from chiasm.contracts import Translator
from chiasm.media import TEXT, CharSpan, Item, Provenance
from chiasm_plugins.translators.passages_params import PassagesParams

_BREAK = re.compile(
    r"(?P<blank_line>\n[^\S\n]*\n\s*)"
    r"|[.!?\u2026][\"'\u201d\u2019)\]]*(?P<after_sentence>\s+)"  # with the quotes and brackets that close a sentence
    r"|[\u3002\uff01\uff1f\u0964\u061f\u06d4](?P<without_space>\s*)"  # Chinese, Japanese, Indic, Arabic, Urdu
)
_WORD_BREAK = re.compile(r"\s+")

_DENSE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese and Korean, of which a character is about one token, as are four of
English; passages of them are that much shorter, or an encoder would read only their first quarter."""

_DENSITY = 4
_DENSITY_SAMPLE = 10_000

Stretch = tuple[int, int]


class PassagesTranslator(Translator[PassagesParams]):
    """Splits a text into passages that an encoder reads whole.

    A text that fits is given as it is, without a span; of a longer one each passage has a ``CharSpan``. White space
    alone gives nothing.
    """

    beside_model: ClassVar[bool] = True
    sources = frozenset({TEXT})
    target = TEXT

    def stream(self, item: Item) -> Iterator[Item]:
        """Yield the passages of a text. Raises ``MediaError`` when the text cannot be read."""
        text = item.text()
        provenance = Provenance("passages", source_modality=item.modality)
        most, overlap = self._lengths(text)
        if len(text) <= most:
            if text.strip():
                yield Item(TEXT, value=text.strip(), source=item.source, provenance=provenance)
            return
        for start, end in _passages(text, most, overlap):
            span = CharSpan(start, end)
            yield Item(TEXT, value=text[start:end], source=item.source, span=span, provenance=provenance)

    def _lengths(self, text: str) -> tuple[int, int]:
        """Return the characters of a passage and of its overlap for the script that the text is mostly in."""
        start = text[:_DENSITY_SAMPLE]
        if start.isascii() or len(_DENSE.findall(start)) * 2 < len(start):
            return self.params.max_characters, self.params.overlap
        return self.params.max_characters // _DENSITY, self.params.overlap // _DENSITY


def _passages(text: str, most: int, overlap: int) -> Iterator[Stretch]:
    """Pack sentences into passages, each beginning with the last sentences of the one before."""
    packed: list[Stretch] = []
    for start, end in _sentences(text, most):
        if packed and end - packed[0][0] > most:
            last = packed[-1][1]
            yield packed[0][0], last
            packed = [each for each in packed[1:] if last - each[0] <= overlap and end - each[0] <= most]
        packed.append((start, end))
    if packed:
        yield packed[0][0], packed[-1][1]


def _sentences(text: str, most: int) -> Iterator[Stretch]:
    """Yield sentences without the white space around them; one that is too long for a passage is cut up."""
    start = 0
    for found in _BREAK.finditer(text):
        yield from _fitting(text, start, found.start(str(found.lastgroup)), most)
        start = found.end()
    yield from _fitting(text, start, len(text), most)


def _fitting(text: str, start: int, end: int, most: int) -> Iterator[Stretch]:
    while end - start > most:
        # The last line's end or space of what fits; a text without any, as some scripts are written, is cut where it
        # must be, but not between a letter and the accents on it.
        cut = text.rfind("\n", start + most // 2, start + most)
        if cut < 0:
            spaces = _WORD_BREAK.finditer(text, start + 1, start + most)
            cut = max((each.start() for each in spaces), default=_before_accents(text, start, start + most))
        yield from _trimmed(text, start, cut)
        start = cut
    yield from _trimmed(text, start, end)


def _before_accents(text: str, start: int, cut: int) -> int:
    at = cut
    while at > start + 1 and (combining(text[at]) or text[at] == "\u200d" or text[at - 1] == "\u200d"):
        at -= 1
    return at if at > start + 1 else cut


def _trimmed(text: str, start: int, end: int) -> Iterator[Stretch]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
