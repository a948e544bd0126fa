"""A fresh environment that sees chiasm and everything it needs, and into which packages are installed by pip."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


class FreshEnvironment:
    """A virtual environment beside the one of the tests.

    Its own ``site-packages`` is empty; those of the tests' environment are behind it, since nothing is fetched here.
    """

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.python = folder / "bin" / "python"
        site = next((folder / "lib").glob("python*/site-packages"))
        parent = sysconfig.get_path("purelib")
        (site / "parent.pth").write_text(f"import site; site.addsitedir({parent!r})\n")

    def run(self, *arguments: str | Path, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run Python with arguments, and refuse another exit code."""
        done = subprocess.run(
            [self.python, *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=self.variables
        )
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done

    def install(self, *folders: str | Path) -> None:
        """Install packages, without looking for what they depend on or for what builds them."""
        quiet = ["-q", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index"]
        self.run("-m", "pip", "install", *quiet, *folders, cwd=REPOSITORY)

    def chiasm(self, *arguments: str | Path, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command of chiasm."""
        program = "import sys; from chiasm.cli import main; sys.argv[0] = 'chiasm'; main()"
        return self.run("-c", program, *arguments, cwd=cwd, code=code)

    @property
    def variables(self) -> dict[str, str]:
        """The environment's, with this repository's packages first."""
        own = os.pathsep.join(str(REPOSITORY / each) for each in ("core", "registry", "plugins"))
        hidden = {"VIRTUAL_ENV", "PYTEST_ADDOPTS"}
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        return kept | {"PYTHONPATH": own, "PYTHONDONTWRITEBYTECODE": "1"}
