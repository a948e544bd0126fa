"""Text and images in one space, by CLIP, SigLIP, SigLIP 2 and their kin, as transformers runs them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from chiasm.contracts import Prepared, Role
from chiasm.contracts.encoder import Dense
from chiasm.errors import EncodingError
from chiasm.media import IMAGE, TEXT, Item
from chiasm.runtime import CompiledModel, RuntimeChoice, choose_runtime
from chiasm.space import EmbeddingSpace
from chiasm_plugins.encoders.clip_params import ClipParams
from chiasm_plugins.encoders.dual import DualEncoder, Ready
from chiasm_plugins.encoders.dual_config import read_preprocessor
from chiasm_plugins.encoders.image_recipe import ImageRecipe, LibraryRecipe, common_recipe


class ClipEncoder(DualEncoder[ClipParams]):
    """Encodes texts and images with a model of transformers that has ``get_text_features`` and ``get_image_features``.

    Pictures are prepared as the model's image processor says, with Pillow, so the vectors are those of transformers;
    a JPEG file is first decoded at reduced scale where the model wants a small picture.

    Example:
        >>> encoder = ClipEncoder(ClipParams(model="openai/clip-vit-base-patch32"))
        >>> words, picture = encoder.encode([Item.of_text("a dog"), Item.from_path("dog.jpg")])  # doctest: +SKIP
    """

    _config_key = "vision_config"

    @property
    def consumes(self) -> frozenset[str]:
        """Text and images."""
        return frozenset({TEXT, IMAGE})

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The model at its commit, and how texts and pictures are prepared for it."""
        return EmbeddingSpace(
            model=self._files.name,
            dim=self._config.dim,
            revision=self._files.revision,
            preprocessing=f"image: {self._recipe.identity}; text: {self._config.text_identity}",
        )

    @cached_property
    def runtime(self) -> RuntimeChoice:
        """What runs, or will run, the towers."""
        special = None if isinstance(self._recipe, ImageRecipe) else f"only torch runs {self._config.model_type} models"
        return choose_runtime(self.params, torch_only=special)

    def load(self) -> None:
        """Fetch the model and check that it is whole; its towers come into memory when they are first needed."""
        fetched = self._fetched
        super().load()
        if not fetched and isinstance(self._recipe, LibraryRecipe):
            self._recipe.load(self._files.fetch())

    def prepare(self, item: Item, role: Role = "document") -> Prepared:
        """Tokenize a text, or decode and resize a picture.

        Raises:
            MediaError: The item cannot be decoded.
            EncodingError: The model's image processor refuses the picture.
        """
        if item.modality == TEXT:
            return self._prepare_text(item, role)
        recipe = self._recipe
        pixels = item.image(recipe.min_side)
        try:
            row = recipe.prepare(pixels)
        except EncodingError as error:
            raise EncodingError(error.problem, where=item.name) from error
        values = sum(array.nbytes for array in row.values())
        return Prepared(Ready(rows=(row,)), cost=max(array.size for array in row.values()), nbytes=values + 500)

    @cached_property
    def _recipe(self) -> ImageRecipe | LibraryRecipe:
        config = read_preprocessor(self._files, "image_processor")
        return common_recipe(config) or LibraryRecipe(config)

    @property
    def _other_batch(self) -> int:
        return self.params.batch_images or (64 if self.runtime.device == "cuda" else 8)

    def _pool(self, vectors: Dense, counts: Sequence[int]) -> Dense:
        return vectors

    def _compile_other(self) -> CompiledModel:
        recipe = self._recipe
        blank = np.zeros((64, 96, 3), dtype=np.uint8)
        example = {name: np.stack([array, array]) for name, array in recipe.prepare(blank).items()}

        def build() -> Any:  # noqa: ANN401
            from chiasm_plugins.encoders.dual_towers import ImageTower, PreparedImageTower, build_tower

            def wrap(model: Any) -> Any:  # noqa: ANN401
                return ImageTower(model, recipe) if isinstance(recipe, ImageRecipe) else PreparedImageTower(model)

            return build_tower(self._files, wrap, example, self._config.dim)

        return self._compile(build, example, dict.fromkeys(example, (0,)), "image")
