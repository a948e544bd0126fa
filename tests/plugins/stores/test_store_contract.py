"""What every store does alike: the embedded one, and qdrant-client in memory and in a folder."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chiasm.contracts import Point, SparseVector, Store, StoreSchema, VectorQuery
from chiasm.errors import QueryError, SpaceMismatch, StoreError, StoreTooNew
from chiasm.filters import Compare, In, Not
from chiasm.space import EmbeddingSpace

Make = Callable[..., Store[Any]]


def sparse(values: dict[int, float]) -> SparseVector:
    return SparseVector(np.array(list(values), dtype=np.uint32), np.array(list(values.values()), dtype=np.float32))


def unit(values: np.ndarray) -> np.ndarray:
    return (values / np.linalg.norm(values, axis=-1, keepdims=True)).astype(np.float32)


def number(n: int) -> str:
    return str(uuid.UUID(int=n))


def test_points_come_back_by_id_in_the_order_asked_for(store: Store[Any], points: list[Point]) -> None:
    store.upsert(points)
    asked = [points[3].id, "00000000-0000-0000-0000-000000000000", points[0].id, points[12].id]
    found = store.retrieve(asked)
    assert [point.id for point in found] == [points[3].id, points[0].id, points[12].id]
    assert [point.payload for point in found] == [points[3].payload, points[0].payload, points[12].payload]
    assert all(not point.vectors for point in found)


def test_vectors_come_back_as_they_were_and_missing_ones_stay_missing(store: Store[Any], points: list[Point]) -> None:
    store.upsert(points)
    for point, found in zip(points, store.retrieve([each.id for each in points], with_vectors=True), strict=True):
        assert found.vectors.keys() == point.vectors.keys()
        for name, vector in point.vectors.items():
            if name == "keywords":
                assert dict(zip(found.vectors[name].indices, found.vectors[name].values, strict=True)) == dict(
                    zip(vector.indices, vector.values, strict=True)
                )
            else:
                np.testing.assert_allclose(found.vectors[name], vector, rtol=1e-6)
                assert found.vectors[name].dtype == np.float32


def test_vectors_of_a_cosine_space_come_back_with_length_one(store: Store[Any]) -> None:
    point = Point(number(1), {"words": np.full(8, 3.0, dtype=np.float32)}, {})
    store.upsert([point])
    (found,) = store.retrieve([point.id], with_vectors=True)
    np.testing.assert_allclose(found.vectors["words"], np.full(8, 8**-0.5), rtol=1e-6)


def test_an_upsert_replaces_the_whole_point(store: Store[Any], points: list[Point]) -> None:
    store.upsert(points)
    store.upsert([Point(points[0].id, {"sight": np.ones(6, dtype=np.float32)}, {"doc": "new"})])
    (found,) = store.retrieve([points[0].id], with_vectors=True)
    assert (set(found.vectors), found.payload, store.count()) == ({"sight"}, {"doc": "new"}, len(points))


def test_upserting_and_searching_nothing_is_allowed(store: Store[Any]) -> None:
    store.upsert([])
    assert (store.count(), store.search([]), store.retrieve([])) == (0, [], [])
    assert store.search([VectorQuery("words", np.ones(8, dtype=np.float32), 5)]) == [[]]


def test_cosine_dot_and_euclid_rank_as_numpy_does(store: Store[Any], points: list[Point]) -> None:
    store.upsert(points)
    random = np.random.default_rng(1)
    measures = {
        "words": lambda query, vector: query @ vector / np.linalg.norm(query) / np.linalg.norm(vector),
        "sight": lambda query, vector: query @ vector,
        "place": lambda query, vector: -np.linalg.norm(query - vector),
    }
    for name, measure in measures.items():
        query = random.normal(size=points[1].vectors[name].size).astype(np.float32)
        expected = sorted(
            ((float(measure(query, point.vectors[name])), point.id) for point in points if name in point.vectors),
            reverse=True,
        )[:7]
        (hits,) = store.search([VectorQuery(name, query, 7)])
        assert [hit.id for hit in hits] == [id_ for _, id_ in expected]
        np.testing.assert_allclose([hit.score for hit in hits], [score for score, _ in expected], rtol=1e-5, atol=1e-6)


def test_hits_carry_their_payload(store: Store[Any], points: list[Point]) -> None:
    store.upsert(points)
    ((hit,),) = store.search([VectorQuery("words", points[5].vectors["words"], 1)])
    assert (hit.id, hit.payload) == (points[5].id, points[5].payload)


def test_sparse_scores_are_products_weighted_by_the_idf_of_the_points_that_have_the_vector(
    store: Store[Any], points: list[Point]
) -> None:
    store.upsert(points)
    documents = [
        (point.id, dict(zip(point.vectors["keywords"].indices.tolist(), point.vectors["keywords"].values, strict=True)))
        for point in points
        if "keywords" in point.vectors
    ]
    query = {2: 1.0, 10: 0.5, 999: 3.0}

    def idf(term: int) -> float:
        having = sum(term in terms for _, terms in documents)
        return float(np.log((len(documents) - having + 0.5) / (having + 0.5) + 1))

    scores = {id_: sum(w * terms.get(t, 0.0) * idf(t) for t, w in query.items()) for id_, terms in documents}
    expected = sorted(((score, id_) for id_, score in scores.items() if score), reverse=True)
    (hits,) = store.search([VectorQuery("keywords", sparse(query), 100)])
    assert [hit.id for hit in hits] == [id_ for _, id_ in expected]
    np.testing.assert_allclose([hit.score for hit in hits], [score for score, _ in expected], rtol=1e-5)


def test_a_sparse_query_without_terms_finds_nothing(store: Store[Any], points: list[Point]) -> None:
    store.upsert(points)
    assert store.search([VectorQuery("keywords", sparse({}), 5)]) == [[]]


def test_an_empty_sparse_vector_can_be_stored(store: Store[Any]) -> None:
    store.upsert([Point(number(1), {"keywords": sparse({})}, {})])
    assert store.count() == 1


def test_multi_vectors_are_compared_by_max_sim(store: Store[Any], points: list[Point]) -> None:
    store.upsert(points)
    query = unit(np.random.default_rng(3).normal(size=(3, 4)))
    expected = sorted(
        (
            (float((query @ point.vectors["tokens"].T).max(axis=1).sum()), point.id)
            for point in points
            if "tokens" in point.vectors
        ),
        reverse=True,
    )
    (hits,) = store.search([VectorQuery("tokens", query, 100)])
    assert [hit.id for hit in hits] == [id_ for _, id_ in expected]
    np.testing.assert_allclose([hit.score for hit in hits], [score for score, _ in expected], rtol=1e-5, atol=1e-6)


def test_several_queries_are_answered_in_their_order(store: Store[Any], points: list[Point]) -> None:
    store.upsert(points)
    queries = [VectorQuery("words", point.vectors["words"], 3) for point in points[:6]]
    together = store.search(queries)
    assert [hits[0].id for hits in together] == [point.id for point in points[:6]]
    assert [[hit.id for hit in hits] for hits in together] == [
        [hit.id for hit in store.search([query])[0]] for query in queries
    ]


def test_equal_scores_are_ordered_by_id(store: Store[Any]) -> None:
    vector = np.ones(8, dtype=np.float32)
    ids = [number(row) for row in range(10)]
    store.upsert([Point(id_, {"words": vector}, {}) for id_ in ids])
    (hits,) = store.search([VectorQuery("words", vector, 10)])
    assert [hit.id for hit in hits] == sorted(ids)


def test_a_filter_restricts_a_search_also_exactly(store: Store[Any], points: list[Point]) -> None:
    store.upsert(points)
    for exact in (False, True):
        (hits,) = store.search(
            [VectorQuery("words", points[4].vectors["words"], 50, Compare("meta.year", ">=", 2030), exact)]
        )
        assert {hit.id for hit in hits} == {point.id for point in points[30:]}


def test_deleting_by_filter_leaves_the_rest(store: Store[Any], points: list[Point]) -> None:
    store.upsert(points)
    store.delete(In("doc", ("doc-0", "doc-19", "no such doc")))
    assert store.count() == len(points) - 4
    store.delete(Not(Compare("field", "=", "text")))
    assert store.count() == len(points) // 2 - 2
    assert store.count(Compare("field", "=", "image")) == 0


def test_scrolling_yields_every_point_once_in_order_of_id(store: Store[Any], points: list[Point]) -> None:
    store.upsert(points)
    everything = list(store.scroll(batch=7))
    assert [point.id for point in everything] == sorted(point.id for point in points)
    assert {point.id: point.payload for point in everything} == {point.id: point.payload for point in points}
    some = [point.id for point in store.scroll(Compare("field", "=", "text"), batch=3)]
    assert some == sorted(point.id for point in points if point.payload["field"] == "text")


def test_a_thread_other_than_the_opener_may_write_and_close(store: Store[Any], points: list[Point]) -> None:
    errors: list[BaseException] = []

    def write() -> None:
        try:
            store.upsert(points)
            store.flush()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    assert (errors, store.count()) == ([], len(points))


BAD_POINTS = {
    "a vector name that the schema lacks": ({"wrods": np.ones(8)}, {}, "words"),
    "a vector of the wrong size": ({"words": np.ones(9)}, {}, r"\[9\] where \[8\]"),
    "a matrix for a vector": ({"words": np.ones((1, 8))}, {}, r"\[1, 8\] where \[8\]"),
    "NaN": ({"words": np.array([1, 2, 3, 4, 5, 6, 7, np.nan])}, {}, "not finite"),
    "infinity": ({"sight": np.array([1, 2, 3, 4, 5, np.inf])}, {}, "not finite"),
    "an empty multi-vector": ({"tokens": np.ones((0, 4))}, {}, r"\[0, 4\] where \[t, 4\]"),
    "NaN in a multi-vector": ({"tokens": np.array([[1, 2, 3, np.nan]])}, {}, "not finite"),
    "a dense vector for a sparse space": ({"keywords": np.ones(8)}, {}, "not sparse"),
    "bytes in the payload": ({}, {"digest": b"\x00"}, "not JSON"),
    "NaN in the payload": ({}, {"meta": {"height": float("nan")}}, "not JSON"),
}


@pytest.mark.parametrize("fault", BAD_POINTS)
def test_a_batch_with_a_bad_point_is_refused_whole(store: Store[Any], points: list[Point], fault: str) -> None:
    vectors, payload, message = BAD_POINTS[fault]
    bad = Point(points[20].id, {name: vector.astype(np.float32) for name, vector in vectors.items()}, payload)
    with pytest.raises(StoreError, match=message):
        store.upsert([*points[:20], bad, *points[21:]])
    assert store.count() == 0


@pytest.mark.parametrize("indices, values", [([1, 1], [1.0, 2.0]), ([1], [1.0, 2.0]), ([1], [np.nan]), ([-1], [1.0])])
def test_a_malformed_sparse_vector_is_refused(store: Store[Any], indices: list[int], values: list[float]) -> None:
    vector = SparseVector(np.array(indices), np.array(values, dtype=np.float32))  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="keywords"):
        store.upsert([Point(number(1), {"keywords": vector}, {})])


def test_a_sparse_vector_for_a_dense_space_is_refused(store: Store[Any]) -> None:
    with pytest.raises(StoreError, match="not dense"):
        store.upsert([Point(number(1), {"words": sparse({1: 1.0})}, {})])


def test_an_id_that_is_no_uuid_is_refused(store: Store[Any]) -> None:
    with pytest.raises(StoreError, match=r"dog\.jpg"):
        store.upsert([Point("dog.jpg", {}, {})])
    with pytest.raises(StoreError, match="could not be read"):
        store.retrieve(["dog.jpg"])


@pytest.mark.parametrize(
    "query, error",
    [
        (VectorQuery("wrods", np.ones(8, dtype=np.float32), 5), StoreError),
        (VectorQuery("words", np.ones(7, dtype=np.float32), 5), StoreError),
        (VectorQuery("words", np.full(8, np.nan, dtype=np.float32), 5), StoreError),
        (VectorQuery("words", np.ones(8, dtype=np.float32), 0), QueryError),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(
    store: Store[Any], query: VectorQuery, error: type[Exception]
) -> None:
    with pytest.raises(error):
        store.search([query])


def test_a_closed_store_says_that_it_is_not_open(store: Store[Any], points: list[Point]) -> None:
    store.close()
    store.close()
    for use in (lambda: store.upsert(points), store.count, lambda: list(store.scroll()), store.flush, store.optimize):
        with pytest.raises(StoreError, match="not open"):
            use()


def test_the_schema_is_kept_with_the_collection(store: Store[Any], schema: StoreSchema) -> None:
    stored = store.stored_schema()
    assert stored is not None
    assert (stored.spaces, stored.payload_indexes, stored.plan) == (schema.spaces, schema.payload_indexes, "plan-1")
    assert stored.version


@pytest.mark.parametrize("kind", ["edge", "folder"])
class TestReopening:
    """Of the stores that outlive their process."""

    def test_the_schema_can_be_read_without_opening(self, store: Store[Any], make_store: Make, kind: str) -> None:
        opened = store.stored_schema()
        other = make_store(kind)
        assert other.stored_schema() == opened
        store.close()
        assert other.stored_schema() == opened

    def test_points_are_there_again(
        self, store: Store[Any], make_store: Make, kind: str, schema: StoreSchema, points: Sequence[Point]
    ) -> None:
        store.upsert(points)
        store.close()
        again = make_store(kind)
        again.open(schema, "read")
        assert again.count() == len(points)
        (hits,) = again.search([VectorQuery("words", points[9].vectors["words"], 3)])
        assert hits[0].id == points[9].id

    def test_what_is_open_for_reading_is_not_written(
        self, store: Store[Any], schema: StoreSchema, points: list[Point]
    ) -> None:
        store.close()
        store.open(replace(schema, plan="plan-2"), "read")
        for write in (lambda: store.upsert(points), lambda: store.delete(Compare("doc", "=", "x"))):
            with pytest.raises(StoreError, match="reading only"):
                write()
        stored = store.stored_schema()
        assert stored is not None
        assert stored.plan == "plan-1"

    def test_a_plan_that_changed_is_noted(self, store: Store[Any], schema: StoreSchema) -> None:
        store.close()
        store.open(replace(schema, plan="plan-2"))
        stored = store.stored_schema()
        assert stored is not None
        assert stored.plan == "plan-2"

    def test_vector_names_and_indexes_can_be_added_and_are_kept(
        self, store: Store[Any], make_store: Make, kind: str, schema: StoreSchema, points: list[Point]
    ) -> None:
        store.upsert(points)
        store.close()
        new = {
            "sound": EmbeddingSpace("clap", 5),
            "terms": EmbeddingSpace("splade", 0, kind="sparse", metric="dot"),
            "patches": EmbeddingSpace("colpali", 4, kind="multi"),
        }
        store.open(StoreSchema(new, {"path": "keyword"}))
        stored = store.stored_schema()
        assert stored is not None
        assert stored.spaces == {**schema.spaces, **new}
        assert set(stored.payload_indexes) == {"doc", "field", "modalities", "meta.year", "path"}
        vectors = {
            "sound": unit(np.arange(1, 6)),
            "terms": sparse({4: 2.0}),
            "patches": unit(np.ones((2, 4))),
            "words": points[0].vectors["words"],
        }
        store.upsert([Point(number(1), vectors, {"path": "a.wav"})])
        store.close()
        again = make_store(kind)
        again.open(StoreSchema({}), "read")
        assert again.count() == len(points) + 1
        for name, vector in vectors.items():
            (hits,) = again.search([VectorQuery(name, vector, 1, Compare("path", "=", "a.wav"))])
            assert [hit.id for hit in hits] == [number(1)]

    def test_another_space_under_a_name_is_refused_with_both_identities_and_the_way_out(
        self, store: Store[Any], schema: StoreSchema, points: list[Point]
    ) -> None:
        store.upsert(points)
        store.close()
        other = replace(schema.spaces["words"], revision="def")
        for mode in ("read", "write"):
            with pytest.raises(SpaceMismatch) as refusal:
                store.open(replace(schema, spaces={**schema.spaces, "words": other}), mode)
            message = str(refusal.value)
            assert str(other) in message and str(schema.spaces["words"]) in message
            assert "'def' against 'abc'" in message and "--rebuild" in message and "--store" in message
        store.open(schema)
        assert store.count() == len(points)

    def test_what_is_removed_can_be_made_anew_in_another_space(
        self, store: Store[Any], schema: StoreSchema, points: list[Point]
    ) -> None:
        store.upsert(points)
        (store.folder / "journal").write_text("the pipeline's")
        store.remove()
        assert store.stored_schema() is None
        assert (store.folder / "journal").exists()
        store.remove()
        store.open(StoreSchema({"words": EmbeddingSpace("another", 3)}))
        assert store.count() == 0
        store.upsert([Point(number(1), {"words": np.ones(3, dtype=np.float32)}, {})])
        assert store.count() == 1

    def test_a_collection_of_a_newer_chiasm_is_refused(self, store: Store[Any], schema: StoreSchema) -> None:
        store.close()
        store.open(replace(schema, version="99.1"))
        store.close()
        with pytest.raises(StoreTooNew, match=r"99\.1"):
            store.stored_schema()
        for mode in ("read", "write"):
            with pytest.raises(StoreTooNew, match=r"pip install -U 'chiasm>=99\.1'"):
                store.open(schema, mode)

    def test_reading_what_does_not_exist_says_how_to_make_it(
        self, kind: str, make_store: Make, schema: StoreSchema, tmp_path: Any
    ) -> None:
        store = make_store(kind, path=tmp_path / "elsewhere")
        assert store.stored_schema() is None
        with pytest.raises(StoreError, match="chiasm index"):
            store.open(schema, "read")
        assert not (tmp_path / "elsewhere").exists()
