"""Models whose modules chiasm does not know, run by sentence-transformers itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chiasm.batching import cut
from chiasm.contracts import Prepared, Role
from chiasm.errors import ModelUnavailable
from chiasm.runtime import RuntimeChoice
from chiasm.runtime.torch_model import computing, make_ready
from chiasm_plugins.encoders.quiet import quiet_transformers

MAX_TEXTS = 256


class LibraryModel:
    """A model as ``SentenceTransformer`` loads it, code of the model's own excluded.

    Args:
        folder: The model's folder, safetensors only.
        choice: Torch, in a precision, on a device.
        prompts: Put before texts, by role.
        max_seq_length: Tokens of a text that are read; the model's own limit when ``None``.

    Raises:
        ModelUnavailable: sentence-transformers is not installed, or cannot load the model.
    """

    def __init__(
        self, folder: Path, choice: RuntimeChoice, prompts: dict[Role, str], max_seq_length: int | None
    ) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise ModelUnavailable(
                f"only sentence-transformers can run this model, and it cannot be imported ({error})",
                where=str(folder),
                fix="pip install 'chiasm[text]'",
            ) from error
        with quiet_transformers():
            self._model = SentenceTransformer(
                str(folder),
                device=choice.device,
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
        if max_seq_length is not None:
            self._model.max_seq_length = max_seq_length
        make_ready(self._model, choice)
        self._choice = choice
        self._prompts = prompts

    def prepare(self, text: str, role: Role) -> Prepared:
        """Return the text with its role; its cost is guessed at four characters a token."""
        return Prepared((role, text), cost=len(text) // 4 + 1, nbytes=2 * len(text) + 100)

    def encode(self, prepared: Sequence[Prepared], batch_tokens: int) -> NDArray[np.float32]:
        """Return float32 ``[n, dim]``, as the model's last module gives them; ``n`` is at least 1."""
        rows: dict[int, NDArray[np.float32]] = {}
        for batch in cut([one.cost for one in prepared], batch_tokens, MAX_TEXTS):
            for role in ("query", "document"):
                indices = [index for index in batch if prepared[index].value[0] == role]
                if indices:
                    texts = [prepared[index].value[1] for index in indices]
                    rows |= zip(indices, self._encode(texts, role), strict=True)
        return np.stack([rows[index] for index in range(len(prepared))])

    def _encode(self, texts: list[str], role: Role) -> NDArray[np.float32]:
        encode = self._model.encode_query if role == "query" else self._model.encode_document
        with computing(self._choice):
            vectors = encode(texts, prompt=self._prompts[role], batch_size=len(texts), show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)

    def close(self) -> None:
        """Let the weights go."""
        del self._model
