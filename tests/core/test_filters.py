"""Filters: text, Python and meaning agree."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chiasm.errors import QueryError
from chiasm.filter_builder import F
from chiasm.filter_semantics import matches
from chiasm.filter_syntax import parse_filter
from chiasm.filters import (
    All,
    Compare,
    Either,
    Exists,
    Filter,
    In,
    Not,
    Scalar,
    all_of,
    instant,
    path_segments,
    quoted_path,
)

# ------------------------------------------------------------------------------------------------ text and trees

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_WORDS = st.sampled_from(
    ["dog", "and", "True", "not", "null", "2024-01-31", "2024-01-31 10:00", "0123", "-", "1e3", "a\\", '"']
)
_NAMES = _TEXT.filter(lambda text: '"' not in text) | st.sampled_from(["year", "in", "a.b"])
_KEYS = st.lists(_NAMES, min_size=1, max_size=3)
_NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
_DATES = st.datetimes().map(datetime.isoformat) | st.dates().map(date.isoformat)


def _keys() -> st.SearchStrategy[str]:
    return _KEYS.map(quoted_path)


def _scalars() -> st.SearchStrategy[Scalar]:
    return _TEXT | _WORDS | st.booleans() | _NUMBERS


def _leaves() -> st.SearchStrategy[Filter]:
    return st.one_of(
        st.builds(Compare, _keys(), st.sampled_from(["=", "!="]), _scalars()),
        st.builds(Compare, _keys(), st.sampled_from(["<", "<=", ">", ">="]), _NUMBERS | _DATES),
        st.builds(In, _keys(), st.lists(_scalars(), max_size=3).map(tuple)),
        st.builds(Exists, _keys()),
        st.just(All(())),
        st.just(Either(())),
    )


def _trees(smallest: int) -> st.SearchStrategy[Filter]:
    def grown(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        several = st.lists(inner, min_size=smallest, max_size=3).map(tuple)
        return st.one_of(st.builds(All, several), st.builds(Either, several), st.builds(Not, inner))

    return st.recursive(_leaves(), grown, max_leaves=8)


@given(_trees(smallest=2))
def test_a_tree_written_as_text_parses_to_the_same_tree(tree: Filter):
    assert parse_filter(str(tree)) == tree


_PAYLOADS = st.dictionaries(
    st.sampled_from(["a", "b"]),
    st.none() | st.integers(0, 3) | st.lists(st.sampled_from(["x", "y"]), max_size=2) | st.booleans(),
)
_SMALL = st.recursive(
    st.one_of(
        st.builds(Compare, st.sampled_from("ab"), st.sampled_from(["=", "!="]), st.sampled_from(["x", 1, True])),
        st.builds(Compare, st.sampled_from("ab"), st.sampled_from(["<", ">="]), st.integers(0, 3)),
        st.builds(Exists, st.sampled_from("ab")),
    ),
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
)


@given(_SMALL, _PAYLOADS)
def test_text_of_any_tree_means_what_the_tree_means(tree: Filter, payload: dict[str, object]):
    assert matches(parse_filter(str(tree)), payload) == matches(tree, payload)


@given(_SMALL, _SMALL, _PAYLOADS)
def test_operators_mean_what_their_words_mean(left: Filter, right: Filter, payload: dict[str, object]):
    assert matches(left & right, payload) == (matches(left, payload) and matches(right, payload))
    assert matches(left | right, payload) == (matches(left, payload) or matches(right, payload))
    assert matches(~left, payload) != matches(left, payload)


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_a_query_error(text: str):
    try:
        parse_filter(text)
    except QueryError as error:
        assert "^" in str(error) or "double quote" in str(error)


def test_the_example_of_the_documentation_parses():
    text = (
        'year >= 2020 and (tag = "dog" or tag in (cat, bird)) and not draft and exists author and taken >= 2024-01-01'
    )
    assert parse_filter(text) == All(
        (
            Compare("year", ">=", 2020),
            Either((Compare("tag", "=", "dog"), In("tag", ("cat", "bird")))),
            Not(Compare("draft", "=", True)),
            Exists("author"),
            Compare("taken", ">=", "2024-01-01"),
        )
    )


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a = 1 or b = 2 and c = 3", Either((Compare("a", "=", 1), All((Compare("b", "=", 2), Compare("c", "=", 3)))))),
        ("not a = 1 and b = 2", All((Not(Compare("a", "=", 1)), Compare("b", "=", 2)))),
        ("NOT draft", Not(Compare("draft", "=", True))),
        ("tag not in (a, 'b c')", Not(In("tag", ("a", "b c")))),
        ("tag==dog", Compare("tag", "=", "dog")),
        ("camera.lens.mm<=35.5", Compare("camera.lens.mm", "<=", 35.5)),
        ("'file name' = a.jpg", Compare('"file name"', "=", "a.jpg")),
        ('exif."focal length" = 35', Compare('exif."focal length"', "=", 35)),
        ("zip = 01234", Compare("zip", "=", "01234")),
        ("rating = -2", Compare("rating", "=", -2)),
        ("rating = -1.5e3", Compare("rating", "=", -1500.0)),
        ("sure = TRUE", Compare("sure", "=", True)),
        ('sure = "true"', Compare("sure", "=", "true")),
        (r'quote = "say \"hi\" \\ C:\new"', Compare("quote", "=", r'say "hi" \ C:\new')),
        ("folder = /photos/2024", Compare("folder", "=", "/photos/2024")),
        ("taken < 2024-01-31T18:30:00+02:00", Compare("taken", "<", "2024-01-31T18:30:00+02:00")),
        ("tag in ()", In("tag", ())),
        ("größe = 3", Compare('"größe"', "=", 3)),
    ],
)
def test_syntax(text: str, tree: Filter):
    assert parse_filter(text) == tree


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("", 1, "the filter ends here"),
        ("year >=", 8, "a value"),
        ("a = 1 && b = 2", 7, "Did you mean 'and'?"),
        ("a = 1 adn b = 2", 7, "Did you mean 'and'?"),
        ("tag inn (a)", 5, "Did you mean 'in'?"),
        ("tag in a, b", 8, "in parentheses"),
        ("year => 2020", 6, "Did you mean '>='?"),
        ("year <> 2020", 6, "Did you mean '!='?"),
        ("(a = 1", 7, "')'"),
        ("a = 1)", 6, "the end"),
        ("a = null", 5, "not exists KEY"),
        ("a = and", 5, '"and"'),
        ("in = 3", 1, '"in"'),
        ("author = O'Brien", 11, "not closed"),
        ("name < dog", 6, "only numbers and dates have an order"),
        ("draft > true", 7, "only numbers and dates have an order"),
        ("a = 1e999", 3, "finite"),
        ("taken > 2024-02-31", 7, "only numbers and dates have an order"),
        ("(" * 200, 101, "nested"),
        ("not " * 200, 401, "nested"),
        ("a = " + "9" * 5000, 5, "too long"),
    ],
)
def test_a_mistake_is_shown_where_it_is_and_with_what_was_expected(text: str, column: int, says: str):
    with pytest.raises(QueryError) as caught:
        parse_filter(text)
    message = str(caught.value)
    assert says in message
    assert f"character {column}:" in message


def test_the_caret_stands_below_the_mistake():
    with pytest.raises(QueryError) as caught:
        parse_filter("year >= 2020\nand\ntag inn (a)")
    shown, caret = str(caught.value).splitlines()[:2]
    assert shown[caret.index("^") :].startswith("inn")


def test_keys_are_turned_into_the_payloads_own():
    assert parse_filter('"file name" = x and not draft', lambda key: f"metadata.{key}") == All(
        (Compare('metadata."file name"', "=", "x"), Not(Compare("metadata.draft", "=", True)))
    )


# --------------------------------------------------------------------------------------------------------- Python


def test_python_builds_the_tree_that_the_text_gives():
    built = (F("year") >= 2020) & ((F("tag") == "dog") | F("tag").one_of("cat", "bird")) & ~F("draft").exists()
    assert built == parse_filter("year >= 2020 and (tag = dog or tag in (cat, bird)) and not exists draft")


def test_python_dates_and_numpy_numbers_are_constants():
    assert (F("taken") < date(2024, 1, 31)) == Compare("taken", "<", "2024-01-31")
    moment = datetime(2024, 1, 31, 18, tzinfo=UTC)
    assert (F("taken") >= moment) == Compare("taken", ">=", "2024-01-31T18:00:00+00:00")
    assert str(F("year") > np.int64(3)) == "year > 3"
    assert str(F("share") != np.float64(0.5)) == "share != 0.5"


def test_python_keys_with_spaces_are_quoted_once():
    assert str(F("file name") == "x") == str(F('"file name"') == "x") == '"file name" = x'


def test_python_and_instead_of_ampersand_is_refused():
    with pytest.raises(TypeError, match="combine filters with &"):
        (F("a") == 1) and (F("b") == 2)


@pytest.mark.parametrize("value", [None, b"x", float("nan"), float("inf"), [1]])
def test_constants_that_no_payload_value_equals_are_refused(value: object):
    with pytest.raises(QueryError):
        F("a") == value  # noqa: B015
    with pytest.raises(QueryError):
        F("a").one_of(value)


@pytest.mark.parametrize("key", ["", ".", "a.", ".a", "a..b", '"a', 'a"b"', '"a"b'])
def test_malformed_keys_are_refused(key: str):
    with pytest.raises(QueryError, match="is not a key"):
        F(key)


@given(st.lists(_TEXT.filter(lambda text: '"' not in text), min_size=1, max_size=4))
def test_quoted_paths_come_apart_into_their_segments(segments: list[str]):
    assert path_segments(quoted_path(segments)) == tuple(segments)


def test_all_of_skips_what_is_not_given():
    one, two = F("a") == 1, F("b") == 2
    assert all_of([None, None]) is None
    assert all_of([None, one]) == one
    assert all_of([one, None, two]) == All((one, two))


# -------------------------------------------------------------------------------------------------------- meaning

_PHOTO = {
    "year": 2021,
    "share": 0.5,
    "tags": ["dog", "rain", None],
    "draft": False,
    "author": None,
    "empty": [],
    "camera": {"lens mm": 35, "a.b": 1},
    "taken": "2024-01-31T23:30:00-02:00",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("year = 2021", True),
        ("year = 2021.0", True),
        ('year = "2021"', False),
        ('year != "2021"', True),
        ("year > 2020.5", True),
        ("draft = 0", False),
        ("draft = false", True),
        ("draft != true", True),
        ("draft < 1", False),
        ("tags = dog", True),
        ("tags != dog", True),  # rain is not dog
        ("not tags = dog", False),
        ("tags in (cat, rain)", True),
        ("tags in ()", False),
        ("exists tags", True),
        ("exists author", False),
        ("exists empty", False),
        ("exists missing", False),
        ("missing != 3", False),
        ("not missing = 3", True),
        ("author != x", False),
        ('camera."lens mm" >= 35', True),
        ('camera."a.b" = 1', True),
        ("camera.a.b = 1", False),
        ("year.of = 1", False),
        ("taken >= 2024-02-01", True),  # 01:30 UTC of the first of February
        ("taken < 2024-02-01T01:30:00Z", False),
        ("taken = 2024-02-01T01:30:00Z", False),  # equality is of the text
        ("year > 2020-01-01", False),
        ("true", True),
        ("false", False),
    ],
)
def test_meaning(text: str, expected: bool):
    assert matches(parse_filter(text), _PHOTO) is expected


@pytest.mark.parametrize("text", ["2024", "20240131", "2024-13-01", "yesterday", "2024-01-31T", "2024-W05-3", ""])
def test_what_is_no_date_names_no_instant(text: str):
    assert instant(text) is None
