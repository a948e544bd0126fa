"""The embedded store, and what happens to it when each of its methods is a little wrong."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace

import numpy as np

from chiasm.contracts import Capabilities, Point, StoreSchema
from chiasm.errors import StoreError
from chiasm.filters import Compare
from chiasm_plugins.stores.edge import EdgeStore


class NoLocation(EdgeStore):
    location = ""


class SchemaOutOfNothing(EdgeStore):
    def stored_schema(self):
        return super().stored_schema() or StoreSchema({})


class ForgetsThePlan(EdgeStore):
    def open(self, schema, mode="write"):
        super().open(replace(schema, plan=""), mode)


class RetrievesInItsOwnOrder(EdgeStore):
    def retrieve(self, ids, with_vectors=False):
        return sorted(super().retrieve(ids, with_vectors), key=lambda each: each.id)


class LosesVectors(EdgeStore):
    def retrieve(self, ids, with_vectors=False):
        return super().retrieve(ids, False)


class Appends(EdgeStore):
    """Writes a point that is there already beside it."""

    def upsert(self, points):
        there = {each.id for each in self.retrieve([each.id for each in points])}
        super().upsert(
            [each if each.id not in there else Point(beside(each.id), each.vectors, each.payload) for each in points]
        )


def beside(id_):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, id_))


class Merges(EdgeStore):
    """Keeps what the earlier point had."""

    def upsert(self, points):
        there = {each.id: each for each in self.retrieve([each.id for each in points], True)}
        merged = []
        for each in points:
            old = there.get(each.id)
            payload = {**(old.payload if old else {}), **each.payload}
            merged.append(Point(each.id, each.vectors, payload))
        super().upsert(merged)


class FailsOnNothing(EdgeStore):
    def search(self, queries):
        if not queries:
            raise IndexError("no queries")
        return super().search(queries)


class WorstFirst(EdgeStore):
    def search(self, queries):
        return [hits[::-1] for hits in super().search(queries)]


class GivesTooMany(EdgeStore):
    def search(self, queries):
        return super().search([replace(each, limit=each.limit + 1) for each in queries])


class AnswersBackwards(EdgeStore):
    def search(self, queries):
        return super().search(queries)[::-1]


class IgnoresFilters(EdgeStore):
    def search(self, queries):
        return super().search([replace(each, filter=None) for each in queries])


class PagesOverlap(EdgeStore):
    def scroll(self, filter=None, batch=1000):
        for at, point in enumerate(super().scroll(filter, batch)):
            yield point
            if batch < 1000 and at % batch == 0:
                yield point


class DeletesEverything(EdgeStore):
    def delete(self, filter):
        for point in list(self.scroll()):
            super().delete(Compare("doc", "=", point.payload["doc"]))


class KeepsPartOfABadBatch(EdgeStore):
    def upsert(self, points):
        for point in points:
            super().upsert([point])


class TakesNan(EdgeStore):
    def search(self, queries):
        return super().search(
            [replace(each, vector=np.nan_to_num(np.asarray(each.vector, np.float32))) for each in queries]
        )


class ForgetsOnClose(EdgeStore):
    def close(self):
        try:
            for point in list(self.scroll()):
                super().delete(Compare("doc", "=", point.payload["doc"]))
        except StoreError:
            pass
        super().close()


class ReadersWrite(EdgeStore):
    def open(self, schema, mode="write"):
        super().open(schema, "write" if self.stored_schema() else mode)


class ReadersMake(EdgeStore):
    def open(self, schema, mode="write"):
        super().open(schema, "write")


class MixesSpaces(EdgeStore):
    def open(self, schema, mode="write"):
        super().open(
            replace(schema, spaces={name: replace(each, revision="") for name, each in schema.spaces.items()}), mode
        )


class AddsNoNames(EdgeStore):
    def open(self, schema, mode="write"):
        stored = self.stored_schema()
        super().open(replace(schema, spaces=stored.spaces) if stored else schema, mode)


class CrashesWhenClosed(EdgeStore):
    def count(self, filter=None):
        try:
            return super().count(filter)
        except StoreError as error:
            raise AttributeError("'NoneType' object has no attribute 'count'") from error


class SaysManyMayShare(EdgeStore):
    capabilities = Capabilities(concurrent_processes=True)


class OneThreadOnly(EdgeStore):
    def open(self, schema, mode="write"):
        self.thread = threading.get_ident()
        super().open(schema, mode)

    def upsert(self, points):
        if threading.get_ident() != self.thread:
            raise StoreError("objects made in one thread can only be used there")
        super().upsert(points)


class LosesPointsWhenOptimized(EdgeStore):
    def optimize(self):
        self.delete(Compare("field", "=", "text"))


class ChangesPoints(EdgeStore):
    def upsert(self, points):
        super().upsert(points)
        for point in points:
            point.payload["written"] = True


class RemovesNothing(EdgeStore):
    def remove(self):
        self.close()


class Prints(EdgeStore):
    def flush(self):
        print("flushed")
        super().flush()
