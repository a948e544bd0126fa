"""The contract of encoders."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np

from chiasm.contracts.encoder import Encoder, Prepared, Vectors, check_vectors
from chiasm.errors import ChiasmError
from chiasm.media.item import Item
from chiasm.space import EmbeddingSpace
from chiasm.testing.comparing import digest, expect_same, item_digests, rows_of
from chiasm.testing.component import MovableContract, fresh, nothing_printed
from chiasm.testing.contract import ContractBroken, expect
from chiasm.testing.elsewhere import call_in_another_process
from chiasm.testing.samples import extreme_items, sample_items

_SAME = 1e-5
"""What two runs of the same computation may differ by: sums of floats in another order."""


class EncoderContract(MovableContract):
    """Tests of an encoder.

    Attributes:
        tolerance: By how much the vector of an item may differ when it is encoded with others, relative to its
            greatest value. Models in half precision that pad batches need more.
    """

    tolerance: ClassVar[float] = 1e-3

    def samples(self, component: Encoder[Any]) -> Sequence[Item]:
        """Return at least three items that differ; override it for a modality of your own."""
        return sample_items(component.consumes)

    def extremes(self, component: Encoder[Any]) -> Sequence[Item]:
        """Return unusual items, each of which is either encoded or refused with an error of chiasm."""
        return extreme_items(component.consumes)

    def test_it_says_what_it_consumes(self, component: Encoder[Any]) -> None:
        """Plans are checked by it."""
        taken = component.consumes
        expect(isinstance(taken, frozenset) and taken, f"consumes is {taken!r} where a frozenset of names is due")
        expect(all(isinstance(name, str) and name for name in taken), f"consumes has what is no name: {taken!r}")

    def test_its_space_is_known_before_it_is_loaded_and_never_changes(self, component: Encoder[Any]) -> None:
        """Plans compare spaces, stores keep them; an id() or a time in one would make every run a new space."""
        one = fresh(component)
        before = one.space
        expect(isinstance(before, EmbeddingSpace), f"space is {before!r} where an EmbeddingSpace is due")
        expect(before == fresh(component).space, "two encoders of the same params have different spaces")
        one.load()
        expect(one.space == before, f"load() changes the space: {before} became {one.space}")
        one.close()
        expect(before.model, "the space's model is empty; nothing tells its vectors from those of others")
        expect(before.kind == "sparse" or before.dim > 0, f"the space has {before.dim} dimensions")

    def test_vectors_have_the_number_shape_and_dtype_of_the_space(self, component: Encoder[Any]) -> None:
        """One finite float32 vector an item."""
        items = self._items(component)
        for role in ("document", "query"):
            vectors = component.encode(items, role)
            _check(vectors, len(items), component.space)

    def test_nothing_gives_an_empty_result_of_the_right_shape(self, component: Encoder[Any]) -> None:
        """A batch may be empty."""
        vectors = component.encode([])
        expect(len(vectors) == 0, f"no items gave {len(vectors)} vectors")
        if component.space.kind == "dense":
            shape = getattr(vectors, "shape", None)
            due = (0, component.space.dim)
            expect(shape == due, f"no items gave {'shape ' + str(shape) if shape else vectors!r} where {due} is due")
            expect(getattr(vectors, "dtype", None) == np.float32, "no items gave an array that is not float32")

    def test_vectors_come_in_the_order_of_the_items(self, component: Encoder[Any]) -> None:
        """However batches are cut and sorted inside."""
        items = self._items(component)
        forward, back = component.encode(items), component.encode(items[::-1])
        expect_same(rows_of(forward)[::-1], rows_of(back), self.tolerance, "the order of the items is lost")

    def test_different_items_have_different_vectors(self, component: Encoder[Any]) -> None:
        """An encoder that gives one vector for everything finds nothing."""
        vectors = rows_of(component.encode(self._items(component)))
        distinct = {digest(vector) for vector in vectors}
        expect(len(distinct) > 1, f"{len(vectors)} different items all have the same vector")

    def test_a_vector_does_not_depend_on_the_batch(self, component: Encoder[Any]) -> None:
        """Each item alone, in pairs and all together."""
        items = self._items(component)
        together = component.encode(items)
        alone = [rows_of(component.encode([item]))[0] for item in items]
        expect_same(together, alone, self.tolerance, "an item alone has another vector than among others")
        pairs = [row for at in range(0, len(items), 2) for row in rows_of(component.encode(items[at : at + 2]))]
        expect_same(together, pairs, self.tolerance, "an item in a pair has another vector than among all")

    def test_the_same_items_always_have_the_same_vectors(self, component: Encoder[Any]) -> None:
        """Again, after close and load, and in another encoder with the same params."""
        items = self._items(component)
        first = _copied(component.encode(items))
        expect_same(first, component.encode(items), _SAME, "a second time the vectors are others")
        other = fresh(component)
        expect_same(first, other.encode(items), _SAME, "another encoder with the same params gives other vectors")
        other.close()
        expect_same(first, other.encode(items), _SAME, "after close() and load() the vectors are others")
        other.close()

    def test_another_process_gives_the_same_vectors(self, component: Encoder[Any]) -> None:
        """Python's hash() and set order change from process to process; an index is read by others than its writer."""
        items = self._items(component)
        elsewhere = call_in_another_process(fresh(component), "encode", items)
        expect_same(component.encode(items), elsewhere, self.tolerance, "another process gives other vectors")

    def test_items_and_what_was_prepared_stay_as_they_are(self, component: Encoder[Any]) -> None:
        """Other steps use the same items."""
        items = self._items(component)
        component.load()
        before = item_digests(items)
        prepared = [component.prepare(item) for item in items]
        expect(item_digests(items) == before, "prepare() changes the item it is given")
        prepared_before = [digest(each.value) for each in prepared]
        first = _copied(component.encode_prepared(prepared))
        expect(
            [digest(each.value) for each in prepared] == prepared_before, "encode_prepared() changes what it is given"
        )
        again = component.encode_prepared(prepared)
        expect_same(first, again, _SAME, "what was prepared cannot be encoded twice")

    def test_vectors_are_the_callers_own(self, component: Encoder[Any]) -> None:
        """A buffer that is used again would change vectors that a queue still holds."""
        items = self._items(component)
        half = len(items) // 2
        first = component.encode(items[:half])
        kept = _copied(first)
        component.encode(items[half:])
        expect_same(kept, first, 0.0, "a later batch overwrites the vectors of an earlier one")

    def test_prepare_may_be_called_from_many_threads(self, component: Encoder[Any]) -> None:
        """A run prepares in threads while the model computes."""
        items = self._items(component) * 4
        component.load()
        expected = component.encode_prepared([component.prepare(item) for item in items])
        with ThreadPoolExecutor(8) as threads:
            prepared = list(threads.map(component.prepare, items))
        expect_same(
            expected, component.encode_prepared(prepared), self.tolerance, "prepared in threads, the vectors are others"
        )

    def test_prepared_items_say_what_memory_they_hold(self, component: Encoder[Any]) -> None:
        """Queues are bounded by ``nbytes``, batches cut by ``cost``."""
        component.load()
        for item in self._items(component):
            prepared = component.prepare(item)
            expect(isinstance(prepared, Prepared), f"prepare() gives {type(prepared).__name__}, not Prepared")
            expect(prepared.cost >= 0, f"an item has the cost {prepared.cost}")
            held = _size(prepared.value)
            expect(
                held <= 4 * prepared.nbytes + 100_000,
                f"a prepared item holds {held:,} bytes and says nbytes={prepared.nbytes:,}; queues would overflow",
            )

    def test_normalized_vectors_have_length_one(self, component: Encoder[Any]) -> None:
        """A space that says ``normalization="l2"`` keeps it; so do mixed and averaged vectors then."""
        if component.space.normalization != "l2" or component.space.kind == "sparse":
            return
        for row in rows_of(component.encode(self._items(component))):
            lengths = np.linalg.norm(np.atleast_2d(np.asarray(row)), axis=1)
            off = lengths[(np.abs(lengths - 1) > 0.02) & (lengths > 1e-6)]
            expect(not off.size, f"a vector has length {off[:1]}; normalize it, or say normalization='none'")

    def test_unusual_items_are_encoded_or_refused(self, component: Encoder[Any]) -> None:
        """Empty, tiny, long, silent, in every script: a vector, or a MediaError or EncodingError, and nothing else."""
        component.load()
        for item in self.extremes(component):
            try:
                vectors = component.encode([item])
            except ChiasmError:
                continue
            except Exception as error:
                raise ContractBroken(
                    f"{_described(item)} raises {type(error).__name__}: {error}; encode it, or raise EncodingError"
                ) from error
            _check(vectors, 1, component.space)

    def test_encoding_prints_nothing(self, component: Encoder[Any]) -> None:
        """Standard output holds results."""
        with nothing_printed():
            component.encode(self._items(component)[:2])

    def _items(self, component: Encoder[Any]) -> list[Item]:
        items = list(self.samples(component))
        expect(len(items) >= 3, f"samples() gives {len(items)} items; at least three that differ are needed")
        return items


def _check(vectors: Vectors, count: int, space: EmbeddingSpace) -> None:
    if space.kind == "dense":
        expect(isinstance(vectors, np.ndarray), f"a dense space needs one array; encode gives {type(vectors).__name__}")
    try:
        check_vectors(vectors, count, space, "encode")
    except ChiasmError as error:
        raise ContractBroken(str(error)) from error


def _copied(vectors: Vectors) -> Vectors:
    copied: Vectors = pickle.loads(pickle.dumps(vectors))  # noqa: S301 - its own
    return copied


def _size(value: Any) -> int:  # noqa: ANN401
    try:
        return len(pickle.dumps(value))
    except Exception:  # any: what cannot be pickled cannot be weighed
        return 0


def _described(item: Item) -> str:
    shown = repr(item.value)
    return f"the {item.modality} {shown if len(shown) < 60 else shown[:50] + '...'}"
