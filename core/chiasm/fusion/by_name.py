"""Fusions by their names, to use alone: on arrays, scores and rankings, without a pipeline or a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from chiasm.contracts.component import Component
from chiasm.contracts.early_fusion import EarlyFusion
from chiasm.contracts.late_fusion import LateFusion
from chiasm.errors import ConfigError
from chiasm_registry import Registry

F = TypeVar("F", bound=Component[Any])


def early_fusion(name: str, *, registry: Registry | None = None, **params: Any) -> EarlyFusion[Any]:  # noqa: ANN401
    """Return an early fusion that is installed.

    Example:
        >>> import numpy as np
        >>> from chiasm import early_fusion
        >>> words, sights = np.eye(4), np.eye(3)[[0, 1, 2, 0]]
        >>> early_fusion("concat", scale="unit")({"text": words, "image": sights}).shape
        (4, 7)

    Args:
        name: Registered name: ``"concat"``, ``"weighted-mean"``, ``"gated"``, ...
        registry: Where it is looked up; what is installed by default.
        params: Its params.

    Raises:
        ConfigError: A param is unknown or wrong, or the fusion is not an early one; with the nearest valid choice.
        RegistryError: There is no such fusion, or it cannot be used.
    """
    return _made(name, params, EarlyFusion, "early", registry)


def late_fusion(name: str, *, registry: Registry | None = None, **params: Any) -> LateFusion[Any]:  # noqa: ANN401
    """Return a late fusion that is installed.

    Example:
        >>> from chiasm import late_fusion
        >>> late_fusion("rrf", k=10)({"words": {"cat": 7.1, "dog": 3.2}, "looks": ["dog", "fox"]}).ids
        ('dog', 'cat', 'fox')

    Args:
        name: Registered name: ``"rrf"``, ``"weighted-sum"``, ``"comb-mnz"``, ...
        registry: Where it is looked up; what is installed by default.
        params: Its params.

    Raises:
        ConfigError: A param is unknown or wrong, or the fusion is not a late one; with the nearest valid choice.
        RegistryError: There is no such fusion, or it cannot be used.
    """
    return _made(name, params, LateFusion, "late", registry)


def _made(name: str, params: Mapping[str, Any], contract: type[F], produces: str, registry: Registry | None) -> F:
    from chiasm.config.model import Use
    from chiasm.config.reading import Origin
    from chiasm.plan.components import ComponentMaker
    from chiasm_registry import installed_registry

    known = registry or installed_registry()
    component = ComponentMaker(known, {}, Origin()).get(Use(use=name, params=dict(params)), "fusion", ()).component
    if not isinstance(component, contract):
        others = [each.name for each in known.components("fusion") if each.spec.produces == (produces,)]
        raise ConfigError(f"{name!r} is no {produces} fusion; there are {', '.join(others)}")
    return component
