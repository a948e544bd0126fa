"""Prints a pin for each installed distribution that chiasm, with the extras of its users and developers, asks for.

Run by ``make constraints`` in an environment in which the tests pass.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = ("chiasm", ("all", "dev"))


def installed(root: str, extras: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of what ``root`` with ``extras`` requires here, directly and through others."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(root, extra) for extra in ("", *extras)]
    while waiting:
        name, extra = waiting.pop()
        if (canonicalize_name(name), extra) in seen:
            continue
        seen.add((canonicalize_name(name), extra))
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # asked for on other platforms or Pythons only, or by an extra that is not installed
        found[canonicalize_name(name)] = Version(package.version).public
        for text in package.requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                waiting += [(needed.name, each) for each in ("", *needed.extras)]
    found.pop(canonicalize_name(root), None)
    return found


def main() -> None:
    """Print the constraints file."""
    print("# Versions that the tests pass with. Made by 'make constraints'; used by every target of the Makefile.")
    print("# pip install -c constraints.txt 'chiasm[starter]' installs the same.")
    for name, version in sorted(installed(*ROOT).items()):
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
