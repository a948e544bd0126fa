"""The contract of early fusions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import EarlyFusion
from chiasm.errors import ChiasmError, FusionError, SpaceMismatch
from chiasm.space import EmbeddingSpace
from chiasm.testing.comparing import digest, expect_same
from chiasm.testing.component import MovableContract, fresh, nothing_printed
from chiasm.testing.contract import ContractBroken, expect
from chiasm.testing.elsewhere import call_in_another_process

Arrays = dict[str, NDArray[Any]]

_COUNT = 12
_STEPS = 4


class EarlyFusionContract(MovableContract):
    """Tests of an early fusion. A fusion that is trained is given trained, and saved where it says it can be.

    Attributes:
        inputs: Space of each field that it is tested with; two fields of one space where nothing else is said.
        tolerance: By how much a document's vector may differ when it is fused with others.
    """

    inputs: ClassVar[Mapping[str, EmbeddingSpace]] = {
        "text": EmbeddingSpace("sample", 8),
        "image": EmbeddingSpace("sample", 8),
    }
    tolerance: ClassVar[float] = 1e-4

    def test_its_space_is_the_same_each_time(self, component: EarlyFusion[Any]) -> None:
        """Whatever the order in which fields are named, and in another fusion with the same params."""
        space = self._ready(component).space(self.inputs)
        expect(isinstance(space, EmbeddingSpace), f"space() gives {space!r}")
        expect(space.kind == "dense" and space.dim > 0, f"fused vectors are {space}; a dense space is due")
        expect(space == fresh(component).space(self.inputs), "another fusion with the same params has another space")
        backwards = dict(reversed(list(self.inputs.items())))
        expect(space == component.space(backwards), "the space depends on the order in which fields are named")

    def test_fields_that_do_not_fit_are_refused(self, component: EarlyFusion[Any]) -> None:
        """Other fields, other spaces: taken, or SpaceMismatch or FusionError, and nothing else."""
        first, space = next(iter(self.inputs.items()))
        sparse = replace(space, dim=0, kind="sparse", normalization="none")
        for what, inputs in {
            "no field": {},
            "an unknown field": {**self.inputs, "no-such-field": space},
            "a sparse field": {**self.inputs, first: sparse},
            "a field of another model": {**self.inputs, first: replace(space, model="another", revision="other")},
        }.items():
            try:
                fresh(component).space(inputs)
            except (SpaceMismatch, FusionError):
                continue
            except Exception as error:
                raise ContractBroken(f"{what} raises {type(error).__name__}: {error}") from error

    def test_vectors_have_the_number_shape_and_dtype_of_the_space(self, component: EarlyFusion[Any]) -> None:
        """float32 [n, dim], finite; for one document, many, and none."""
        space = self._ready(component).space(self.inputs)
        for count in (_COUNT, 1, 0):
            fused = component.fuse(*self._batch(component, count))
            form = f"{getattr(fused, 'dtype', type(fused).__name__)} {list(np.shape(fused))}"
            good = np.shape(fused) == (count, space.dim) and fused.dtype == np.float32
            expect(good, f"{count} documents give {form} where float32 [{count}, {space.dim}] is due")
            expect(np.isfinite(fused).all(), "a fused vector has values that are not finite")

    def test_normalized_vectors_have_length_one(self, component: EarlyFusion[Any]) -> None:
        """A space that says ``normalization="l2"`` keeps it."""
        if self._ready(component).space(self.inputs).normalization != "l2":
            return
        lengths = np.linalg.norm(component.fuse(*self._batch(component)), axis=1)
        expect(np.allclose(lengths, 1, atol=0.01), f"a fused vector has length {lengths[np.abs(lengths - 1).argmax()]}")

    def test_a_missing_field_has_no_influence(self, component: EarlyFusion[Any]) -> None:
        """Where its mask is false, a row may hold anything finite."""
        self._ready(component)
        vectors, present = self._batch(component)
        fused = component.fuse(vectors, present)
        for filling in (0.0, 7.5, -1e4):
            other = {
                name: np.where(_spread(present[name], rows), rows, np.float32(filling))
                for name, rows in vectors.items()
            }
            expect_same(fused, component.fuse(other, present), self.tolerance, "what stands in a missing field counts")

    def test_a_field_that_is_there_has_influence(self, component: EarlyFusion[Any]) -> None:
        """Other vectors give other results, for each document that has them."""
        self._ready(component)
        vectors, present = self._batch(component)
        other, _ = self._batch(component, seed=9)
        same = np.isclose(component.fuse(vectors, present), component.fuse(other, present)).all(axis=1)
        expect(not same.all(), "documents with other vectors are fused to the same")

    def test_documents_do_not_depend_on_each_other(self, component: EarlyFusion[Any]) -> None:
        """In another order, and alone."""
        self._ready(component)
        vectors, present = self._batch(component)
        fused = component.fuse(vectors, present)
        order = np.random.default_rng(2).permutation(_COUNT)
        moved = component.fuse(_rows(vectors, order), _rows(present, order))
        expect_same(fused[order], moved, self.tolerance, "in another order, documents have other vectors")
        for row in range(_COUNT):
            alone = component.fuse(_rows(vectors, np.array([row])), _rows(present, np.array([row])))
            expect_same(fused[row : row + 1], alone, self.tolerance, "alone, a document has another vector")

    def test_the_order_in_which_fields_are_named_does_not_count(self, component: EarlyFusion[Any]) -> None:
        """Fields have names, not places."""
        self._ready(component)
        vectors, present = self._batch(component)
        backwards = component.fuse(dict(reversed(vectors.items())), dict(reversed(present.items())))
        expect_same(component.fuse(vectors, present), backwards, self.tolerance, "the order of fields changes vectors")

    def test_the_same_documents_always_have_the_same_vectors(self, component: EarlyFusion[Any]) -> None:
        """Again, in another fusion with the same params, and in another process."""
        self._ready(component)
        batch = self._batch(component)
        fused = component.fuse(*batch)
        expect_same(fused, component.fuse(*batch), 1e-5, "a second time the vectors are others")
        other = fresh(component)
        self._ready(other)
        expect_same(fused, other.fuse(*batch), 1e-5, "another fusion with the same params gives other vectors")
        other.close()
        elsewhere = call_in_another_process(_Fusing(fresh(component), self.inputs), "fuse", *batch)
        expect_same(fused, elsewhere, self.tolerance, "another process gives other vectors")

    def test_arrays_stay_as_they_are(self, component: EarlyFusion[Any]) -> None:
        """The same vectors are indexed by themselves, too."""
        self._ready(component)
        vectors, present = self._batch(component)
        before = digest([vectors, present])
        component.fuse(vectors, present)
        expect(digest([vectors, present]) == before, "fuse() changes the arrays it is given")

    def test_weights_are_shares(self, component: EarlyFusion[Any]) -> None:
        """Where params have ``weights`` by field: all twice as great change nothing, and 0 is as if missing."""
        if not isinstance(getattr(component.params, "weights", None), Mapping):
            return
        vectors, _ = self._batch(component)
        everywhere = {name: np.ones(_COUNT, bool) for name in vectors}
        first, *others = self.inputs
        once = self._weighted(component, dict.fromkeys(self.inputs, 1.0)).fuse(vectors, everywhere)
        twice = self._weighted(component, dict.fromkeys(self.inputs, 2.0)).fuse(vectors, everywhere)
        expect_same(once, twice, self.tolerance, "weights twice as great for every field change vectors")
        weights = {first: 0.0} | dict.fromkeys(others, 1.0)
        ignored = self._weighted(component, weights).fuse(vectors, everywhere)
        lacking = self._weighted(component, weights).fuse(vectors, everywhere | {first: np.zeros(_COUNT, bool)})
        expect_same(ignored, lacking, self.tolerance, "a field of weight 0 counts")

    def test_arrays_that_do_not_fit_are_refused(self, component: EarlyFusion[Any]) -> None:
        """Too few rows, NaN: FusionError."""
        self._ready(component)
        vectors, present = self._batch(component)
        first = next(iter(vectors))
        present = present | {first: np.ones_like(present[first])}
        for what, wrong in {
            "fewer rows": vectors[first][:-1],
            "NaN": np.full_like(vectors[first], np.nan),
        }.items():
            try:
                component.fuse({**vectors, first: wrong}, present)
            except ChiasmError:
                continue
            except Exception as error:
                raise ContractBroken(f"{what} raises {type(error).__name__}: {error}; raise FusionError") from error
            expect(False, f"vectors with {what} are fused; raise FusionError")

    def test_fusing_prints_nothing(self, component: EarlyFusion[Any]) -> None:
        """Standard output holds results."""
        with nothing_printed():
            self._ready(component).fuse(*self._batch(component))

    def _ready(self, component: EarlyFusion[Any]) -> EarlyFusion[Any]:
        component.load()
        component.space(self.inputs)
        return component

    def _weighted(self, component: EarlyFusion[Any], weights: Mapping[str, float]) -> EarlyFusion[Any]:
        params = component.params.model_copy(update={"weights": dict(weights)})
        return self._ready(type(component)(params, component.parts))

    def _batch(self, component: EarlyFusion[Any], count: int = _COUNT, seed: int = 1) -> tuple[Arrays, Arrays]:
        """Return vectors and masks; each document has a field at least, and some lack the others."""
        random = np.random.default_rng(seed)
        vectors: Arrays = {}
        present: Arrays = {}
        for at, (name, space) in enumerate(self.inputs.items()):
            shape = (count, _STEPS, space.dim) if component.sequences else (count, space.dim)
            rows = random.normal(size=shape)
            if space.normalization == "l2":
                rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
            vectors[name] = rows.astype(np.float32)
            there = np.array([row % len(self.inputs) == at or row % 3 == 0 for row in range(count)], bool)
            present[name] = np.repeat(there[:, None], _STEPS, axis=1) if component.sequences else there
        return vectors, present


class _Fusing:
    """A fusion that is told its inputs before it fuses, in another process."""

    def __init__(self, fusion: EarlyFusion[Any], inputs: Mapping[str, EmbeddingSpace]) -> None:
        self._fusion, self._inputs = fusion, dict(inputs)

    def load(self) -> None:
        self._fusion.load()

    @property
    def fuse(self) -> Callable[..., Any]:
        self._fusion.space(self._inputs)
        return self._fusion.fuse


def _spread(mask: NDArray[Any], rows: NDArray[Any]) -> NDArray[Any]:
    return mask[..., None] if rows.ndim > mask.ndim else mask


def _rows(arrays: Mapping[str, NDArray[Any]], order: NDArray[Any]) -> Arrays:
    return {name: rows[order] for name, rows in arrays.items()}
