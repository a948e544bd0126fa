"""Embedding spaces: vectors are compared only with vectors of the same space."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from chiasm.errors import SpaceMismatch

VectorKind = Literal["dense", "sparse", "multi"]
Metric = Literal["cosine", "dot", "euclid"]


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """The identity of a space. Two vectors may be compared exactly when their spaces are equal.

    Attributes:
        model: Model id, package or name.
        dim: Number of dimensions; 0 for a sparse space.
        revision: Commit or SHA-256 of the weights.
        preprocessing: How inputs are prepared, down to the resize filter.
        prompt: Prompts put before queries and documents.
        pooling: How token or patch vectors become one.
        normalization: ``"l2"`` or ``"none"``.
        metric: How two vectors are compared.
        kind: One dense vector, one sparse vector, or several dense vectors (compared by MaxSim) an item.
    """

    model: str
    dim: int
    revision: str = ""
    preprocessing: str = ""
    prompt: str = ""
    pooling: str = ""
    normalization: str = "l2"
    metric: Metric = "cosine"
    kind: VectorKind = "dense"

    @property
    def fingerprint(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the identity."""
        identity = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(identity.encode()).hexdigest()[:16]

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON form kept in a store."""
        return asdict(self)

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> EmbeddingSpace:
        """Return the space whose ``to_payload`` gave ``payload``."""
        return cls(**payload)

    def __str__(self) -> str:
        size = f"{self.dim}-d {self.kind}" if self.dim else self.kind
        revision = f"@{self.revision[:12]}" if self.revision else ""
        return f"{self.model}{revision} ({size}, {self.metric}, {self.fingerprint})"


def describe_difference(ours: EmbeddingSpace, theirs: EmbeddingSpace) -> str:
    """Name the parts in which two spaces differ, with both values.

    Example:
        >>> describe_difference(EmbeddingSpace("a", 4), EmbeddingSpace("a", 8))
        'dim 4 against 8'
    """
    left, right = asdict(ours), asdict(theirs)
    return ", ".join(f"{name} {left[name]!r} against {right[name]!r}" for name in left if left[name] != right[name])


def require_same_space(ours: EmbeddingSpace, theirs: EmbeddingSpace, *, where: str, fix: str) -> None:
    """Refuse two spaces that differ.

    Raises:
        SpaceMismatch: With both identities, what differs, and ``fix``.
    """
    if ours != theirs:
        raise SpaceMismatch(
            f"vectors of {ours} cannot be compared with vectors of {theirs}: {describe_difference(ours, theirs)}",
            where=where,
            fix=fix,
        )
