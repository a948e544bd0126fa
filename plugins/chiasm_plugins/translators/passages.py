"""Long texts to passages: cut at paragraphs and sentences, in linear time, whatever the language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from chiasm.contracts import Translator
from chiasm.media import TEXT, CharSpan, Item, Provenance
from chiasm_plugins.translators.passages_params import PassagesParams

_BREAK = re.compile(
    r"(?P<blank_line>\n[^\S\n]*\n\s*)"
    r"|[.!?\u2026][\"'\u201d\u2019)\]]*(?P<after_sentence>\s+)"  # with the quotes and brackets that close a sentence
    r"|[\u3002\uff01\uff1f\u0964\u061f\u06d4](?P<without_space>\s*)"  # Chinese, Japanese, Indic, Arabic, Urdu
)
_WORD_BREAK = re.compile(r"\s+")

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
        if len(text) <= self.params.max_characters:
            if text.strip():
                yield Item(TEXT, value=text.strip(), provenance=provenance)
            return
        for start, end in self._passages(text):
            yield Item(TEXT, value=text[start:end], span=CharSpan(start, end), provenance=provenance)

    def _passages(self, text: str) -> Iterator[Stretch]:
        """Pack sentences into passages, each beginning with the last sentences of the one before."""
        packed: list[Stretch] = []
        for start, end in self._sentences(text):
            if packed and end - packed[0][0] > self.params.max_characters:
                yield packed[0][0], packed[-1][1]
                packed = self._repeated(packed, end)
            packed.append((start, end))
        if packed:
            yield packed[0][0], packed[-1][1]

    def _repeated(self, packed: list[Stretch], next_end: int) -> list[Stretch]:
        last = packed[-1][1]
        return [
            (start, end)
            for start, end in packed[1:]
            if last - start <= self.params.overlap and next_end - start <= self.params.max_characters
        ]

    def _sentences(self, text: str) -> Iterator[Stretch]:
        """Yield sentences without the white space around them; one that is too long for a passage is cut up."""
        start = 0
        for found in _BREAK.finditer(text):
            yield from self._fitting(text, start, found.start(str(found.lastgroup)))
            start = found.end()
        yield from self._fitting(text, start, len(text))

    def _fitting(self, text: str, start: int, end: int) -> Iterator[Stretch]:
        most = self.params.max_characters
        while end - start > most:
            # The last space of what fits; a text without any, as some scripts are written, is cut where it must be.
            cut = max(
                (each.start() for each in _WORD_BREAK.finditer(text, start + 1, start + most)), default=start + most
            )
            yield from _trimmed(text, start, cut)
            start = cut
        yield from _trimmed(text, start, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Stretch]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
