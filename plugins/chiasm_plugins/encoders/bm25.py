"""Sparse vectors of a text's words, weighted as BM25 does. No model; Qdrant's own implementation does the counting."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chiasm.contracts import Component, Encoder, Prepared, Role, SparseVector
from chiasm.media import TEXT, Item
from chiasm.space import EmbeddingSpace
from chiasm_plugins.encoders.bm25_params import Bm25Params

if TYPE_CHECKING:
    import qdrant_edge

UNSPACED = frozenset({"chinese", "japanese"})
"""Languages written without spaces between words."""


class Bm25Encoder(Encoder[Bm25Params]):
    """Encodes texts by their words: one dimension a word stem, numbered by a 31-bit hash that is the same everywhere.

    A document's weight for a word that it has ``tf`` times is ``tf (k1 + 1) / (tf + k1 (1 - b + b length /
    average_length))`` (Robertson and Zaragoza 2009, The Probabilistic Relevance Framework); a query's is 1. The store
    multiplies by the inverse document frequency when it searches. A text of nothing but stop words gives a vector
    without values, which is stored and finds nothing.

    Words are compared after Unicode normalization (NFKC) and lower-casing, so composed and decomposed accents, full
    width letters and ligatures of PDF files are the same.

    Example:
        >>> encoder = Bm25Encoder(Bm25Params())
        >>> [vector] = encoder.encode([Item.of_text("Dogs and more dogs")])
        >>> len(vector.indices)
        1
    """

    def __init__(self, params: Bm25Params, parts: Mapping[str, Component[Any]] | None = None) -> None:
        super().__init__(params, parts)
        self._model: qdrant_edge.Bm25 | None = None

    @property
    def consumes(self) -> frozenset[str]:
        """Text."""
        return frozenset({TEXT})

    @property
    def space(self) -> EmbeddingSpace:
        """Sparse; the identity names everything that changes which dimension a word has or how it is weighted."""
        params = self.params
        own = "the language's" if params.stop_words is None else " ".join(sorted(_own_words(params))) or "none"
        stems = f"snowball {params.language}" if _stemmer(params) is not None else "none"
        return EmbeddingSpace(
            model="bm25",
            dim=0,
            preprocessing=f"nfkc, lower case, {_tokenizer(params)} tokens, language {params.language}, "
            f"stop words {own}, stemmer {stems}, accents {'folded' if params.fold_accents else 'kept'}, murmur3; "
            f"k1={params.k1:g}, b={params.b:g}, average length {params.average_length:g}",
            normalization="none",
            metric="dot",
            kind="sparse",
        )

    def load(self) -> None:
        """Make the tokenizer; there are no weights."""
        if self._model is None:
            self._model = _make(self.params)

    def close(self) -> None:
        """Let the tokenizer go."""
        self._model = None

    def prepare(self, item: Item, role: Role = "document") -> Prepared:
        """Weigh the words of a text. Takes microseconds, so this is all the work there is."""
        assert self._model is not None, "load() comes first"
        text = _normalized(item.text())
        weighed = self._model.embed_query(text) if role == "query" else self._model.embed_document(text)
        vector = SparseVector(np.array(weighed.indices, np.uint32), np.array(weighed.values, np.float32))
        return Prepared(vector, cost=max(1, len(vector.indices)), nbytes=8 * len(vector.indices) + 256)

    def encode_prepared(self, prepared: Sequence[Prepared]) -> list[SparseVector]:
        """Return the vectors that ``prepare`` made."""
        return [each.value for each in prepared]


def _normalized(text: str) -> str:
    # A lone surrogate is no character and has no UTF-8 form; it becomes a question mark, which no word contains.
    return unicodedata.normalize("NFKC", text).encode("utf-8", "replace").decode("utf-8")


def _own_words(params: Bm25Params) -> set[str]:
    return {_normalized(word).lower() for word in params.stop_words or ()}


def _tokenizer(params: Bm25Params) -> str:
    if params.tokenizer != "auto":
        return params.tokenizer
    return "multilingual" if params.language in UNSPACED else "word"


def _stemmer(params: Bm25Params) -> qdrant_edge.SnowballLanguage | None:
    import qdrant_edge

    return getattr(qdrant_edge.SnowballLanguage, params.language.title(), None) if params.stemming else None


def _make(params: Bm25Params) -> qdrant_edge.Bm25:
    import qdrant_edge

    stemmer = _stemmer(params)
    language = getattr(qdrant_edge.Language, params.language.title(), None)
    if params.stop_words is not None:
        stop_words = qdrant_edge.StopwordsSet(custom=_own_words(params))
    else:
        stop_words = qdrant_edge.StopwordsSet(languages=set() if language is None else {language})
    return qdrant_edge.Bm25(
        qdrant_edge.Bm25Config(
            k=params.k1,
            b=params.b,
            avg_len=params.average_length,
            tokenizer=getattr(qdrant_edge.TokenizerType, _tokenizer(params).title()),
            lowercase=True,
            ascii_folding=params.fold_accents,
            stopwords=stop_words,
            stemmer=qdrant_edge.DisabledStemmer() if stemmer is None else qdrant_edge.SnowballParams(stemmer),
        )
    )
