"""The ``late-interaction`` encoder: a vector for each token of a text, compared by MaxSim, as ColBERT does."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chiasm.batching import cut
from chiasm.contracts import Component, Encoder, ModelInfo, Prepared, Role
from chiasm.errors import ModelUnavailable
from chiasm.media import Item
from chiasm.runtime import RuntimeChoice, choose_runtime
from chiasm.runtime.torch_model import computing, make_ready
from chiasm.space import EmbeddingSpace
from chiasm_plugins.encoders.hub import TOKENIZER, ModelFiles, resolve_model
from chiasm_plugins.encoders.late_interaction_model import LateInteractionModel, read_model
from chiasm_plugins.encoders.late_interaction_params import LateInteractionParams
from chiasm_plugins.encoders.text_tokens import TextTokens, pad

if TYPE_CHECKING:
    from chiasm_plugins.encoders.late_interaction_module import TokenVectors

MAX_TEXTS = 256


class LateInteractionEncoder(Encoder[LateInteractionParams]):
    """Encodes texts to unit vectors of their tokens (ColBERT: Khattab and Zaharia, SIGIR 2020).

    A document scores the sum, over the query's tokens, of the greatest cosine with one of its own. Queries of a ColBERT
    are filled up with mask tokens, whose vectors count too, and a document's punctuation has none. It takes a
    comparison of all tokens with all: let another encoder find candidates, and rerank by this one
    (``search: {rerank: [tokens]}``).

    Example:
        >>> sorted(LateInteractionEncoder(LateInteractionParams()).consumes)
        ['text']
    """

    def __init__(self, params: LateInteractionParams, parts: Mapping[str, Component[Any]] | None = None) -> None:
        super().__init__(params, parts)
        self._tokens: dict[Role, TextTokens] = {}
        self._module: TokenVectors | None = None

    @property
    def consumes(self) -> frozenset[str]:
        """Text."""
        return frozenset({"text"})

    @cached_property
    def runtime(self) -> RuntimeChoice:
        """Torch, in a precision, on a device."""
        return choose_runtime(self.params, torch_only="torch alone runs late-interaction models")

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The model, its weights and its markers.

        Raises:
            ModelUnavailable: The configuration cannot be read, or does not tell the dimension.
        """
        markers = [self._marker("query"), self._marker("document")]
        filled = f", queries filled up to {self.params.query_length}" if self._model.expands else ""
        return EmbeddingSpace(
            model=self._files.name,
            dim=self._dim,
            revision=self._files.revision,
            preprocessing=f"{self.params.max_seq_length} tokens, {self.params.query_length} of a query{filled}",
            prompt=f"query {markers[0]!r}, document {markers[1]!r}" if any(markers) else "",
            pooling="none",
            kind="multi",
        )

    def models(self) -> Sequence[ModelInfo]:
        """The one model."""
        return (self._files.model_info(),)

    def load(self) -> None:
        """Bring weights and tokenizer. Raises as ``space`` does, and where the weights are refused."""
        if self._module is not None:
            return
        folder = self._files.fetch([TOKENIZER])
        from chiasm_plugins.encoders.late_interaction_module import build_token_vectors

        try:
            module = build_token_vectors(folder, self._model, self._dim)
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise self._files.refused(error) from error
        lengths: dict[Role, int] = {"query": self.params.query_length, "document": self.params.max_seq_length}
        for role, length in lengths.items():
            self._tokens[role] = TextTokens(folder, length - bool(self._marker(role)))
            self._marker_id(role)
        make_ready(module, self.runtime)
        self._module = module

    def close(self) -> None:
        """Let the weights go."""
        self._module = None
        self._tokens = {}

    def prepare(self, item: Item, role: Role = "document") -> Prepared:
        """Tokenize one text: ``(ids, attended, kept)``, int64 and bool ``[tokens]``, whose number is the cost."""
        tokens = self._tokens[role]
        ids = tokens.ids(item.text())
        marker = self._marker_id(role)
        if marker is not None:
            ids = np.insert(ids, 1, marker)
        attended = np.ones(len(ids), bool)
        kept = np.ones(len(ids), bool)
        if role == "query" and self._model.expands:
            missing = max(0, self.params.query_length - len(ids))
            ids = np.concatenate([ids, np.full(missing, self._mask_id, np.int64)])
            attended = np.concatenate([attended, np.zeros(missing, bool)])
            kept = np.ones(len(ids), bool)
        elif role == "document" and self._model.skips_punctuation:
            kept = ~np.isin(ids, self._punctuation)
        return Prepared((ids, attended, kept), cost=len(ids), nbytes=ids.nbytes * 2 + 200)

    def encode_prepared(self, prepared: Sequence[Prepared]) -> list[NDArray[np.float32]]:
        """Return float32 ``[t_i, dim]`` for each text, computed in batches of similar length."""
        import torch

        assert self._module is not None, "load was not called"
        vectors: list[NDArray[np.float32]] = [np.empty((0, self._dim), np.float32)] * len(prepared)
        for batch in cut([one.cost for one in prepared], self.params.batch_tokens, MAX_TEXTS):
            rows = [prepared[at].value for at in batch]
            inputs = pad([ids for ids, _, _ in rows], self._tokens["document"].pad_id)
            for number, (_, attended, _) in enumerate(rows):
                inputs["attention_mask"][number, : len(attended)] = attended
            with computing(self.runtime):
                tensors = {name: torch.from_numpy(array).to(self.runtime.device) for name, array in inputs.items()}
                result = self._module(**tensors).float().cpu().numpy()
            for at, (_, _, kept), values in zip(batch, rows, result, strict=True):
                vectors[at] = np.ascontiguousarray(values[: len(kept)][kept], dtype=np.float32)
        return vectors

    def _marker(self, role: Role) -> str:
        given = self.params.query_marker if role == "query" else self.params.document_marker
        own = self._model.query_marker if role == "query" else self._model.document_marker
        return own if given is None else given

    def _marker_id(self, role: Role) -> int | None:
        marker = self._marker(role)
        if not marker:
            return None
        number = self._tokens[role].id_of(marker)
        if number is None:
            raise ModelUnavailable(
                f"its tokenizer has no token {marker!r}",
                where=self.params.model,
                fix=f"Set '{role}_marker' to one that it has, or to '' for none.",
            )
        return number

    @cached_property
    def _mask_id(self) -> int:
        tokens = self._tokens["query"]
        number = tokens.id_of("[MASK]")
        return number if number is not None else tokens.id_of("<mask>") or tokens.pad_id

    @cached_property
    def _punctuation(self) -> NDArray[np.int64]:
        known = (self._tokens["document"].id_of(mark) for mark in string.punctuation)
        return np.array([number for number in known if number is not None], dtype=np.int64)

    @cached_property
    def _files(self) -> ModelFiles:
        return resolve_model(self.params.model, self.params.revision)

    @cached_property
    def _model(self) -> LateInteractionModel:
        return read_model(self._files)

    @cached_property
    def _dim(self) -> int:
        dim = self.params.dim or self._model.dim
        if not dim:
            raise ModelUnavailable(
                "the model's configuration does not tell the dimension of its vectors",
                where=self.params.model,
                fix="Give it as 'dim'.",
            )
        return dim
