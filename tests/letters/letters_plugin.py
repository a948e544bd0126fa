"""A small real plugin for tests: texts and pictures into one tiny space, without any model."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from chiasm.contracts import TUNING, EarlyFusion, Encoder, Params, Prepared, Translator
from chiasm.errors import EncodingError
from chiasm.media import CharSpan, Item
from chiasm.space import EmbeddingSpace
from chiasm_registry import ComponentSpec, hookimpl

SPACE = EmbeddingSpace("letters", 26)


class LettersParams(Params):
    batch: int = Field(8, description="Texts in a batch.", json_schema_extra=TUNING)
    case: bool = Field(False, description="Whether case counts.")


class LettersEncoder(Encoder[LettersParams]):
    """How often each letter occurs, as a unit vector. A text with 'POISON' cannot be encoded."""

    consumes = frozenset({"text"})
    space = SPACE

    def prepare(self, item: Item, role: str = "document") -> Prepared:
        text = item.text()
        return Prepared(text, cost=len(text), nbytes=len(text))

    def encode_prepared(self, prepared):
        if any("POISON" in each.value for each in prepared):
            raise EncodingError("poison")
        if any("NANNAN" in each.value for each in prepared):
            return np.full((len(prepared), 26), np.nan, dtype=np.float32)
        return np.stack([letters(each.value) for each in prepared]) if prepared else np.zeros((0, 26), np.float32)


class ShadeEncoder(Encoder[LettersParams]):
    """A picture's mean colours, in the same 26-dimensional space: red is 'r', green is 'g', blue is 'b'."""

    consumes = frozenset({"image"})
    space = SPACE

    def prepare(self, item: Item, role: str = "document") -> Prepared:
        means = item.image(min_side=8).reshape(-1, 3).mean(axis=0)
        return Prepared(means, cost=64, nbytes=100_000)

    def encode_prepared(self, prepared):
        vectors = np.zeros((len(prepared), 26), np.float32)
        if prepared:
            vectors[:, [17, 6, 1]] = np.stack([each.value for each in prepared]) + 1e-3
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class WiderEncoder(LettersEncoder):
    """Another space: 27 dimensions."""

    space = EmbeddingSpace("wider", 27)

    def encode_prepared(self, prepared):
        narrow = super().encode_prepared(prepared)
        return np.hstack([narrow, np.zeros((len(narrow), 1), np.float32)])


class LyingEncoder(LettersEncoder):
    """Says 26 dimensions and gives 25."""

    space = EmbeddingSpace("lying", 26)

    def encode_prepared(self, prepared):
        return super().encode_prepared(prepared)[:, :25]


class SideBySideFusion(EarlyFusion[LettersParams]):
    """Fields laid side by side, in the order of their names, as a unit vector of a space of its own."""

    def space(self, inputs):
        return EmbeddingSpace("side by side " + " ".join(sorted(inputs)), sum(space.dim for space in inputs.values()))

    def fuse(self, vectors, present):
        rows = np.hstack([vectors[name] * present[name][:, None] for name in sorted(vectors)])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


class LinesTranslator(Translator[LettersParams]):
    """Each line of a text is an item. It stands for a model: it runs where models run."""

    sources = frozenset({"text"})
    target = "text"

    def stream(self, item: Item):
        at = 0
        for line in item.text().splitlines(keepends=True):
            if "BREAK" in line:
                raise ValueError("a line broke")
            if line.strip():
                yield Item("text", value=line.strip(), span=CharSpan(at, at + len(line)))
            at += len(line)


def letters(text: str) -> np.ndarray:
    counts = np.bincount([ord(c) - 97 for c in text.lower() if "a" <= c <= "z"], minlength=26).astype(np.float32)
    return counts / (np.linalg.norm(counts) or 1)


@hookimpl
def chiasm_components():
    def spec(kind, name, target, consumes, produces):
        return ComponentSpec(
            kind, name, f"letters_plugin:{target}", f"{name}, for tests", "letters_plugin:LettersParams",
            consumes, produces,
        )  # fmt: skip

    return [
        spec("encoder", "letters", "LettersEncoder", ("text",), ("dense",)),
        spec("encoder", "shade", "ShadeEncoder", ("image",), ("dense",)),
        spec("encoder", "wider", "WiderEncoder", ("text",), ("dense",)),
        spec("encoder", "lying", "LyingEncoder", ("text",), ("dense",)),
        spec("fusion", "side-by-side", "SideBySideFusion", (), ("early",)),
        spec("translator", "lines", "LinesTranslator", ("text",), ("text",)),
    ]
