"""``chiasm plugins new``: write a package, and say what comes next."""

from __future__ import annotations

from pathlib import Path

from chiasm.cli.output import say
from chiasm.scaffold import KINDS, Scaffold, write_package


def new_package(kind: str, name: str, folder: Path) -> None:
    """Write the package and print its files; what to do with them goes to standard error.

    Raises:
        ConfigError: The kind or the name is wrong, or the folder holds something already.
    """
    scaffold = Scaffold(kind, name)
    for path in write_package(scaffold, folder):
        print(path)
    say(
        f"\nIt works as it is. Next:\n\n"
        f"  cd {folder / name}\n"
        f"  pip install -e '.[test]'\n"
        f"  pytest\n\n"
        f"Then make src/{scaffold.package}/{KINDS[kind].module}.py your own."
    )
