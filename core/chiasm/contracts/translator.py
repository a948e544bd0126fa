"""The translator contract: items of one modality into items of another."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

from chiasm.contracts.component import Component, P
from chiasm.media.item import Item


class Translator(Component[P]):
    """Makes items of ``target`` from items of a modality in ``sources``; one may become many, or none.

    Each result carries its ``provenance`` and, where it stands for a part of its source, a ``span`` in the source's
    own terms. Implement ``stream``, or ``translate`` where a model gains from batches.

    Attributes:
        beside_model: Whether it is light enough to be run in the reading threads while a model computes (splitting
            text, sampling frames); it must be thread-safe then.
    """

    beside_model: ClassVar[bool] = False

    @property
    @abstractmethod
    def sources(self) -> frozenset[str]:
        """Modalities that it takes."""

    @property
    @abstractmethod
    def target(self) -> str:
        """Modality that it gives."""

    @abstractmethod
    def stream(self, item: Item) -> Iterator[Item]:
        """Yield the results of one item as they come, in bounded memory. ``load`` has been called.

        Raises:
            MediaError: The item cannot be decoded.
            TranslationError: It decodes, but cannot be translated.
        """

    def translate(self, items: Sequence[Item]) -> list[list[Item]]:
        """Translate a batch: a list of results for each item, in order. Raises as ``load`` and ``stream`` do."""
        self.load()
        return [list(self.stream(item)) for item in items]
