"""Real distributions, installed into a folder of the test, as pip would leave them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from chiasm_registry import Registry

Install = Callable[..., Path]

SPEC_MODULE = """
from chiasm_registry import ComponentSpec, hookimpl

@hookimpl
def chiasm_components():
    return [{specs}]
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder at the front of ``sys.path``; what is imported from it is forgotten after the test."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    for variable in ("CHIASM_PLUGINS", "CHIASM_DISABLE_PLUGINS", "CHIASM_STRICT_PLUGINS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CHIASM_CONFIG_DIR", str(tmp_path / "settings"))
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def install(site: Path) -> Install:
    """Install a distribution with one package, one plugin and, where given, further modules."""

    def install(
        name: str,
        plugin: str | None = None,
        *,
        specs: str = "",
        version: str = "1.0",
        entries: str | None = None,
        modules: dict[str, str] | None = None,
    ) -> Path:
        package = name.replace("-", "_")
        folder = site / package
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        source = plugin if plugin is not None else SPEC_MODULE.format(specs=specs)
        for module, text in {"plugin": source, **(modules or {})}.items():
            (folder / f"{module}.py").write_text(dedent(text))
        info = site / f"{package}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        declared = entries if entries is not None else f"{name} = {package}.plugin"
        (info / "entry_points.txt").write_text(f"[chiasm.plugins]\n{declared}\n")
        importlib.invalidate_caches()
        return info

    return install


@pytest.fixture
def discover(site: Path) -> Callable[..., Registry]:
    """Discover what is on the path, leaving out chiasm's own plugins."""

    def discover(*, block: tuple[str, ...] = (), allow: tuple[str, ...] = (), strict: bool = False) -> Registry:
        return Registry.discover(block=(*block, "chiasm"), allow=allow, strict=strict)

    return discover
