"""An early fusion by its name, to use alone on arrays, without a pipeline or a store."""

from __future__ import annotations

from typing import Any

from chiasm.contracts.early_fusion import EarlyFusion
from chiasm.errors import ConfigError
from chiasm_registry import Registry


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
    from chiasm.config.model import Use
    from chiasm.config.reading import Origin
    from chiasm.plan.components import ComponentMaker
    from chiasm_registry import installed_registry

    maker = ComponentMaker(registry or installed_registry(), {}, Origin())
    component = maker.get(Use(use=name, params=params), "fusion", ()).component
    if not isinstance(component, EarlyFusion):
        early = [each.name for each in (registry or installed_registry()).components("fusion")
                 if "early" in each.spec.produces]  # fmt: skip
        raise ConfigError(f"{name!r} is no early fusion; there are {', '.join(early)}")
    return component
