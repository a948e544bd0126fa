"""Every store's filters mean what the reference in ``chiasm.filter_semantics`` says."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qdrant_client import QdrantClient, models
from qdrant_client.conversions.conversion import GrpcToRest, RestToGrpc

from chiasm.contracts import Point, Store, StoreSchema
from chiasm.errors import QueryError
from chiasm.filter_semantics import matches
from chiasm.filters import All, Compare, Either, Exists, Filter, In, Not, quoted_path
from chiasm.space import EmbeddingSpace
from chiasm_plugins.stores.client_queries import to_filter

TEXTS = ("dog", "cat", "", "true", "3", "naïve é\U0001f600", 'a "quote"', "2024-01-05", "2024-01-05T10:00:00Z")
DATES = ("2024-01-05", "2024-01-05T10:00:00Z", "2024-01-05T12:00:00+02:00", "2024-01-05 10:00", "2023-12-31T23:59:59.5")
NUMBERS = (0, 3, -7, 3.0, 2.5, -0.0, 1e300)
WIDE = (2**53, 2**53 + 1, -(2**62))
"""Integers that no 64-bit float tells from their neighbours; Qdrant orders numbers as such floats."""
SCALARS = (*TEXTS, *DATES, *NUMBERS, *WIDE, True, False)
LISTS = ([], [None], [None, 3], ["dog", "cat"], [True, "dog"], [3.0, "dog"], [2.5, False], ["2024-01-05", 3])
VALUES = (*SCALARS, *LISTS, None)

KEYS = ("plain", "meta.year", 'meta."focal length"', "meta.camera.lens", 'meta."ünï[0]"', "meta.camera", "absent.key")


def number(n: int) -> str:
    return str(uuid.UUID(int=n + 1))


PAYLOADS = [
    *({"plain": value, "meta": {"year": value, "focal length": value, "ünï[0]": value}} for value in VALUES),
    *({"meta": {"camera": {"lens": value}}} for value in VALUES),
    *({"meta": {"camera": value}} for value in VALUES if not isinstance(value, dict)),
    {"meta": {"camera": [{"lens": 3}, {"lens": "dog"}]}},
    {"meta": None},
    {"meta": "dog"},
    {"meta": {}},
    {},
]


def comparisons(key: str) -> Iterator[Filter]:
    for value in SCALARS:
        yield Compare(key, "=", value)
        # What Qdrant cannot say: that an object is not a number or bool.
        if key != "meta.camera" or isinstance(value, str):
            yield Compare(key, "!=", value)
    for value in (*DATES, *NUMBERS, 10**400, -(10**400)):
        for op in ("<", "<=", ">", ">="):
            yield Compare(key, op, value)  # type: ignore[arg-type]
    yield from (In(key, ()), In(key, ("dog", 3, True)), In(key, (2.5, False)), In(key, TEXTS), Exists(key))


@pytest.fixture
def filled(kind: str, make_store: Callable[..., Store[Any]]) -> Store[Any]:
    store = make_store(kind)
    store.open(StoreSchema({"words": EmbeddingSpace("m", 2)}))
    store.upsert([Point(number(row), {}, payload) for row, payload in enumerate(PAYLOADS)])
    return store


def found(store: Store[Any], filter_: Filter) -> list[int]:
    return [uuid.UUID(point.id).int - 1 for point in store.scroll(filter_)]


def expected(filter_: Filter) -> list[int]:
    return [row for row, payload in enumerate(PAYLOADS) if matches(filter_, payload)]


@pytest.mark.parametrize("key", KEYS)
def test_each_condition_finds_what_the_reference_finds(filled: Store[Any], key: str) -> None:
    for filter_ in comparisons(key):
        rows = found(filled, filter_)
        assert rows == expected(filter_), (str(filter_), [PAYLOADS[row] for row in {*rows} ^ {*expected(filter_)}])
        assert filled.count(Not(filter_)) == len(PAYLOADS) - len(rows), str(filter_)


leaves = st.one_of(
    st.builds(Compare, st.sampled_from(KEYS[:4]), st.sampled_from(("=", "!=")), st.sampled_from(SCALARS)),
    st.builds(Compare, st.sampled_from(KEYS[:4]), st.sampled_from(("<", "<=", ">", ">=")), st.sampled_from(NUMBERS)),
    st.builds(In, st.sampled_from(KEYS[:4]), st.lists(st.sampled_from(SCALARS), max_size=4).map(tuple)),
    st.builds(Exists, st.sampled_from(KEYS)),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter_=trees)
def test_any_combination_finds_what_the_reference_finds(filled: Store[Any], filter_: Filter) -> None:
    assert found(filled, filter_) == expected(filter_)


@pytest.fixture(scope="module")
def client() -> Iterator[QdrantClient]:
    client = QdrantClient(":memory:")
    client.create_collection("c", {})
    client.upsert("c", [models.PointStruct(id=row, vector={}, payload=each) for row, each in enumerate(PAYLOADS)])
    yield client
    client.close()


@settings(max_examples=60, deadline=None)
@given(filter_=trees)
def test_a_filter_means_the_same_when_it_went_to_a_server_by_grpc(client: QdrantClient, filter_: Filter) -> None:
    arrived = GrpcToRest.convert_filter(RestToGrpc.convert_filter(to_filter(filter_)))
    records, _ = client.scroll("c", arrived, limit=len(PAYLOADS))
    assert sorted(record.id for record in records) == expected(filter_)


@pytest.mark.parametrize("index", ["keyword", "integer", "float", "bool", "datetime"])
def test_a_payload_index_changes_no_result(make_store: Callable[..., Store[Any]], index: str) -> None:
    values: dict[str, tuple[Any, ...]] = {
        "keyword": ("dog", "cat", "", ["dog", "cat"], [], None),
        "integer": (3, -7, 0, 2**40, [3, 4], [], None),
        "float": (2.5, 3.0, -0.0, 3, 1e300, [2.5, 4.0], [], None),
        "bool": (True, False, [True, False], [], None),
        "datetime": ("2024-01-05", "2024-01-05T10:00:00Z", ["2024-01-05", "2023-01-01"], [], None),
    }
    payloads = [{"meta": {"key": value}} for value in values[index]] + [{}]
    store = make_store("edge")
    store.open(StoreSchema({"words": EmbeddingSpace("m", 2)}, {"meta.key": index}))  # type: ignore[dict-item]
    store.upsert([Point(number(row), {}, payload) for row, payload in enumerate(payloads)])
    constants = [value for value in values[index] if value is not None and not isinstance(value, list)]
    ordered = index in ("integer", "float", "datetime")
    filters: list[Filter] = [
        *(Compare("meta.key", op, value) for op in ("=", "!=") for value in constants),  # type: ignore[arg-type]
        *(Compare("meta.key", op, value) for op in ("<", ">=") for value in constants if ordered),  # type: ignore[arg-type]
        In("meta.key", tuple(constants)),
        Exists("meta.key"),
    ]
    for filter_ in filters:
        rows = [row for row, payload in enumerate(payloads) if matches(filter_, payload)]
        assert found(store, filter_) == rows, str(filter_)


def test_a_bool_in_the_payload_leaves_no_trace_in_what_is_read(filled: Store[Any]) -> None:
    assert [point.payload for point in filled.scroll()] == PAYLOADS


def test_a_key_that_is_no_path_is_refused(filled: Store[Any]) -> None:
    with pytest.raises(QueryError, match="is not a key"):
        filled.count(Compare("meta..year", "=", 3))


def test_the_filter_of_a_deep_key_is_quoted_where_it_must_be() -> None:
    rest = to_filter(Compare(quoted_path(["meta", "focal length"]), "=", "dog"))
    condition = models.FieldCondition(key='meta."focal length"', match=models.MatchValue(value="dog"))
    assert rest == models.Filter(must=[condition])
