"""From a kind and a name to the files of a package, by templates that lie beside this module."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from chiasm.errors import ConfigError, nearest_names

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Kind:
    """What the files of one kind say.

    Attributes:
        name: As the command takes it.
        base: Abstract class of ``chiasm.contracts``.
        spec_kind: Kind in the plugin's description.
        consumes: What the example takes in.
        produces: What it gives.
        summary: One line on the example.
    """

    name: str
    base: str
    spec_kind: str
    consumes: tuple[str, ...]
    produces: tuple[str, ...]
    summary: str

    @property
    def module(self) -> str:
        """Name of the module with the class."""
        return self.name.replace("-", "_")


KINDS = {
    kind.name: kind
    for kind in (
        Kind("encoder", "Encoder", "encoder", ("text",), ("dense",), "Texts by the letters that stand together."),
        Kind("early-fusion", "EarlyFusion", "fusion", ("dense",), ("early",), "The mean of the fields of a document."),
        Kind("late-fusion", "LateFusion", "fusion", ("ranking",), ("late",), "The best place that a source gives."),
        Kind("hybrid-fusion", "HybridFusion", "fusion", ("dense",), ("early", "late"), "A mean before, a place after."),
        Kind("translator", "Translator", "translator", ("text",), ("text",), "Texts to their sentences."),
        Kind("store", "Store", "store", (), (), "Points in memory, compared one by one."),
        Kind("loader", "Loader", "loader", ("text/x-NAME",), ("text",), "Files of lines 'key: value', as text."),
        Kind("reranker", "Reranker", "reranker", ("text",), ("scores",), "Candidates by words shared with the query."),
        Kind("engine", "Engine", "engine", (), (), "A run cut into stretches of documents."),
    )
}
"""What can be scaffolded, by name."""


@dataclass(frozen=True, slots=True)
class Scaffold:
    """A package to be written.

    Attributes:
        kind: Key of ``KINDS``.
        name: Name of the distribution and of its component, such as ``"acme-colours"``.

    Raises:
        ConfigError: There is no such kind, or the name cannot be that of a package.
    """

    kind: str
    name: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(
                f"there is no kind {self.kind!r}; there are {', '.join(KINDS)}", nearest=nearest_names(self.kind, KINDS)
            )
        if not _NAME.fullmatch(self.name):
            raise ConfigError(
                f"{self.name!r} is no name for a package: small letters, digits and single dashes, a letter first",
                fix="For example acme-colours.",
            )
        taken = keyword.iskeyword(self.package) or self.package in sys.stdlib_module_names
        if taken or self.package in ("chiasm", "chiasm_plugins", "chiasm_registry"):
            raise ConfigError(f"{self.name!r} is the name of a module of Python or chiasm", fix="Put yours before it.")

    @property
    def package(self) -> str:
        """Name that is imported."""
        return self.name.replace("-", "_")

    @property
    def title(self) -> str:
        """Name of classes, without their kind."""
        return "".join(part.capitalize() for part in self.name.split("-"))

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield path in the package's folder, and content."""
        kind = KINDS[self.kind]
        folder = files("chiasm.scaffold") / "templates"
        # Templates of source code, not of pages: nothing is escaped.
        environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True)  # noqa: S701
        facts = {
            "kind": kind,
            "name": self.name,
            "package": self.package,
            "title": self.title,
            "cls": f"{self.title}{kind.base}",
            "consumes": _as_tuple(kind.consumes, self.name),
            "produces": _as_tuple(kind.produces, self.name),
            "chiasm_version": version("chiasm"),
        }
        for path, template in _paths(kind, self.package).items():
            source = (folder / template).read_text("utf-8")
            yield path, environment.from_string(source).render(facts)


def write_package(scaffold: Scaffold, folder: Path) -> list[Path]:
    """Write the package into ``folder/NAME`` and return its files.

    Raises:
        ConfigError: The folder holds something already, or cannot be written.
    """
    root = folder / scaffold.name
    if root.exists() and any(root.iterdir() if root.is_dir() else [root]):
        raise ConfigError("there is something already, and nothing is overwritten", where=str(root))
    written = []
    try:
        for name, content in scaffold.files():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")
            written.append(path)
    except OSError as error:
        raise ConfigError(f"the package cannot be written ({error.strerror})", where=str(root)) from error
    return written


def _paths(kind: Kind, package: str) -> dict[str, str]:
    """Return the template of each file."""
    return {
        "README.md": "README.md.j2",
        "pyproject.toml": "pyproject.toml.j2",
        ".github/workflows/test.yml": "ci.yml.j2",
        ".gitignore": "gitignore.j2",
        f"src/{package}/__init__.py": "description.py.j2",
        f"src/{package}/params.py": "params.py.j2",
        f"src/{package}/{kind.module}.py": f"{kind.module}.py.j2",
        f"src/{package}/py.typed": "empty.j2",
        f"tests/test_{kind.module}.py": "test.py.j2",
        "pipeline.yaml": "pipeline.yaml.j2",
    }


def _as_tuple(names: tuple[str, ...], name: str) -> str:
    """Return Python's text of a tuple, with the package's name where the kind leaves it open."""
    quoted = [f'"{each.replace("NAME", name)}"' for each in names]
    return f"({quoted[0]},)" if len(quoted) == 1 else f"({', '.join(quoted)})"
