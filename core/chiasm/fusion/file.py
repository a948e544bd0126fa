"""The file of a trained fusion: arrays in safetensors with one JSON description, never a pickle."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.errors import ModelUnavailable, UnusableComponent
from chiasm.space import EmbeddingSpace

FORMAT = 1
"""Version of the format; a newer one is refused."""

_KEY = "chiasm"


@dataclass(frozen=True, eq=False)
class FusionFile:
    """What training gave.

    Attributes:
        fusion: Registered name of the fusion, ``"gated"``.
        fields: Space of each field that it was trained on.
        dim: Dimensions of the fused vectors.
        arrays: Weights by name.
        options: Params that shape the fusion, and how it was trained; JSON values.
        classes: The classes that it tells apart; empty where it was not trained on classes.
    """

    fusion: str
    fields: Mapping[str, EmbeddingSpace]
    dim: int
    arrays: Mapping[str, NDArray[Any]]
    options: Mapping[str, Any] = field(default_factory=dict)
    classes: tuple[str | int, ...] = ()

    @cached_property
    def content(self) -> bytes:
        """The file's bytes; the same for the same weights and description."""
        try:
            from safetensors.numpy import save
        except ImportError as error:
            raise UnusableComponent(
                "trained fusions are kept in safetensors, which is not installed", fix="pip install 'chiasm[fusion]'"
            ) from error
        described = {
            "format": FORMAT,
            "fusion": self.fusion,
            "fields": {name: space.to_payload() for name, space in sorted(self.fields.items())},
            "dim": self.dim,
            "options": dict(self.options),
            "classes": list(self.classes),
        }
        arrays = {name: np.ascontiguousarray(values) for name, values in self.arrays.items()}
        return save(arrays, metadata={_KEY: json.dumps(described, sort_keys=True)})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    def write(self, path: Path) -> None:
        """Write the file whole or not at all; folders are made where they are missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_bytes(self.content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def read_fusion_file(path: Path, fusion: str) -> FusionFile:
    """Read a trained fusion.

    Args:
        path: The file.
        fusion: Registered name of the fusion that loads it.

    Raises:
        ModelUnavailable: There is no such file, it is no safetensors file (a pickle is never read), it is damaged,
            or it is of another fusion or a newer format.
        UnusableComponent: safetensors is not installed.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load
    except ImportError as error:
        raise UnusableComponent(
            "trained fusions are kept in safetensors, which is not installed", fix="pip install 'chiasm[fusion]'"
        ) from error
    where = f"{fusion}, model {str(path)!r}"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelUnavailable(
            f"the trained fusion cannot be read ({error.strerror})", where=where,
            fix="Train it and keep it with 'fusion.fit(vectors).save(path)'.",
        ) from error  # fmt: skip
    try:
        described = json.loads(_header(content)["__metadata__"][_KEY])
        arrays = load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelUnavailable(
            "this is no file of a trained fusion: arrays in safetensors with a description. Pickles and other formats "
            "are not read, since they can run any code",
            where=where,
            fix="Train it again and keep it with 'fusion.fit(vectors).save(path)'.",
        ) from error
    if described.get("format") != FORMAT:
        raise ModelUnavailable(
            f"the file has format {described.get('format')!r}, and this chiasm reads {FORMAT}", where=where,
            fix="Upgrade chiasm, or train the fusion again.",
        )  # fmt: skip
    if described.get("fusion") != fusion:
        raise ModelUnavailable(
            f"the file is of the fusion {described.get('fusion')!r}, not of {fusion!r}", where=where,
            fix=f"Write 'use: {described.get('fusion')}', or name another file.",
        )  # fmt: skip
    fields = {name: EmbeddingSpace.from_payload(space) for name, space in described["fields"].items()}
    file = FusionFile(fusion, fields, described["dim"], arrays, described["options"], tuple(described["classes"]))
    # The digest is that of the bytes on disk, whoever wrote them.
    file.__dict__["content"] = content
    return file


def _header(content: bytes) -> dict[str, Any]:
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 + size:
        raise ValueError("cut off")
    header: dict[str, Any] = json.loads(content[8 : 8 + size])
    return header
