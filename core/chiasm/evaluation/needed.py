"""The libraries that evaluation needs, which an extra of their own brings."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from chiasm.errors import UnusableComponent


def needed(module: str) -> Any:  # noqa: ANN401
    """Return a module that the extra ``evaluation`` brings, imported on first use.

    Raises:
        UnusableComponent: It is not installed; the message has the command that brings it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UnusableComponent(
            f"evaluation needs {module.partition('.')[0]}", fix="pip install 'chiasm[evaluation]'"
        ) from error
