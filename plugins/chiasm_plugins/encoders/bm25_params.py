"""Params of the BM25 encoder."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chiasm.contracts import Params

Language = Literal[
    "arabic", "azerbaijani", "basque", "bengali", "catalan", "chinese", "danish", "dutch", "english", "finnish",
    "french", "german", "greek", "hebrew", "hinglish", "hungarian", "indonesian", "italian", "japanese", "kazakh",
    "nepali", "norwegian", "portuguese", "romanian", "russian", "slovene", "spanish", "swedish", "tajik", "turkish",
    "none",
]  # fmt: skip
"""Languages that Qdrant has stop words for, most with a stemmer too; ``"none"`` has neither."""


class Bm25Params(Params):
    """How words are counted and weighted.

    The defaults are those of Qdrant's own BM25 (qdrant.tech/documentation, Full-Text Search), so that vectors made here
    and by a Qdrant server agree.
    """

    language: Language = Field(
        "english", description="Language of the stop words and the stemmer; 'none' keeps every word as it is written."
    )
    stop_words: tuple[str, ...] | None = Field(
        None, description="Words left out, in place of the language's own list; an empty list leaves none out."
    )
    stemming: bool = Field(
        True, description="Whether words are reduced to their stems where the language has a stemmer."
    )
    tokenizer: Literal["auto", "word", "multilingual"] = Field(
        "auto",
        description="'word' cuts at everything that is neither letter nor digit; 'multilingual' also finds words where "
        "the script has no spaces. 'auto' takes 'multilingual' for Chinese and Japanese.",
    )
    fold_accents: bool = Field(False, description="Whether letters lose their accents, so that 'cafe' finds 'café'.")
    k1: float = Field(
        1.2, ge=0, allow_inf_nan=False, description="How much a word gains by being repeated; 0 counts it once."
    )
    b: float = Field(0.75, ge=0, le=1, description="How much long texts are held back; 0 ignores length.")
    average_length: float = Field(
        256.0,
        gt=0,
        allow_inf_nan=False,
        description="Words in a text of usual length, stop words not counted. Fixed beforehand, so that a text's "
        "vector does not depend on what else is stored.",
    )
