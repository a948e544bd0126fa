"""The engine contract: runs a plan's steps over a stream of documents."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chiasm.contracts.component import Component, P
from chiasm.contracts.store import Point
from chiasm.media.document import Document

if TYPE_CHECKING:
    from chiasm.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Failure:
    """Something of a document that could not be indexed.

    Attributes:
        document: The document's id.
        field: The field that failed; empty when the whole document did.
        where: File or source, for people.
        stage: What was being done: ``"read"``, ``"translate"``, ``"encode"``, ``"fuse"`` or ``"write"``.
        code: The error's stable code.
        message: What was wrong and how to mend it.
    """

    document: str
    field: str
    where: str
    stage: str
    code: str
    message: str


class Sink(Protocol):
    """Where an engine puts its results. Called from one thread."""

    def write(self, points: Sequence[Point]) -> None:
        """Store points of documents that are under way."""
        ...

    def fail(self, failure: Failure) -> None:
        """Record a failure; the rest of the document goes on."""
        ...

    def finish(self, document: Document) -> None:
        """Close a document: every point and failure of it has been given."""
        ...

    def stage(self, name: str, count: int, seconds: float, errors: int) -> None:
        """Report work done: items through a stage, seconds inside it, and items that failed."""
        ...


class Engine(Component[P]):
    """Runs a plan. What is known already is not among the documents; journal and store are behind the sink."""

    @abstractmethod
    def run(self, plan: Plan, documents: Iterator[Document], sink: Sink) -> None:
        """Index every document: each is finished exactly once, in any order.

        Failures of one item, field or document are recorded and the run goes on. Memory stays bounded however many
        documents pass and however long one of them is. ``documents`` is walked from one thread, and may raise.

        Raises:
            ModelUnavailable: A model that is needed cannot be loaded; nothing would work without it.
            KeyboardInterrupt: The user asked to stop; threads have been stopped, unfinished documents stay unfinished.
        """
