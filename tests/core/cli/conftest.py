"""The command line, in this process and as a process of its own; and plugins as pip would install them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import chiasm_registry.registry
from chiasm.cli import run

PROGRAM = [sys.executable, "-c", "from chiasm.cli import main; main()"]


class Result:
    """What a command gave."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


@pytest.fixture
def renew(monkeypatch):
    """Forget what was discovered, as a new process would."""

    def renew():
        monkeypatch.setattr(chiasm_registry.registry, "_installed", None)

    return renew


@pytest.fixture(autouse=True)
def fresh_registry(monkeypatch, renew, tmp_path):
    """Each test discovers what is installed for it, and has no settings of a user."""
    renew()
    monkeypatch.setenv("CHIASM_CONFIG_DIR", str(tmp_path / "no-settings"))
    for variable in ("CHIASM_PLUGINS", "CHIASM_DISABLE_PLUGINS", "CHIASM_STRICT_PLUGINS", "CHIASM_DEBUG"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def chiasm(capsys):
    """Run a command in this process."""

    def chiasm(*arguments):
        capsys.readouterr()
        code = run([str(each) for each in arguments])
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return chiasm


@pytest.fixture
def process(tmp_path):
    """Run a command as a process of its own, in the test's folder."""

    def process(*arguments, **variables):
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2", **variables}
        done = subprocess.run(
            [*PROGRAM, *map(str, arguments)],
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env=environment,
            timeout=120,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return process


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution with one plugin module into a folder on ``sys.path``; gives the folder."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def install(name: str, source: str) -> Path:
        (site / f"{name}.py").write_text(source)
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[chiasm.plugins]\n{name} = {name}\n")
        return site

    yield install
    for module in set(sys.modules) - before:
        if str(site) in str(getattr(sys.modules[module], "__file__", "")):
            del sys.modules[module]
