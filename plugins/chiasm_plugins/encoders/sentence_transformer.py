"""The ``sentence-transformer`` encoder: texts in, one vector each, by any sentence-transformers model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chiasm.batching import cut
from chiasm.contracts import Component, Encoder, ModelInfo, Prepared, Role
from chiasm.errors import ConfigError, ModelUnavailable
from chiasm.media import Item
from chiasm.runtime import CompiledModel, RuntimeChoice, choose_runtime, compile_module
from chiasm.space import EmbeddingSpace
from chiasm_plugins.encoders.hub import TOKENIZER, ModelFiles, resolve_model
from chiasm_plugins.encoders.sentence_library import LibraryModel
from chiasm_plugins.encoders.sentence_stack import SentenceStack, read_stack
from chiasm_plugins.encoders.sentence_transformer_params import SentenceTransformerParams
from chiasm_plugins.encoders.text_tokens import TextTokens, pad
from chiasm_plugins.starter import is_starter, starter_model

if TYPE_CHECKING:
    import torch

MAX_TEXTS = 256
LONGEST = 8192
"""Tokens of a text that are read where neither model nor params set a limit."""

_CODE = "sentence-module-1"
"""Changes with the code around the weights, so that converted models of older code are not used."""


class SentenceTransformerEncoder(Encoder[SentenceTransformerParams]):
    """Encodes texts as ``SentenceTransformer.encode`` does, faster.

    A text is truncated at ``max_seq_length`` tokens; split long texts before if their ends matter. Where the model is a
    transformer with pooling and, at most, dense layers and normalization, it runs in the chosen runtime; any other
    runs by sentence-transformers itself, and ``runtime.reason`` says so.

    Example:
        >>> encoder = SentenceTransformerEncoder(SentenceTransformerParams())
        >>> encoder.encode([Item.of_text("a dog in the rain")], "query").shape
        (1, 384)
    """

    def __init__(self, params: SentenceTransformerParams, parts: Mapping[str, Component[Any]] | None = None) -> None:
        super().__init__(params, parts)
        self._tokens: TextTokens | None = None
        self._model: CompiledModel | LibraryModel | None = None

    @property
    def consumes(self) -> frozenset[str]:
        """Text."""
        return frozenset({"text"})

    @cached_property
    def runtime(self) -> RuntimeChoice:
        """What runs the model.

        Raises:
            ConfigError: The runtime that was asked for cannot run it.
            ModelUnavailable: The model's configuration cannot be read.
        """
        unknown = self._stack.unknown
        return choose_runtime(self.params, torch_only=f"torch alone runs this model ({unknown})" if unknown else None)

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The model, its weights, prompts and pooling. Read from configuration files.

        Raises:
            ModelUnavailable: They cannot be read, or do not tell the dimension.
            ConfigError: ``dim`` or ``max_seq_length`` is over what the model has.
        """
        stack, prompts = self._stack, self._prompts
        pooling = "+".join((*stack.pooling, *(f"dense {layer.out_features}" for layer in stack.dense)))
        return EmbeddingSpace(
            model=self.params.model,
            dim=self._dim,
            revision=self._revision,
            preprocessing=f"{self._max_length} tokens" + (", lower case" if stack.lowercase else ""),
            prompt=f"query {prompts['query']!r}, document {prompts['document']!r}" if any(prompts.values()) else "",
            pooling=pooling or "by sentence-transformers",
            normalization="l2" if self._normalized or (stack.normalized and self._dim == stack.dim) else "none",
            metric=stack.metric if not self._normalized else "cosine",
        )

    def models(self) -> Sequence[ModelInfo]:
        """The one model."""
        if is_starter(self.params.model):
            return [starter_model(self.params.model).info()]
        return [resolve_model(self.params.model, self.params.revision).model_info()]

    def load(self) -> None:
        """Bring weights and tokenizer. Raises as ``space`` and ``runtime`` do, and where the weights are refused."""
        if self._model is not None:
            return
        max_length = self._max_length
        if self._stack.unknown:
            limit = self.params.max_seq_length
            self._model = LibraryModel(self._files.fetch(), self.runtime, self._prompts, limit)
            return
        folder = self._files.fetch([self._stack.files_of_transformer(TOKENIZER)]) / self._stack.transformer
        self._tokens = TextTokens(folder, max_length, self._stack.lowercase)
        example = pad([self._tokens.ids("an example of four words"), self._tokens.ids("short")], self._tokens.pad_id)
        self._model = compile_module(
            self._build,
            example,
            self.runtime,
            dynamic_axes=dict.fromkeys(example, (0, 1)),
            cache_key=f"{_CODE} {self._revision} {self._stack.fingerprint}",
        )

    def close(self) -> None:
        """Let the weights go."""
        if self._model is not None:
            self._model.close()
        self._model = self._tokens = None

    def prepare(self, item: Item, role: Role = "document") -> Prepared:
        """Tokenize one text, after its prompt: int64 ``[tokens]``, whose number is the cost."""
        text = item.text()
        if isinstance(self._model, LibraryModel):
            return self._model.prepare(text, role)
        assert self._tokens is not None, "load was not called"
        ids = self._tokens.ids(self._prompts[role] + text)
        return Prepared(ids, cost=len(ids), nbytes=ids.nbytes + 200)

    def encode_prepared(self, prepared: Sequence[Prepared]) -> NDArray[np.float32]:
        """Return float32 ``[n, dim]``, computed in batches of similar length within ``batch_tokens``."""
        assert self._model is not None, "load was not called"
        if not prepared:
            return np.empty((0, self._dim), dtype=np.float32)
        budget = self.params.batch_tokens or (65_536 if self.runtime.device == "cuda" else 1024)
        if isinstance(self._model, LibraryModel):
            vectors = self._model.encode(prepared, budget)
        else:
            vectors = self._encode(self._model, prepared, budget)
        return self._finished(vectors)

    def _encode(self, model: CompiledModel, prepared: Sequence[Prepared], budget: int) -> NDArray[np.float32]:
        assert self._tokens is not None
        pad_id = self._tokens.pad_id
        batches = cut([one.cost for one in prepared], budget, MAX_TEXTS)
        results = model.run(pad([prepared[index].value for index in batch], pad_id) for batch in batches)
        vectors = np.empty((len(prepared), results[0][0].shape[1]), dtype=np.float32)
        for batch, (result,) in zip(batches, results, strict=True):
            vectors[batch] = result
        return vectors

    def _build(self) -> torch.nn.Module:
        from chiasm_plugins.encoders.sentence_module import build_sentence_module

        model = self.params.model
        folder = starter_model(model).verify() if is_starter(model) else self._files.fetch()
        try:
            return build_sentence_module(folder, self._stack)
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise self._files.refused(error) from error

    def _finished(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._stack.normalized:
            vectors = _unit(vectors)
        vectors = vectors[:, : self._dim]
        return np.ascontiguousarray(_unit(vectors) if self._normalized else vectors)

    @cached_property
    def _files(self) -> ModelFiles:
        model, revision = self.params.model, self.params.revision
        if is_starter(model):
            if revision is not None:
                raise ModelUnavailable(
                    "a packaged model has one revision", where=model, fix="Leave 'revision' out: the package has it."
                )
            return ModelFiles(model, None, starter_model(model).locate())
        return resolve_model(model, revision)

    @cached_property
    def _stack(self) -> SentenceStack:
        return read_stack(self._files)

    @cached_property
    def _revision(self) -> str:
        model = self.params.model
        return starter_model(model).revision if is_starter(model) else self._files.revision

    @cached_property
    def _prompts(self) -> dict[Role, str]:
        given, own = self.params, self._stack.prompts
        query = own["query"] if given.query_prompt is None else given.query_prompt
        document = own["document"] if given.document_prompt is None else given.document_prompt
        return {"query": query, "document": document}

    @cached_property
    def _dim(self) -> int:
        full, wanted = self._stack.dim, self.params.dim
        if full is None and wanted is None:
            raise ModelUnavailable(
                "the model's configuration does not tell the dimension of its vectors",
                where=self.params.model,
                fix="Give it as 'dim'.",
            )
        if full is not None and wanted is not None and wanted > full:
            raise ConfigError(
                f"dim is {wanted}, and the model's vectors have {full} dimensions", where=self.params.model
            )
        return wanted or full or 0

    @cached_property
    def _max_length(self) -> int:
        wanted, positions = self.params.max_seq_length, self._stack.positions
        if wanted is not None and positions is not None and wanted > positions:
            raise ConfigError(
                f"max_seq_length is {wanted}, and the model reads {positions} tokens at most", where=self.params.model
            )
        return wanted or self._stack.max_seq_length or LONGEST

    @property
    def _normalized(self) -> bool:
        if self.params.normalize is not None:
            return self.params.normalize
        return self._stack.normalized or self._stack.metric == "cosine"


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = vectors / np.maximum(lengths, np.float32(1e-12))
    return unit
