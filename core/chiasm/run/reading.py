"""The light half of a run: decode, split and prepare a document's items, so that only models remain to be run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chiasm.contracts.encoder import Role
from chiasm.contracts.engine import Failure
from chiasm.errors import ChiasmError, ModelUnavailable
from chiasm.media.document import Document
from chiasm.media.item import Item
from chiasm.media.span import Span
from chiasm.plan.model import Plan, TranslateStep
from chiasm.run.loading import Loading
from chiasm.run.parts import Origin, Part, child_origin, child_span, make_part, parts_of, wanted_encodings

PLUGIN_ERRORS = (Exception, SystemExit)
"""What a component may raise and a run goes on: also what would end the program, which is no plugin's to end."""


@dataclass(frozen=True, slots=True)
class ItemReader:
    """Prepares items for the models of a plan. Thread-safe.

    Attributes:
        plan: The plan.
        loading: Loads what preparing needs.
        role: Whether items are documents' or a query's.
    """

    plan: Plan
    loading: Loading
    role: Role = "document"

    def read_document(self, document: Document) -> Iterator[Part | Failure]:
        """Yield every part that models wait for, and what could not be read."""
        for field, item, origin in parts_of(document):
            if field in self.plan.fields:
                yield from self.read_item(document, field, item, origin, item.span)

    def read_item(
        self, document: Document, field: str, item: Item, origin: Origin, span: Span | None
    ) -> Iterator[Part | Failure]:
        """Yield the item's own part, and those of its light translations.

        A part keeps its item where a translator that runs a model waits for it.
        """
        part, failure = self._prepare(document, field, item, origin, span)
        if failure is not None:
            yield failure
        elif part is not None:
            yield part
        for step in self.plan.translations_of(field):
            if step.translator.beside_model:
                yield from self.translate(document, step, item, origin, span)

    def translate(
        self, document: Document, step: TranslateStep, item: Item, origin: Origin, span: Span | None
    ) -> Iterator[Part | Failure]:
        """Translate an item and yield what ``read_item`` gives for each result.

        Raises:
            ModelUnavailable: The translator's model cannot be loaded.
        """
        self.loading.ensure(step.translator)
        try:
            for at, child in enumerate(step.translator.stream(item)):
                yield from self.read_item(
                    document, step.target, child, child_origin(origin, step, at), child_span(span, child.span)
                )
        except ModelUnavailable:
            raise
        except PLUGIN_ERRORS as error:
            yield failure_of(document.id, origin, "translate", error, step.by.name)

    def _prepare(
        self, document: Document, field: str, item: Item, origin: Origin, span: Span | None
    ) -> tuple[Part | None, Failure | None]:
        encodings = list(wanted_encodings(self.plan, field))
        waits = any(not step.translator.beside_model for step in self.plan.translations_of(field))
        if not encodings and not waits:
            return None, None
        by = ""
        try:
            if not encodings:
                return Part(document, field, origin, span, {}, item=item), None
            for _, step in encodings:
                self.loading.ensure(step.encoder)
            part = make_part(document, field, item, origin, span)
            for at, step in encodings:
                by = step.by.name
                part.prepared[at] = step.encoder.prepare(item, self.role)
            part.item = item if waits else None
        except ModelUnavailable:
            raise
        except PLUGIN_ERRORS as error:
            return None, failure_of(document.id, origin, "read", error, by)
        return part, None


def failure_of(document: str, origin: Origin, stage: str, error: BaseException, by: str = "") -> Failure:
    """Return the record of an error; one that is not chiasm's own keeps its type and the component's name."""
    field = origin.key.partition("/")[0]
    where = origin.path or document
    if isinstance(error, ChiasmError):
        return Failure(document, field, where, stage, error.code, str(error))
    reason = f"{type(error).__name__}: {error}"
    return Failure(document, field, where, stage, "internal", f"{by}: {reason}" if by else reason)
