"""The ``conse`` encoder: images in the space of words, by the names of what a classifier sees in them.

Norouzi et al. 2014, "Zero-Shot Learning by Convex Combination of Semantic Embeddings": the vector of an image is the
mean of the vectors of its most probable classes' names, weighted by their probabilities.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Component, Encoder, ModelInfo, Prepared, Role
from chiasm.errors import ConfigError, EncodingError
from chiasm.media import IMAGE, TEXT, Item
from chiasm.runtime import Batch, CompiledModel, RuntimeChoice, choose_runtime, compile_module
from chiasm.runtime.cache import kept
from chiasm.space import EmbeddingSpace
from chiasm_plugins.encoders.classifier import Classifier, resolve_classifier
from chiasm_plugins.encoders.conse_params import ConseParams

_CODE = "classifier-1"
"""Changes with the code around the weights, so that converted models of older code are not used."""


class ConseEncoder(Encoder[ConseParams]):
    """Encodes images into the space of the text encoder that ``words`` names; its ``space`` is that encoder's own.

    ``dtype: auto`` is float32. In bfloat16 EfficientNet-Lite0 is over twice as fast, but which classes are the most
    probable changes: vectors of 200 photographs of Flickr8k had a cosine of .998 to float32 on average, .980 at worst.

    Example:
        >>> words = SentenceTransformerEncoder(SentenceTransformerParams())
        >>> encoder = ConseEncoder(ConseParams(words="words"), {"words": words})
        >>> encoder.space == words.space
        True

    Raises:
        ConfigError: ``words`` is not an encoder of text with one dense vector an item.
    """

    def __init__(self, params: ConseParams, parts: Mapping[str, Component[Any]] | None = None) -> None:
        super().__init__(params, parts)
        words = self.parts.get("words")
        if not isinstance(words, Encoder) or TEXT not in words.consumes:
            raise ConfigError(
                f"'words' names {params.words!r}, which is not an encoder of text",
                where="words",
                fix="Name a component such as a sentence-transformer.",
            )
        self._words: Encoder[Any] = words
        self._model: CompiledModel | None = None
        self._classes: NDArray[np.float32] | None = None

    @property
    def consumes(self) -> frozenset[str]:
        """Images."""
        return frozenset({IMAGE})

    @property
    def space(self) -> EmbeddingSpace:
        """The space of ``words``. Raises as that does, and ``ConfigError`` where it is not dense."""
        space = self._words.space
        if space.kind != "dense":
            raise ConfigError(f"'words' gives {space.kind} vectors, of which no mean can be taken", where="words")
        return space

    @cached_property
    def runtime(self) -> RuntimeChoice:
        """What runs the classifier. Raises ``ConfigError`` where what was asked for is not here."""
        return choose_runtime(
            self.params, float32_because="bfloat16 moves the weights of classes too far (cosine .998 on average)"
        )

    def models(self) -> Sequence[ModelInfo]:
        """The classifier; ``words`` tells its own."""
        return [self._classifier.info()]

    def load(self) -> None:
        """Bring the classifier and the vectors of its classes' names, which are computed once and kept."""
        if self._model is not None:
            return
        self._classifier.fetch()
        self._classes = self._class_vectors()
        row = self._classifier.recipe.prepare(np.zeros((320, 320, 3), dtype=np.uint8))
        example = {name: np.stack([array, array]) for name, array in row.items()}
        self._model = compile_module(
            self._classifier.build,
            example,
            self.runtime,
            dynamic_axes=dict.fromkeys(example, (0,)),
            cache_key=f"{_CODE} {self._classifier.identity}",
        )

    def close(self) -> None:
        """Let the classifier go; ``words`` is its owner's to close."""
        if self._model is not None:
            self._model.close()
        self._model = self._classes = None

    def prepare(self, item: Item, role: Role = "document") -> Prepared:
        """Decode and resize one image; its cost is its pixels."""
        recipe = self._classifier.recipe
        try:
            row = recipe.prepare(item.image(recipe.min_side))
        except EncodingError as error:
            raise EncodingError(error.problem, where=item.name) from error
        return Prepared(row, cost=max(array.size for array in row.values()), nbytes=sum(a.nbytes for a in row.values()))

    def encode_prepared(self, prepared: Sequence[Prepared]) -> NDArray[np.float32]:
        """Return float32 ``[n, dim]``, of length one where the words' vectors are."""
        assert self._model is not None, "load was not called"
        assert self._classes is not None, "load was not called"
        if not prepared:
            return np.empty((0, self._classes.shape[1]), dtype=np.float32)
        results = self._model.run(self._batches(prepared))
        weights = self._weights(np.concatenate([logits for (logits,) in results]))
        vectors = weights @ self._classes
        if self.space.normalization == "l2":
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
        return vectors

    def _batches(self, prepared: Sequence[Prepared]) -> Iterator[Batch]:
        size = self.params.batch_images or (64 if self.runtime.device == "cuda" else 8)
        for start in range(0, len(prepared), size):
            rows = [one.value for one in prepared[start : start + size]]
            yield {name: np.stack([row[name] for row in rows]) for name in rows[0]}

    def _weights(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what each class weighs, float32 ``[n, classes]``: zero outside the most probable, summing to one."""
        scaled = logits / np.float32(self.params.temperature)
        odds = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        top = min(self.params.top, odds.shape[1])
        chosen = np.argpartition(odds, -top, axis=1)[:, -top:]
        weights = np.zeros_like(odds)
        np.put_along_axis(weights, chosen, np.take_along_axis(odds, chosen, axis=1), axis=1)
        shares: NDArray[np.float32] = weights / weights.sum(axis=1, keepdims=True)
        return shares

    def _class_vectors(self) -> NDArray[np.float32]:
        texts = [self.params.template.replace("{name}", name) for name in self._classifier.names]
        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()

        def encode() -> NDArray[np.float32]:
            return np.asarray(self._words.encode([Item.of_text(text) for text in texts]), dtype=np.float32)

        def write(folder: Path) -> None:
            np.save(folder / "vectors.npy", encode())

        known = kept(f"class names {self.space.fingerprint} {digest}", "1", write)
        if known is None:
            return encode()
        vectors: NDArray[np.float32] = np.load(known / "vectors.npy", allow_pickle=False)
        return vectors

    @cached_property
    def _classifier(self) -> Classifier:
        return resolve_classifier(self.params.classifier, self.params.revision)
