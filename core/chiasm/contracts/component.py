"""What every component of a plugin has in common: params, parts, and weights that come late and go on request."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict


class Params(BaseModel):
    """Base of a component's params: unknown names are refused and values do not change.

    Two marks on a field, both in ``json_schema_extra``: ``PART`` says that the value names another component of the
    pipeline, which the component is then given; ``TUNING`` says that the field changes speed but not results, so it is
    left out of fingerprints.

    Example:
        >>> class ClipParams(Params):
        ...     model: str = Field(description="Model id or folder.")
        ...     batch_pixels: int = Field(4_000_000, description="Pixels in a batch.", json_schema_extra=TUNING)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


PART: dict[str, Any] = {"chiasm-part": True}
"""Marks a params field that names another component of the pipeline."""

TUNING: dict[str, Any] = {"chiasm-tuning": True}
"""Marks a params field that changes how fast results come, but not the results."""


class NoParams(Params):
    """Params of a component that has none."""


P = TypeVar("P", bound=Params)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that a component will need, told before it is loaded.

    Attributes:
        name: Id or folder.
        revision: Commit, version or digest; empty where unknown.
        download_bytes: What loading will fetch from the network: 0 when all is on this machine, ``None`` when unknown.
        memory_bytes: Memory that the weights will take, about; ``None`` when unknown.
    """

    name: str
    revision: str = ""
    download_bytes: int | None = None
    memory_bytes: int | None = None


class Component(ABC, Generic[P]):
    """Base of every contract.

    Constructing is cheap and offline; ``load`` brings weights and ``close`` lets them go.

    Args:
        params: The component's own params.
        parts: Components that params fields marked ``PART`` name, by field name.
    """

    def __init__(self, params: P, parts: Mapping[str, Component[Any]] | None = None) -> None:
        self.params = params
        self.parts: Mapping[str, Component[Any]] = parts or {}

    def models(self) -> Sequence[ModelInfo]:
        """Return the models that ``load`` will need, without loading or fetching them."""
        return ()

    def load(self) -> None:
        """Bring weights into memory; nothing when they are there.

        Raises:
            ModelUnavailable: They are missing, damaged, or not allowed to be loaded.
        """

    def close(self) -> None:
        """Let weights and handles go. ``load`` may be called again."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to other processes as what it is made of; nothing that was loaded goes along."""
        return type(self), (self.params, dict(self.parts))
