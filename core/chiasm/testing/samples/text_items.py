"""Texts."""

from __future__ import annotations

from chiasm.media.item import Item

_TEXTS = (
    "A dog runs along the beach in the rain.",
    "Two cups of strong coffee, please",
    "Die Brücke über den Fluss wurde 1931 gebaut. Sie ist 214 Meter lang und trägt zwei Gleise.",
    "雨の中を犬が走っている。",
    "The lighthouse keeper wrote down the weather every evening: wind, cloud, and how far he could see. " * 4,
    "كتاب قديم عن النجوم",
    "Bees",
    "How do I mend a flat tyre on a bicycle with only a spoon and some patience?",
)

_EXTREMES = (
    "",
    " \t\n ",
    "a",
    "\N{ZERO WIDTH JOINER}",
    "👩‍👩‍👧‍👦🏳️‍🌈 🇯🇵",
    "e\N{COMBINING ACUTE ACCENT}" * 200,
    "\u202ereversed\u202c and \x00 control \x07 characters \ufffe",
    "lone surrogate \ud83d here",
    "no-space" * 2_000,
    "word " * 20_000,
    "\n".join("line" for _ in range(2_000)),
)


def items() -> list[Item]:
    """Return texts of several lengths and scripts."""
    return [Item.of_text(text) for text in _TEXTS]


def extremes() -> list[Item]:
    """Return the empty text, control characters, emoji, a lone surrogate and very long texts."""
    return [Item.of_text(text) for text in _EXTREMES]
