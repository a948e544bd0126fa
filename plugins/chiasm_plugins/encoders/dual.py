"""Encoders of text and one other modality in one space: what CLIP and CLAP have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from chiasm.batching import cut
from chiasm.contracts import Component, Encoder, ModelInfo, Prepared, Role
from chiasm.contracts.encoder import Dense
from chiasm.media import TEXT, Item
from chiasm.runtime import Batch, CompiledModel, RuntimeChoice, compile_module
from chiasm_plugins.encoders.dual_config import DualConfig, read_dual_config
from chiasm_plugins.encoders.dual_params import DualParams
from chiasm_plugins.encoders.dual_text import DualTokens, Ids
from chiasm_plugins.encoders.hub import PREPROCESSOR, TOKENIZER, ModelFiles, resolve_model

DP = TypeVar("DP", bound=DualParams)

CODE = "dual-1"
"""Version of the code that is compiled around the models; part of the key of converted models."""

MAX_TEXTS = 256
_EXAMPLES = ("a photo", "a recording of the rain on a roof")


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """What ``prepare`` gives: inputs of one tower.

    Attributes:
        text: Token ids of a text; ``None`` otherwise.
        rows: Arrays of the other tower, one mapping for each of its calls' rows.
    """

    text: Ids | None = None
    rows: tuple[Mapping[str, NDArray[Any]], ...] = ()


class DualEncoder(Encoder[DP]):
    """Base of the encoders with a tower for text and a tower for another modality.

    A tower is compiled when it is first needed, with its own weights alone: a query in words never holds the weights
    of the image tower.
    """

    _config_key: ClassVar[str]

    def __init__(self, params: DP, parts: Mapping[str, Component[Any]] | None = None) -> None:
        super().__init__(params, parts)
        self._towers: dict[str, CompiledModel] = {}
        self._tokens: DualTokens | None = None
        self._fetched = False
        self._lock = Lock()

    @property
    @abstractmethod
    def runtime(self) -> RuntimeChoice:
        """What runs, or will run, the towers."""

    @property
    @abstractmethod
    def _other_batch(self) -> int:
        """Rows of the other tower in a batch."""

    @abstractmethod
    def _compile_other(self) -> CompiledModel:
        """Compile the tower that is not for text."""

    @abstractmethod
    def _pool(self, vectors: Dense, counts: Sequence[int]) -> Dense:
        """Return one vector an item, of unit vectors of its rows; ``counts`` has the number of rows of each."""

    @cached_property
    def _files(self) -> ModelFiles:
        return resolve_model(self.params.model, self.params.revision)

    @cached_property
    def _config(self) -> DualConfig:
        return read_dual_config(self._files, self._config_key)

    def models(self) -> Sequence[ModelInfo]:
        """Return the one model that holds both towers."""
        return (self._files.model_info(),)

    def load(self) -> None:
        """Fetch the model and check that it is whole; its towers come into memory when they are first needed."""
        if not self._fetched:
            self._files.fetch([TOKENIZER, PREPROCESSOR])
            self._fetched = True

    def close(self) -> None:
        """Let the towers go."""
        self._fetched = False
        while self._towers:
            self._towers.popitem()[1].close()
        self._tokens = None

    def encode_prepared(self, prepared: Sequence[Prepared]) -> Dense:
        """Encode what ``prepare`` gave: float32 ``[n, dim]``, of length one."""
        vectors = np.zeros((len(prepared), self._config.dim), dtype=np.float32)
        texts = [index for index, each in enumerate(prepared) if each.value.text is not None]
        others = [index for index, each in enumerate(prepared) if each.value.text is None]
        if texts:
            vectors[texts] = unit(self._encode_texts([prepared[index].value.text for index in texts]))
        if others:
            rows = [row for index in others for row in prepared[index].value.rows]
            counts = [len(prepared[index].value.rows) for index in others]
            vectors[others] = self._pool(unit(self._encode_rows(rows)), counts)
        return vectors

    def _prepare_text(self, item: Item, _role: Role) -> Prepared:
        ids = self._tokenizer.ids(item.text())
        return Prepared(Ready(text=ids), cost=self._tokenizer.cost(ids), nbytes=ids.nbytes + 200)

    @property
    def _tokenizer(self) -> DualTokens:
        with self._lock:
            if self._tokens is None:
                self._tokens = DualTokens(self._files.fetch(), self._config)
            return self._tokens

    def _tower(self, modality: str) -> CompiledModel:
        if modality not in self._towers:
            self._towers[modality] = self._compile_text() if modality == TEXT else self._compile_other()
        return self._towers[modality]

    def _compile_text(self) -> CompiledModel:
        example = self._tokenizer.batch([self._tokenizer.ids(text) for text in _EXAMPLES])
        axes = (0,) if self._config.whole_length else (0, 1)

        def build() -> Any:  # noqa: ANN401
            from chiasm_plugins.encoders.dual_towers import TextTower, build_tower

            return build_tower(self._files, TextTower, example, self._config.dim)

        return self._compile(build, example, dict.fromkeys(example, axes), "text")

    def _compile(
        self,
        build: Callable[[], Any],
        example: Batch,
        dynamic_axes: Mapping[str, Sequence[int]],
        tower: str,
    ) -> CompiledModel:
        key = f"{CODE} {tower} {self._files.name}@{self._files.revision} {self._config.fingerprint}"
        return compile_module(build, example, self.runtime, dynamic_axes=dynamic_axes, cache_key=key)

    def _encode_texts(self, texts: Sequence[Ids]) -> Dense:
        budget = self.params.batch_tokens or (65_536 if self.runtime.device == "cuda" else 1024)
        tokenizer = self._tokenizer
        batches = cut([tokenizer.cost(ids) for ids in texts], budget, MAX_TEXTS)
        inputs = (tokenizer.batch([texts[index] for index in batch]) for batch in batches)
        return _scattered(self._tower(TEXT).run(inputs), batches, self._config.dim)

    def _encode_rows(self, rows: Sequence[Mapping[str, NDArray[Any]]]) -> Dense:
        count = self._other_batch
        batches = [list(range(start, min(start + count, len(rows)))) for start in range(0, len(rows), count)]

        def inputs() -> Iterator[Batch]:
            for batch in batches:
                yield {name: np.stack([rows[index][name] for index in batch]) for name in rows[0]}

        return _scattered(self._tower("other").run(inputs()), batches, self._config.dim)


def unit(vectors: Dense) -> Dense:
    """Return the vectors, float32 ``[n, dim]``, at length one; a zero vector stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Dense = vectors / np.maximum(lengths, 1e-12)
    return scaled


def _scattered(outputs: Sequence[tuple[Dense, ...]], batches: Sequence[Sequence[int]], dim: int) -> Dense:
    vectors = np.empty((sum(map(len, batches)), dim), dtype=np.float32)
    for batch, (values, *_) in zip(batches, outputs, strict=True):
        vectors[list(batch)] = values
    return vectors
