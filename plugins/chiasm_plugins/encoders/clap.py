"""Text and sound in one space, by CLAP, as transformers runs it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from chiasm.contracts import Prepared, Role
from chiasm.contracts.encoder import Dense
from chiasm.errors import ConfigError, EncodingError
from chiasm.media import AUDIO, TEXT, Item
from chiasm.runtime import CompiledModel, RuntimeChoice, choose_runtime
from chiasm.space import EmbeddingSpace
from chiasm_plugins.encoders.clap_params import ClapParams
from chiasm_plugins.encoders.dual import DualEncoder, Ready, unit
from chiasm_plugins.encoders.dual_config import read_preprocessor
from chiasm_plugins.encoders.sound_recipe import SoundRecipe


class ClapEncoder(DualEncoder[ClapParams]):
    """Encodes texts and recordings with a CLAP model (Wu et al. 2023, arXiv 2211.06687).

    A recording longer than the model hears at once (10 seconds) is heard in windows, and its vector is the mean of
    theirs, brought to length one. transformers takes one window at random instead; here the same recording always
    gives the same vector.

    Example:
        >>> encoder = ClapEncoder(ClapParams())
        >>> words, sound = encoder.encode([Item.of_text("rain"), Item.from_path("storm.wav")])  # doctest: +SKIP
    """

    _config_key = "audio_config"

    @property
    def consumes(self) -> frozenset[str]:
        """Text and sound."""
        return frozenset({TEXT, AUDIO})

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The model at its commit, and how texts and recordings are prepared for it."""
        return EmbeddingSpace(
            model=self._files.name,
            dim=self._config.dim,
            revision=self._files.revision,
            preprocessing=f"audio: {self._recipe.identity}, {self.params.max_windows} windows at most; "
            f"text: {self._config.text_identity}",
            pooling="mean of windows",
        )

    @cached_property
    def runtime(self) -> RuntimeChoice:
        """What runs, or will run, the towers.

        Raises:
            ConfigError: It was asked for and cannot be had.
        """
        if self._recipe.views > 1 and self.params.runtime == "onnxruntime":
            raise ConfigError(
                "runtime 'onnxruntime' was asked for, and a CLAP model that fuses views cannot be exported to ONNX",
                where=self.params.model,
                fix="Use runtime 'openvino' or 'torch', or a model without fusion (laion/clap-htsat-unfused).",
            )
        return choose_runtime(self.params)

    def prepare(self, item: Item, role: Role = "document") -> Prepared:
        """Tokenize a text, or decode a recording and compute the spectrograms of its windows.

        Raises:
            MediaError: The item cannot be decoded.
            EncodingError: The recording has no samples.
        """
        if item.modality == TEXT:
            return self._prepare_text(item, role)
        recipe = self._recipe
        samples = item.audio(recipe.sampling_rate).samples
        if not len(samples):
            raise EncodingError("the recording has no samples", where=item.name)
        features = [recipe.features(window) for window in recipe.windows(samples, self.params.max_windows)]
        rows = tuple({"input_features": each} for each in features)
        # The views of a window share memory.
        values = sum(each.nbytes for each in features) // recipe.views
        return Prepared(Ready(rows=rows), cost=len(rows) * recipe.window, nbytes=values + 500)

    @cached_property
    def _recipe(self) -> SoundRecipe:
        return SoundRecipe.from_config(read_preprocessor(self._files, "feature_extractor"))

    @property
    def _other_batch(self) -> int:
        return self.params.batch_windows or (64 if self.runtime.device == "cuda" else 4)

    def _pool(self, vectors: Dense, counts: Sequence[int]) -> Dense:
        starts = np.cumsum([0, *counts[:-1]])
        return unit(np.add.reduceat(vectors, starts, axis=0))

    def _compile_other(self) -> CompiledModel:
        silence = self._recipe.features(np.zeros(self._recipe.window, dtype=np.float32))
        example = {"input_features": np.stack([silence, silence])}

        def build() -> Any:  # noqa: ANN401
            from chiasm_plugins.encoders.dual_towers import AudioTower, build_tower

            return build_tower(self._files, AudioTower, example, self._config.dim)

        return self._compile(build, example, dict.fromkeys(example, (0,)), "audio")
