"""The contract of stores."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar
from unittest import SkipTest

import numpy as np

from chiasm.contracts import Capabilities, Point, Store, StoreSchema, VectorQuery
from chiasm.errors import ChiasmError, SpaceMismatch, StoreError
from chiasm.filter_semantics import matches
from chiasm.filters import Compare, In
from chiasm.space import EmbeddingSpace
from chiasm.testing.component import ComponentContract, fresh, nothing_printed
from chiasm.testing.contract import ContractBroken, expect
from chiasm.testing.samples import points as sample

_PAGES = (1, 3, 7, 1000)
_ANOTHER_SPACE = EmbeddingSpace("sound-model", 5)


class StoreContract(ComponentContract):
    """Tests of a store. The fixture gives one that is not open, of a place that holds nothing yet.

    A store that a machine elsewhere holds is given empty each time. Each test opens it, writes, and removes what it
    wrote.

    Attributes:
        outlives_its_process: Whether what was written is there after ``close``; set it to ``False`` for a store in
            memory.
    """

    outlives_its_process: ClassVar[bool] = True

    def test_it_says_what_it_can_and_where_it_is(self, component: Store[Any]) -> None:
        """Plans are made by its capabilities, messages name its location."""
        made = fresh(component)
        expect(isinstance(made.capabilities, Capabilities), f"capabilities is {made.capabilities!r}")
        expect(isinstance(made.location, str) and made.location, f"location is {made.location!r}")

    def test_before_anything_was_written_there_is_no_schema(self, component: Store[Any]) -> None:
        """``stored_schema`` tells whether a collection exists, without opening it."""
        found = component.stored_schema()
        expect(found is None, f"nothing was written and the schema is {found!r}")

    def test_the_schema_is_kept(self, component: Store[Any]) -> None:
        """Spaces, indexes and plan, as they were given."""
        with _opened(component) as schema:
            stored = component.stored_schema()
        if stored is None:
            raise ContractBroken("after open() there is no schema")
        expect(dict(stored.spaces) == dict(schema.spaces), "the stored spaces are others")
        expect(stored.plan == schema.plan, f"the stored plan is {stored.plan!r}, not {schema.plan!r}")

    def test_points_come_back_by_id_in_the_order_asked_for(self, component: Store[Any]) -> None:
        """With their payload, unicode and all; ids that are not there are left out."""
        with _filled(component) as points:
            asked = [points[9].id, sample.point_id("no such point"), points[0].id, points[4].id]
            found = component.retrieve(asked)
            expect([each.id for each in found] == [points[9].id, points[0].id, points[4].id], "ids come back otherwise")
            expect([each.payload for each in found] == [points[at].payload for at in (9, 0, 4)], "payload is changed")

    def test_vectors_come_back(self, component: Store[Any]) -> None:
        """When asked for, and those that a point lacks stay away; a cosine space may normalize."""
        with _filled(component) as points:
            for point, found in zip(points, component.retrieve([each.id for each in points], True), strict=True):
                expect(found.vectors.keys() == point.vectors.keys(), f"a point has the vectors {set(found.vectors)}")
                for name in (sample.COSINE, sample.DOT, sample.EUCLID):
                    if name in point.vectors:
                        near = np.allclose(np.asarray(found.vectors[name]), np.asarray(point.vectors[name]), atol=1e-2)
                        expect(near, f"a vector of {name!r} comes back changed")

    def test_writing_twice_is_as_writing_once(self, component: Store[Any]) -> None:
        """``upsert`` is idempotent by id; a run that is resumed writes again."""
        with _filled(component) as points:
            component.upsert(points)
            component.upsert(points[:5])
            expect(component.count() == len(points), f"{len(points)} points written again make {component.count()}")

    def test_writing_replaces_the_whole_point(self, component: Store[Any]) -> None:
        """No vector or payload of the earlier point stays."""
        with _filled(component) as points:
            component.upsert([Point(points[1].id, {sample.COSINE: points[0].vectors[sample.COSINE]}, {"doc": "new"})])
            (found,) = component.retrieve([points[1].id], True)
            expect(found.payload == {"doc": "new"}, f"payload of the replaced point stays: {found.payload}")
            expect(set(found.vectors) == {sample.COSINE}, f"vectors of the replaced point stay: {set(found.vectors)}")

    def test_nothing_may_be_written_and_asked(self, component: Store[Any]) -> None:
        """Batches may be empty."""
        with _opened(component):
            component.upsert([])
            query = VectorQuery(sample.COSINE, sample.query_of(sample.COSINE), 5)
            found = component.count(), component.search([]), component.retrieve([]), component.search([query])
            expect(found == (0, [], [], [[]]), f"an empty collection answers {found}")

    def test_searches_rank_as_the_metric_says(self, component: Store[Any]) -> None:
        """Cosine, dot product and negative distance, compared with numpy, best first."""
        with _filled(component) as points:
            for name in (sample.COSINE, sample.DOT, sample.EUCLID):
                query = sample.query_of(name)
                due = sorted(
                    (
                        (sample.score(name, query, each.vectors[name]), each.id)
                        for each in points
                        if name in each.vectors
                    ),
                    reverse=True,
                )[:7]
                (hits,) = component.search([VectorQuery(name, query, 7, exact=True)])
                expect([hit.id for hit in hits] == [id_ for _, id_ in due], f"the nearest by {name!r} are others")
                near = np.allclose([hit.score for hit in hits], [score for score, _ in due], rtol=1e-2, atol=1e-2)
                expect(near, f"scores by {name!r} are {[hit.score for hit in hits][:3]}, not {due[:3]}")

    def test_hits_carry_their_payload_and_their_number_is_limited(self, component: Store[Any]) -> None:
        """Results are shown from the payload."""
        with _filled(component) as points:
            payloads = {each.id: each.payload for each in points}
            for limit in (1, 5, 1000):
                (hits,) = component.search([VectorQuery(sample.COSINE, sample.query_of(sample.COSINE), limit)])
                expect(len(hits) == min(limit, len(points)), f"limit {limit} gives {len(hits)} hits")
                expect(all(hit.payload == payloads[hit.id] for hit in hits), "a hit's payload is not its point's")

    def test_several_queries_are_answered_in_their_order(self, component: Store[Any]) -> None:
        """Each as if it were alone."""
        with _filled(component) as points:
            queries = [VectorQuery(sample.COSINE, each.vectors[sample.COSINE], 3) for each in points[:6]]
            together = component.search(queries)
            expect([hits[0].id for hits in together] == [each.id for each in points[:6]], "answers are out of order")
            alone = [component.search([query])[0] for query in queries]
            same = [[hit.id for hit in hits] for hits in together] == [[hit.id for hit in hits] for hits in alone]
            expect(same, "a query among others is answered otherwise than alone")

    def test_filters_mean_what_they_mean_everywhere(self, component: Store[Any]) -> None:
        """In counts, scrolls and searches, as ``chiasm.filter_semantics`` defines."""
        with _filled(component) as points:
            for condition in sample.FILTERS:
                due = {each.id for each in points if matches(condition, each.payload)}
                counted = component.count(condition)
                expect(counted == len(due), f"{condition} counts {counted} points, not {len(due)}")
                scrolled = {each.id for each in component.scroll(condition)}
                expect(scrolled == due, f"{condition} scrolls {len(scrolled)} points, not {len(due)}")
                query = VectorQuery(sample.COSINE, sample.query_of(sample.COSINE), 1000, condition)
                found = {hit.id for hit in component.search([query])[0]}
                expect(found == due, f"{condition} finds {len(found)} points, not {len(due)}")

    def test_scrolling_yields_every_point_once_in_order_of_id(self, component: Store[Any]) -> None:
        """Whatever the size of a page."""
        with _filled(component) as points:
            due = sorted(each.id for each in points)
            for size in _PAGES:
                found = [each.id for each in component.scroll(batch=size)]
                expect(found == due, f"in pages of {size}: {len(found)} points, {len(set(found))} of them different")
            some = sorted(each.id for each in points if each.payload["field"] == "text")
            found = [each.id for each in component.scroll(Compare("field", "=", "text"), batch=3)]
            expect(found == some, "a filtered scroll in pages of 3 has other points")

    def test_deleting_leaves_the_rest(self, component: Store[Any]) -> None:
        """By filter; deleting what is not there does nothing."""
        with _filled(component) as points:
            component.delete(In("doc", ("doc-0", "doc-3", "no such doc")))
            left = {each.id for each in points if each.payload["doc"] not in ("doc-0", "doc-3")}
            expect({each.id for each in component.scroll()} == left, "other points are left than should be")
            component.delete(In("doc", ("doc-0",)))
            expect(component.count() == len(left), "deleting what is gone deletes something else")

    def test_a_batch_with_a_bad_point_is_refused_whole(self, component: Store[Any]) -> None:
        """NaN, a wrong size, an unknown name: StoreError, and nothing of the batch is kept."""
        with _opened(component):
            points = sample.points(component.capabilities)[:6]
            size = sample.DIMS[sample.COSINE]
            for what, name, vector in (
                ("NaN", sample.COSINE, np.full(size, np.nan, np.float32)),
                ("infinity", sample.COSINE, np.full(size, np.inf, np.float32)),
                ("a wrong size", sample.COSINE, np.ones(size + 1, np.float32)),
                ("an unknown vector name", "no-such-name", np.ones(size, np.float32)),
            ):
                bad = Point(sample.point_id("bad"), {name: vector}, {})
                _expect_refused(partial(component.upsert, [*points, bad]), f"a point with {what}")
                expect(component.count() == 0, f"a batch with {what} was refused and {component.count()} points kept")

    def test_a_query_that_cannot_be_answered_is_refused(self, component: Store[Any]) -> None:
        """An unknown name, a wrong size, NaN."""
        with _filled(component):
            size = sample.DIMS[sample.COSINE]
            for what, query in (
                ("an unknown name", VectorQuery("no-such-name", np.ones(size, np.float32), 5)),
                ("a wrong size", VectorQuery(sample.COSINE, np.ones(size + 1, np.float32), 5)),
                ("NaN", VectorQuery(sample.COSINE, np.full(size, np.nan, np.float32), 5)),
            ):
                _expect_refused(partial(component.search, [query]), f"a query with {what}")

    def test_what_was_written_is_there_after_reopening(self, component: Store[Any]) -> None:
        """By another store object of the same place, for reading."""
        self._require_disk()
        with _filled(component) as points:
            component.close()
            again = fresh(component)
            again.open(sample.schema(again.capabilities), "read")
            try:
                expect(again.count() == len(points), f"{len(points)} points written, {again.count()} after reopening")
                query = VectorQuery(sample.COSINE, points[3].vectors[sample.COSINE], 1)
                expect(again.search([query])[0][0].id == points[3].id, "after reopening, a search finds another point")
            finally:
                again.close()

    def test_a_reader_cannot_write(self, component: Store[Any]) -> None:
        """Opened with mode ``"read"``, ``upsert`` and ``delete`` are refused."""
        self._require_disk()
        with _filled(component) as points:
            component.close()
            component.open(sample.schema(component.capabilities), "read")
            _expect_refused(lambda: component.upsert(points[:1]), "writing to what is open for reading")
            _expect_refused(lambda: component.delete(In("doc", ("doc-0",))), "deleting from what is open for reading")

    def test_reading_what_does_not_exist_is_refused(self, component: Store[Any]) -> None:
        """And makes nothing."""
        schema = sample.schema(component.capabilities)
        _expect_refused(lambda: component.open(schema, "read"), "opening for reading what does not exist")
        expect(component.stored_schema() is None, "opening for reading made a collection")

    def test_another_space_under_a_name_is_refused(self, component: Store[Any]) -> None:
        """Even of the same dimension: same dimension is not same space."""
        self._require_disk()
        with _filled(component) as points:
            component.close()
            schema = sample.schema(component.capabilities)
            other = replace(schema.spaces[sample.COSINE], revision="def")
            try:
                component.open(replace(schema, spaces={**schema.spaces, sample.COSINE: other}))
            except SpaceMismatch as error:
                expect("abc" in str(error) and "def" in str(error), f"the message lacks the identities: {error}")
            else:
                raise ContractBroken("a vector name is opened with another space than it has")
            component.open(schema)
            expect(component.count() == len(points), "a refused open() changed the collection")

    def test_new_vector_names_are_added(self, component: Store[Any]) -> None:
        """A pipeline that grew opens the same collection."""
        self._require_disk()
        with _filled(component) as points:
            component.close()
            schema = sample.schema(component.capabilities)
            component.open(replace(schema, spaces={**schema.spaces, "sound": _ANOTHER_SPACE}))
            component.upsert([Point(points[0].id, {"sound": np.ones(5, np.float32)}, {})])
            (hits,) = component.search([VectorQuery("sound", np.ones(5, np.float32), 5)])
            expect([hit.id for hit in hits] == [points[0].id], "a vector of an added name is not found")
            expect(component.count() == len(points), "adding a vector name changed the points")

    def test_a_closed_store_refuses_to_work(self, component: Store[Any]) -> None:
        """With a StoreError, not with a crash."""
        with _filled(component) as points:
            component.close()
            component.close()
            for what, use in (
                ("upsert", lambda: component.upsert(points)),
                ("count", component.count),
                ("scroll", lambda: list(component.scroll())),
            ):
                _expect_refused(use, f"{what} on a closed store")

    def test_readers_see_one_collection(self, component: Store[Any]) -> None:
        """Two at once where processes may share; otherwise the second is refused while the first writes."""
        self._require_disk()
        with _filled(component) as points:
            second, schema = fresh(component), sample.schema(component.capabilities)
            if component.capabilities.concurrent_processes:
                second.open(schema, "read")
                found = {each.id for each in second.scroll()}
                expect(found == {each.id for each in points}, "a second reader sees other points")
            else:
                _expect_refused(lambda: second.open(schema), "opening for writing what another store has open")
            second.close()
            expect(component.count() == len(points), "a second store disturbed the first")

    def test_another_thread_may_use_it(self, component: Store[Any]) -> None:
        """From one thread at a time, whichever: a run writes from another than opened it."""
        with _filled(component) as points:
            found: list[Any] = []

            def use() -> None:
                try:
                    component.upsert(points[:3])
                    component.flush()
                    found.append(component.count())
                except BaseException as error:
                    found.append(error)

            thread = threading.Thread(target=use)
            thread.start()
            thread.join()
            expect(found == [len(points)], f"used from another thread it gives {found}")

    def test_optimizing_and_flushing_change_no_result(self, component: Store[Any]) -> None:
        """They make searches faster, and writes safe."""
        with _filled(component) as points:
            query = VectorQuery(sample.COSINE, sample.query_of(sample.COSINE), 10, exact=True)
            before = [hit.id for hit in component.search([query])[0]]
            expect(isinstance(component.wants_optimizing, bool), "wants_optimizing is neither true nor false")
            component.flush()
            component.optimize()
            expect(
                [hit.id for hit in component.search([query])[0]] == before, "after optimize() other points are found"
            )
            expect(component.count() == len(points), "optimize() changed the number of points")

    def test_points_stay_as_they_are(self, component: Store[Any]) -> None:
        """The caller's vectors and payload are not changed by writing them."""
        with _opened(component):
            points, untouched = (sample.points(component.capabilities) for _ in range(2))
            component.upsert(points)
            for point, copy in zip(points, untouched, strict=True):
                expect(point.payload == copy.payload, "upsert() changes the payload it is given")
                same = np.array_equal(np.asarray(point.vectors[sample.COSINE]), np.asarray(copy.vectors[sample.COSINE]))
                expect(same, "upsert() changes the vectors it is given")

    def test_removing_leaves_nothing(self, component: Store[Any]) -> None:
        """And the collection can be made anew, in other spaces."""
        with _filled(component):
            component.remove()
            expect(component.stored_schema() is None, "after remove() there still is a schema")
            component.open(StoreSchema({sample.COSINE: _ANOTHER_SPACE}))
            expect(component.count() == 0, "after remove() there still are points")

    def test_working_prints_nothing(self, component: Store[Any]) -> None:
        """Standard output holds results."""
        with nothing_printed(), _filled(component):
            component.flush()

    def _require_disk(self) -> None:
        if not self.outlives_its_process:
            raise SkipTest("what it holds does not outlive it")


@contextmanager
def _opened(component: Store[Any]) -> Iterator[StoreSchema]:
    schema = sample.schema(component.capabilities)
    component.open(schema)
    try:
        yield schema
    finally:
        component.close()
        component.remove()


@contextmanager
def _filled(component: Store[Any]) -> Iterator[list[Point]]:
    with _opened(component):
        points = sample.points(component.capabilities)
        component.upsert(points)
        yield points


def _expect_refused(use: Callable[[], object], what: str) -> None:
    try:
        use()
    except StoreError:
        return
    except ChiasmError as error:
        raise ContractBroken(f"{what} raises {type(error).__name__}, not StoreError: {error}") from error
    except Exception as error:
        raise ContractBroken(f"{what} raises {type(error).__name__}: {error}; raise StoreError") from error
    raise ContractBroken(f"{what} is not refused")
