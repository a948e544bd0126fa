"""Translators of texts to their sentences: a good one, and one for each way to be wrong."""

from __future__ import annotations

import random
import time

from chiasm.contracts import NoParams, Translator
from chiasm.media import CharSpan, Item, Provenance


class Sentences(Translator[NoParams]):
    """Good: one item a sentence."""

    sources = frozenset({"text"})
    target = "text"
    beside_model = True

    def stream(self, item):
        text, at = item.text(), 0
        for piece in text.split("."):
            if piece.strip():
                yield self.made(piece.strip(), CharSpan(at, at + len(piece)))
            at += len(piece) + 1

    def made(self, text, span):
        return Item("text", value=text, span=span, provenance=Provenance("sentences", source_modality="text"))


class SourcesAreAList(Sentences):
    sources = ["text"]


class LosesEmptyResults(Sentences):
    def translate(self, items):
        return [results for results in super().translate(items) if len(results) > 1]


class FailsOnNothing(Sentences):
    def translate(self, items):
        return [super().translate([items[0]])[0], *super().translate(items[1:])]


class AnotherModality(Sentences):
    def made(self, text, span):
        return Item("speech", value=text, span=span, provenance=Provenance("sentences"))


class NoProvenance(Sentences):
    def made(self, text, span):
        return Item("text", value=text, span=span)


class BeyondTheEnd(Sentences):
    def made(self, text, span):
        return super().made(text, CharSpan(span.start, span.end + 10_000))


class Random(Sentences):
    def made(self, text, span):
        return super().made(f"{text} {random.random()}", span)


class Hashes(Sentences):
    def made(self, text, span):
        return super().made(f"{text} {hash(text)}", span)


class GivesAList(Sentences):
    def stream(self, item):
        return list(super().stream(item))


class RemembersWhereItWas(Sentences):
    """A stream that was left makes the next one begin where it ended."""

    left = 0

    def stream(self, item):
        results = list(super().stream(item))[self.left :]
        for result in results:
            self.left += 1
            yield result
        self.left = 0


class ChangesTheItem(Sentences):
    def stream(self, item):
        item.value = item.text().strip() + "."
        return super().stream(item)


class SharesAScratchpad(Sentences):
    scratch = ""

    def stream(self, item):
        self.scratch = item.text()
        time.sleep(0.002)
        yield self.made(self.scratch or "empty", None)


class FailsOnTheEmptyText(Sentences):
    def stream(self, item):
        if not item.text():
            raise IndexError("no sentences")
        return super().stream(item)


class Prints(Sentences):
    def made(self, text, span):
        print(text)
        return super().made(text, span)
