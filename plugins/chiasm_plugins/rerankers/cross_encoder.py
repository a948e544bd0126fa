"""The ``cross-encoder`` reranker: a model that reads the query and a text together and gives one score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Candidate, Component, ModelInfo, Reranker
from chiasm.errors import ModelUnavailable
from chiasm.media import Item
from chiasm.runtime import RuntimeChoice, choose_runtime
from chiasm.runtime.torch_model import computing, make_ready
from chiasm_plugins.encoders.hub import TOKENIZER, ModelFiles, resolve_model
from chiasm_plugins.encoders.quiet import quiet_transformers
from chiasm_plugins.encoders.text_tokens import whole_characters
from chiasm_plugins.rerankers.cross_encoder_params import CrossEncoderParams

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


class CrossEncoderReranker(Reranker[CrossEncoderParams]):
    """Scores texts as ``CrossEncoder.predict`` of sentence-transformers does.

    Weights are loaded from safetensors, and code that a model brings is never run. Of a query, its text is read; with
    a recording, say, alone, candidates are not reranked by it.

    Example:
        >>> sorted(CrossEncoderReranker(CrossEncoderParams()).consumes)
        ['text']
    """

    def __init__(self, params: CrossEncoderParams, parts: Mapping[str, Component[Any]] | None = None) -> None:
        super().__init__(params, parts)
        self._model: CrossEncoder | None = None

    @property
    def consumes(self) -> frozenset[str]:
        """Text."""
        return frozenset({"text"})

    @cached_property
    def runtime(self) -> RuntimeChoice:
        """Torch, in a precision, on a device.

        Raises:
            ConfigError: Another runtime was asked for.
        """
        return choose_runtime(self.params, torch_only="torch alone runs cross-encoders")

    def models(self) -> Sequence[ModelInfo]:
        """The one model."""
        return (self._files.model_info(),)

    def load(self) -> None:
        """Bring the weights.

        Raises:
            ModelUnavailable: They cannot be had, are pickles, or give more than one score a pair.
        """
        if self._model is not None:
            return
        folder = self._files.fetch([TOKENIZER])
        from sentence_transformers import CrossEncoder

        try:
            with quiet_transformers():
                model = CrossEncoder(
                    str(folder),
                    max_length=self.params.max_seq_length,
                    device=self.runtime.device,
                    trust_remote_code=False,
                    local_files_only=True,
                    model_kwargs={"use_safetensors": True},
                )
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise self._files.refused(error) from error
        if model.num_labels != 1:
            raise ModelUnavailable(
                f"the model gives {model.num_labels} scores a pair, and one is due",
                where=self.params.model,
                fix="Take a cross-encoder for ranking, such as cross-encoder/ms-marco-MiniLM-L6-v2.",
            )
        make_ready(model, self.runtime)
        self._model = model

    def close(self) -> None:
        """Let the weights go."""
        self._model = None

    def score(self, query: Sequence[Item], candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """Return the model's score of each text with the query's; NaN for a candidate without text."""
        assert self._model is not None, "load was not called"
        scores = np.full(len(candidates), np.nan)
        asked = whole_characters(" ".join(item.text() for item in query))
        texts = {at: whole_characters(each.text) for at, each in enumerate(candidates) if each.text.strip()}
        if texts:
            pairs = [(asked, text) for text in texts.values()]
            with computing(self.runtime):
                given = self._model.predict(
                    pairs, batch_size=self.params.batch, show_progress_bar=False, convert_to_numpy=True
                )
            scores[list(texts)] = np.asarray(given, dtype=np.float64)
        return scores

    @cached_property
    def _files(self) -> ModelFiles:
        return resolve_model(self.params.model, self.params.revision)
