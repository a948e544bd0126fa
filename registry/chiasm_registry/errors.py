"""The one exception family of chiasm: what was wrong, where, the nearest valid choice and the mend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import ClassVar


class ChiasmError(Exception):
    """Base of every error that chiasm raises on purpose.

    Args:
        problem: What was wrong, in one sentence without a final full stop.
        where: File, YAML path, field or plugin that the problem is in.
        nearest: Valid names close to the one given, best first.
        fix: The command, extra or edit that mends it.

    Attributes:
        code: Stable identifier, kept in failure records and JSON output.
    """

    code: ClassVar[str] = "error"

    def __init__(
        self, problem: str, *, where: str | None = None, nearest: Sequence[str] = (), fix: str | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.nearest = tuple(nearest)
        self.fix = fix

    def __str__(self) -> str:
        text = f"{self.where}: {self.problem}" if self.where else self.problem
        if self.nearest:
            text += f". Did you mean {' or '.join(repr(name) for name in self.nearest)}?"
        if self.fix:
            text = f"{text.rstrip('.?') + ('?' if text.endswith('?') else '.')} {self.fix}"
        return text

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.problem, self.where, self.nearest, self.fix)


def _rebuild(
    kind: type[ChiasmError], problem: str, where: str | None, nearest: Sequence[str], fix: str | None
) -> ChiasmError:
    error = kind.__new__(kind)
    ChiasmError.__init__(error, problem, where=where, nearest=nearest, fix=fix)
    return error


class RegistryError(ChiasmError):
    """A plugin or component cannot be found or used."""

    code = "registry"


class UnknownComponent(RegistryError):
    """No installed plugin offers a component of that kind and name."""

    code = "unknown-component"


class AmbiguousComponent(RegistryError):
    """Two distributions offer a component of the same kind and name, and the short name was used."""

    code = "ambiguous-component"


class UnusableComponent(RegistryError):
    """The component is known, but disabled, broken, incompatible or without a package that it needs."""

    code = "unusable-component"


def nearest_names(name: str, candidates: Iterable[str], count: int = 2) -> tuple[str, ...]:
    """Return up to ``count`` of ``candidates`` that look like ``name``, best first.

    Example:
        >>> nearest_names("clop", ["clip", "clap", "bm25"])
        ('clip', 'clap')
    """
    by_folded = {candidate.casefold(): candidate for candidate in sorted(candidates)}
    close = get_close_matches(name.casefold(), by_folded, n=count, cutoff=0.55)
    return tuple(by_folded[folded] for folded in close)
