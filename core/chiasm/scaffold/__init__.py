"""The scaffold: writes a plugin package that installs, passes its contract tests and its type check as it is."""

from chiasm.scaffold.writing import KINDS, Scaffold, write_package

__all__ = ["KINDS", "Scaffold", "write_package"]
