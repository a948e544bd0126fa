"""The contract of translators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import SkipTest

from chiasm.contracts import Translator
from chiasm.errors import ChiasmError
from chiasm.media.item import Item, Provenance
from chiasm.media.modality import TEXT
from chiasm.media.span import BoxSpan, CharSpan, TimeSpan, span_from_payload
from chiasm.testing.comparing import item_digests
from chiasm.testing.component import MovableContract, fresh, nothing_printed
from chiasm.testing.contract import ContractBroken, expect
from chiasm.testing.elsewhere import call_in_another_process
from chiasm.testing.samples import extreme_items, sample_items

_JSON = (str, int, float, bool, type(None), list, dict)


class TranslatorContract(MovableContract):
    """Tests of a translator."""

    def samples(self, component: Translator[Any]) -> Sequence[Item]:
        """Return items that it takes, from one at least of which it makes something; override it for your own."""
        return sample_items(component.sources, 4)

    def extremes(self, component: Translator[Any]) -> Sequence[Item]:
        """Return unusual items, each of which is either translated or refused with an error of chiasm."""
        return extreme_items(component.sources)

    def test_it_says_what_it_takes_and_gives(self, component: Translator[Any]) -> None:
        """Plans are checked by it, before anything is loaded."""
        made = fresh(component)
        expect(isinstance(made.sources, frozenset) and made.sources, f"sources is {made.sources!r}, not a frozenset")
        expect(isinstance(made.target, str) and made.target, f"target is {made.target!r}, not the name of a modality")

    def test_each_item_has_its_list_of_results_in_order(self, component: Translator[Any]) -> None:
        """One item may become many, or none; the lists come in the order of the items."""
        items = list(self.samples(component))
        together = component.translate(items)
        expect(len(together) == len(items), f"{len(items)} items gave {len(together)} lists")
        expect(any(together), "nothing was made of any sample; give samples() that it can translate")
        for item, results in zip(items, together, strict=True):
            alone = component.translate([item])
            expect(len(alone) == 1, f"one item gave {len(alone)} lists")
            expect(
                item_digests(alone[0]) == item_digests(results), "an item alone gives other results than among others"
            )

    def test_nothing_gives_nothing(self, component: Translator[Any]) -> None:
        """A batch may be empty."""
        found = component.translate([])
        expect(found == [], f"no items gave {found!r}")

    def test_results_are_items_of_the_target(self, component: Translator[Any]) -> None:
        """Later steps take them by their modality; a text is a str."""
        for result in self._results(component):
            expect(isinstance(result, Item), f"a result is {type(result).__name__}, not an Item")
            expect(result.modality == component.target, f"a result is {result.modality!r}, not {component.target!r}")
            if result.modality == TEXT:
                expect(isinstance(result.value, str) and result.value.strip(), f"a text result is {result.value!r}")

    def test_results_say_how_they_were_made(self, component: Translator[Any]) -> None:
        """Their provenance names the producer, and is kept with the vectors."""
        for result in self._results(component):
            made = result.provenance
            expect(isinstance(made, Provenance), "a result has no provenance; give Provenance(producer=...)")
            if made is None:
                continue
            expect(made.producer, "a result's provenance names no producer")
            sure = made.confidence
            expect(sure is None or 0 <= sure <= 1, f"a result's confidence is {sure}; it is a probability")
            wrong = [key for key, value in made.to_payload().items() if not isinstance(value, _JSON)]
            expect(not wrong, f"provenance has what is no JSON: {wrong}")

    def test_spans_lie_within_their_source(self, component: Translator[Any]) -> None:
        """They are in the source's own terms: seconds of a recording, characters of a text, pixels of a picture."""
        items = list(self.samples(component))
        for item, results in zip(items, component.translate(items), strict=True):
            for result in results:
                _check_span(item, result)

    def test_the_same_item_always_gives_the_same_results(self, component: Translator[Any]) -> None:
        """Again, and in another translator with the same params."""
        items = list(self.samples(component))
        first = [item_digests(results) for results in component.translate(items)]
        expect(first == [item_digests(each) for each in component.translate(items)], "a second time the results differ")
        other = fresh(component)
        found = [item_digests(each) for each in other.translate(items)]
        other.close()
        expect(first == found, "another translator with the same params gives other results")

    def test_another_process_gives_the_same_results(self, component: Translator[Any]) -> None:
        """A distributed engine translates elsewhere."""
        item = self.samples(component)[0]
        elsewhere = call_in_another_process(fresh(component), "translate", [item])
        here = component.translate([item])
        expect(item_digests(here[0]) == item_digests(elsewhere[0]), "another process gives other results")

    def test_results_come_as_a_stream(self, component: Translator[Any]) -> None:
        """``stream`` gives an iterator, so that memory stays bounded however long an item is."""
        component.load()
        found = component.stream(self.samples(component)[0])
        expect(isinstance(found, Iterator), f"stream() gives {type(found).__name__}; make it a generator")
        list(found)

    def test_a_stream_may_be_left(self, component: Translator[Any]) -> None:
        """After one result, as a search does that has enough; the next item is translated as ever."""
        component.load()
        items = list(self.samples(component))
        expected = item_digests(component.translate(items[:1])[0])
        stream = component.stream(items[0])
        next(stream, None)
        close = getattr(stream, "close", None)
        if close is not None:
            close()
        expect(item_digests(component.translate(items[:1])[0]) == expected, "after a stream was left, results differ")

    def test_items_stay_as_they_are(self, component: Translator[Any]) -> None:
        """Other steps use the same items."""
        items = list(self.samples(component))
        before = item_digests(items)
        component.translate(items)
        expect(item_digests(items) == before, "translating changes the item")

    def test_a_light_translator_may_be_called_from_many_threads(self, component: Translator[Any]) -> None:
        """``beside_model`` means that it is run in the reading threads."""
        if not component.beside_model:
            raise SkipTest("it is not run beside a model")
        items = list(self.samples(component)) * 4
        expected = [item_digests(results) for results in component.translate(items)]

        def results_of(item: Item) -> list[Item]:
            return list(component.stream(item))

        with ThreadPoolExecutor(8) as threads:
            found = [item_digests(results) for results in threads.map(results_of, items)]
        expect(found == expected, "translated in threads, the results are others")

    def test_unusual_items_are_translated_or_refused(self, component: Translator[Any]) -> None:
        """Empty, tiny, long, silent: results, or a MediaError or TranslationError, and nothing else."""
        component.load()
        for item in self.extremes(component):
            try:
                results = list(component.stream(item))
            except ChiasmError:
                continue
            except Exception as error:
                raise ContractBroken(
                    f"an unusual {item.modality} ({str(item.value)[:50]!r}) raises {type(error).__name__}: {error}; "
                    "translate it, or raise TranslationError"
                ) from error
            for result in results:
                _check_span(item, result)

    def test_translating_prints_nothing(self, component: Translator[Any]) -> None:
        """Standard output holds results."""
        with nothing_printed():
            self._results(component)

    def _results(self, component: Translator[Any]) -> list[Item]:
        return [result for results in component.translate(list(self.samples(component))) for result in results]


def _check_span(item: Item, result: Item) -> None:
    match result.span:
        case None:
            return
        case TimeSpan(start, end):
            expect(0 <= start <= end, f"a result's span runs from {start} s to {end} s")
            length = getattr(item.value, "seconds", None)
            expect(length is None or end <= length + 1.0, f"a span ends at {end} s of {length} s")
        case CharSpan(start, end):
            length = len(item.value) if isinstance(item.value, str) else end
            expect(0 <= start < end <= length, f"a span has the characters {start} to {end} of {length}")
        case BoxSpan(left, top, right, bottom):
            expect(0 <= left < right and 0 <= top < bottom, f"a span is the box {left},{top} to {right},{bottom}")
    expect(span_from_payload(result.span.to_payload()) is not None, f"{result.span!r} cannot be kept")
