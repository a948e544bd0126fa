"""Texts to batches of token ids, filled up the way the model was trained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.errors import ModelUnavailable
from chiasm_plugins.encoders.dual_config import DualConfig
from chiasm_plugins.encoders.text_tokens import TextTokens

Ids = NDArray[np.int64]


class DualTokens:
    """The tokenizer of a model of text and one other modality. Safe to use from threads.

    SigLIP and SigLIP 2 were trained on lower-cased texts, filled up to their whole length with the filling attended to
    (transformers' documentation of SigLIP; its pull request 43101 for the lower case). Other families are filled up
    to the longest text of a batch, which a mask hides.

    Args:
        folder: The model's folder.
        config: Its configuration.

    Raises:
        ModelUnavailable: The folder has no tokenizer, or one that only works in Python.
    """

    def __init__(self, folder: Path, config: DualConfig) -> None:
        self._config = config
        settings = _settings(folder)
        self._left = settings.get("padding_side") == "left"
        if str(settings.get("tokenizer_class", "")).startswith("SiglipTokenizer"):
            # transformers knows this one in Python only; the same model's tokenizer.json does the same work.
            self._tokens: TextTokens | _PlainTokens = _PlainTokens(folder, config.tokens, settings)
        else:
            self._tokens = TextTokens(folder, config.tokens, lowercase=config.whole_length)

    def ids(self, text: str) -> Ids:
        """Return int64 ``[tokens]``, the rest of a text that is too long left out."""
        return self._tokens.ids(text)

    def batch(self, rows: Sequence[Ids]) -> dict[str, Ids]:
        """Return the text tower's inputs: ``input_ids`` int64 ``[n, length]``, and a mask where the model uses one."""
        length = self._config.tokens if self._config.whole_length else max(1, *(len(row) for row in rows))
        ids = np.full((len(rows), length), self._tokens.pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            place = slice(length - len(row), length) if self._left else slice(0, len(row))
            ids[number, place] = row
            mask[number, place] = 1
        return {"input_ids": ids} if self._config.whole_length else {"input_ids": ids, "attention_mask": mask}

    def cost(self, row: Ids) -> int:
        """Return how many tokens a text takes in a batch."""
        return self._config.tokens if self._config.whole_length else max(1, len(row))


class _PlainTokens:
    """A tokenizer.json used as it is."""

    def __init__(self, folder: Path, max_length: int, settings: dict[str, Any]) -> None:
        from tokenizers import Tokenizer, normalizers

        path = folder / "tokenizer.json"
        if not path.is_file():
            raise ModelUnavailable(
                "its tokenizer is there as SentencePiece only (spiece.model)",
                where=str(folder),
                fix="Take a copy of the model that has tokenizer.json.",
            )
        self._tokenizer = Tokenizer.from_file(str(path))
        before = self._tokenizer.normalizer
        steps = [normalizers.Lowercase(), *([before] if before is not None else [])]
        self._tokenizer.normalizer = normalizers.Sequence(steps)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length)
        named = settings.get("pad_token") or "</s>"
        token = named["content"] if isinstance(named, dict) else str(named)
        self.pad_id = int(self._tokenizer.token_to_id(token) or 0)

    def ids(self, text: str) -> Ids:
        return np.array(self._tokenizer.encode(text).ids, dtype=np.int64)


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / "tokenizer_config.json"
    if not path.is_file():
        return {}
    try:
        settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelUnavailable(f"tokenizer_config.json cannot be read ({error})", where=str(folder)) from error
    return settings
