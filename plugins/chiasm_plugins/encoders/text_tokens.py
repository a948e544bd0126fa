"""Texts to token ids by a model's own fast tokenizer, without transformers once it is in the cache."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chiasm.errors import ModelUnavailable
from chiasm.runtime.cache import kept
from chiasm_plugins.encoders.quiet import quiet_transformers

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
_CHARACTERS_A_TOKEN = 8
_SURPLUS_TOKENS = 16


class TextTokens:
    """Gives the token ids that transformers' tokenizer would, special tokens included. Safe to use from threads.

    Args:
        folder: The model's folder.
        max_length: Tokens of a text at most, special tokens included; the rest is left out.
        lowercase: Whether texts are lower-cased first.

    Raises:
        ModelUnavailable: The folder has no tokenizer, or one that only works in Python.
    """

    def __init__(self, folder: Path, max_length: int, lowercase: bool = False) -> None:
        self._tokenizer, self.pad_id = _load(folder)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length)
        if lowercase:
            _lower_case(self._tokenizer)
        self._first_look = max_length * _CHARACTERS_A_TOKEN

    def id_of(self, token: str) -> int | None:
        """Return the id of a token by its name; ``None`` where the tokenizer has none of that name."""
        number: int | None = self._tokenizer.token_to_id(token)
        return number

    def ids(self, text: str) -> NDArray[np.int64]:
        """Return int64 ``[tokens]``.

        Of a long text only the beginning is tokenized, more of it until enough tokens come: a look that ends in the
        middle of a word changes no token that far before its end.
        """
        text = whole_characters(text)
        look = self._first_look
        while True:
            encoding = self._tokenizer.encode(text[:look])
            surplus = sum(len(part.ids) for part in encoding.overflowing[:2])
            if look >= len(text) or surplus >= _SURPLUS_TOKENS:
                return np.array(encoding.ids, dtype=np.int64)
            look *= 4


def whole_characters(text: str) -> str:
    """Return a text with ``?`` for lone surrogates, which are no characters to tokenizers."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def pad(rows: list[NDArray[np.int64]], pad_id: int) -> dict[str, NDArray[np.int64]]:
    """Return ``input_ids`` and ``attention_mask``, int64 ``[n, longest]``, of rows of token ids.

    Example:
        >>> pad([np.array([5, 6, 7]), np.array([8])], pad_id=0)["input_ids"].tolist()
        [[5, 6, 7], [8, 0, 0]]
    """
    longest = max(len(row) for row in rows)
    ids = np.full((len(rows), longest), pad_id, dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return {"input_ids": ids, "attention_mask": mask}


def _load(folder: Path) -> tuple[Tokenizer, int]:
    from tokenizers import Tokenizer

    # transformers takes seconds to import and completes a tokenizer from several files, so what it gives is kept.
    known = kept(f"tokenizer {_digest(folder)}", _versions(), lambda target: _write(folder, target))
    if known is None:
        serialized, pad_id = _convert(folder)
        return Tokenizer.from_str(serialized), pad_id
    settings = json.loads((known / "settings.json").read_text(encoding="utf-8"))
    return Tokenizer.from_file(str(known / "tokenizer.json")), int(settings["pad_id"])


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in _FILES:
        if (folder / name).is_file():
            digest.update(f"{name} {hashlib.sha256((folder / name).read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _versions() -> str:
    return f"transformers {version('transformers')}, tokenizers {version('tokenizers')}"


def _write(folder: Path, target: Path) -> None:
    serialized, pad_id = _convert(folder)
    (target / "tokenizer.json").write_text(serialized, encoding="utf-8")
    (target / "settings.json").write_text(json.dumps({"pad_id": pad_id}), encoding="utf-8")


def _convert(folder: Path) -> tuple[str, int]:
    from transformers import AutoTokenizer

    try:
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelUnavailable(f"its tokenizer cannot be loaded ({error})", where=str(folder)) from error
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ModelUnavailable(
            "its tokenizer works in Python only",
            where=str(folder),
            fix="Save it as a fast tokenizer (tokenizer.json) with transformers.",
        )
    return str(backend.to_str()), int(tokenizer.pad_token_id or 0)


def _lower_case(tokenizer: Tokenizer) -> None:
    from tokenizers import normalizers

    before = tokenizer.normalizer
    steps = [normalizers.Lowercase(), *([before] if before is not None else [])]
    tokenizer.normalizer = normalizers.Sequence(steps)
