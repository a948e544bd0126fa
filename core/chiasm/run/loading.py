"""Loads each component once, when the first item that needs it comes, whatever thread that is in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from chiasm.contracts.component import Component
from chiasm.errors import ChiasmError, ModelUnavailable


class Loading:
    """Loads components on first use.

    Args:
        on_load: Told each component and how many seconds its loading took.
    """

    def __init__(self, on_load: Callable[[Component[Any], float], None] | None = None) -> None:
        self._on_load = on_load
        self._lock = threading.Lock()
        self._locks: dict[int, threading.Lock] = {}
        self._loaded: dict[int, Component[Any]] = {}

    def ensure(self, component: Component[Any]) -> None:
        """Load ``component`` unless that was done; other components may load meanwhile.

        Raises:
            ModelUnavailable: As ``component.load`` does.
        """
        if id(component) in self._loaded:
            return
        with self._lock:
            lock = self._locks.setdefault(id(component), threading.Lock())
        with lock:
            if id(component) in self._loaded:
                return
            started = time.perf_counter()
            _load(component)
            self._loaded[id(component)] = component
        if self._on_load:
            self._on_load(component, time.perf_counter() - started)


def _load(component: Component[Any]) -> None:
    """Load; what is not chiasm's own error becomes one, since every document would fail of it alike."""
    try:
        component.load()
    except ChiasmError:
        raise
    except (Exception, SystemExit) as error:
        raise ModelUnavailable(
            f"{type(component).__name__} cannot be loaded ({type(error).__name__}: {error})",
            where=type(component).__module__,
            fix="This is a fault of the plugin: tell its authors.",
        ) from error
