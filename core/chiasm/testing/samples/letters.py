"""A small plugin for tests of engines: an encoder and a translator without a model, which fail where a text asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chiasm.contracts.component import NoParams
from chiasm.contracts.encoder import Encoder, Prepared, Role, Vectors
from chiasm.contracts.translator import Translator
from chiasm.errors import EncodingError, ModelUnavailable
from chiasm.media.item import Item, Provenance
from chiasm.media.span import CharSpan
from chiasm.space import EmbeddingSpace
from chiasm_registry import ComponentSpec, hookimpl

REFUSED, CRASHES, MISSHAPEN, BREAKS = "REFUSED", "CRASHES", "MISSHAPEN", "BREAKS"
"""Words in a text at which the encoder refuses it, crashes, or gives a wrong shape, and the translator crashes."""

_DIM = 26
_READ = 2000


class LetterEncoder(Encoder[NoParams]):
    """How often each letter occurs, as a unit vector."""

    @property
    def consumes(self) -> frozenset[str]:
        """Texts."""
        return frozenset({"text"})

    @property
    def space(self) -> EmbeddingSpace:
        """One dimension a letter."""
        return EmbeddingSpace("kit-letters", _DIM)

    def prepare(self, item: Item, role: Role = "document") -> Prepared:
        """Take the text."""
        text = item.text()
        if CRASHES in text:
            raise RuntimeError("the tokenizer crashed")
        return Prepared(text, cost=len(text), nbytes=len(text))

    def encode_prepared(self, prepared: Sequence[Prepared]) -> Vectors:
        """Count letters, float32 ``[n, 26]``."""
        texts: list[str] = [each.value for each in prepared]
        if any(REFUSED in text for text in texts):
            raise EncodingError("a text is refused")
        rows = np.zeros((len(texts), _DIM - any(MISSHAPEN in text for text in texts)), np.float32)
        for at, text in enumerate(texts):
            rows[at] = letters(text)[: rows.shape[1]]
        return rows


class UnavailableEncoder(LetterEncoder):
    """Has a model that is not there."""

    def load(self) -> None:
        """Find nothing."""
        raise ModelUnavailable("the model is not there", where="kit-unavailable")


class LineTranslator(Translator[NoParams]):
    """Each line of a text is an item; it counts as a model, which runs beside none."""

    @property
    def sources(self) -> frozenset[str]:
        """Texts."""
        return frozenset({"text"})

    @property
    def target(self) -> str:
        """Texts."""
        return "text"

    def stream(self, item: Item) -> Iterator[Item]:
        """Yield lines."""
        at = 0
        for line in item.text().splitlines(keepends=True):
            if BREAKS in line:
                raise ValueError("a line broke")
            if line.strip():
                yield Item("text", line.strip(), span=CharSpan(at, at + len(line)), provenance=Provenance("kit-lines"))
            at += len(line)


def letters(text: str) -> Any:  # noqa: ANN401
    """Return how often each letter occurs at the beginning of a text, float32 ``[26]``, of length 1."""
    counts = np.bincount([ord(c) - 97 for c in text[:_READ].lower() if "a" <= c <= "z"], minlength=_DIM).astype(
        np.float32
    )
    return counts / (np.linalg.norm(counts) or 1)


@hookimpl
def chiasm_components() -> list[ComponentSpec]:
    """Return the three."""
    return [
        _spec("encoder", "kit-letters", LetterEncoder, "dense"),
        _spec("encoder", "kit-unavailable", UnavailableEncoder, "dense"),
        _spec("translator", "kit-lines", LineTranslator, "text"),
    ]


def _spec(kind: str, name: str, cls: type, gives: str) -> ComponentSpec:
    return ComponentSpec(kind, name, f"{__name__}:{cls.__name__}", f"{name}, for tests", None, ("text",), (gives,))
