"""Passages: nothing of a text is lost, no passage is too long, and borders fall where sentences end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chiasm import Item
from chiasm.media import CharSpan
from chiasm_plugins.translators.passages import PassagesTranslator
from chiasm_plugins.translators.passages_params import PassagesParams


def passages(text, **params):
    return list(PassagesTranslator(PassagesParams(**params)).stream(Item.of_text(text)))


def test_a_text_that_fits_is_one_passage_without_a_span():
    [item] = passages("  A short note.  ")
    assert (item.value, item.span) == ("A short note.", None)


def test_a_long_text_is_cut_where_sentences_end():
    sentences = [f"This is sentence number {n} of the text." for n in range(40)]
    for item in passages(" ".join(sentences), max_characters=200, overlap=0):
        assert item.value.endswith(".") and item.value.startswith("This")


def test_the_quotes_that_close_a_sentence_stay_with_it():
    items = passages('He said "so it is." ' * 30, max_characters=60, overlap=0)
    assert all(item.value.endswith('."') for item in items)


def test_passages_overlap_by_whole_sentences():
    text = " ".join(f"Sentence {n:02} here." for n in range(40))
    items = passages(text, max_characters=100, overlap=40)
    for before, after in pairwise(items):
        assert after.span.start < before.span.end
        assert after.value.startswith("Sentence")


@pytest.mark.parametrize("text", ["一句话。" * 100, "कुछ।" * 200, "x" * 5000, "no end " * 1000])
def test_texts_without_spaces_or_latin_sentence_ends_are_cut_too(text):
    items = passages(text, max_characters=120, overlap=0)
    assert len(items) > 1
    assert "".join(item.value.replace(" ", "") for item in items) == text.replace(" ", "")


def test_white_space_alone_gives_nothing():
    assert passages(" \n\t ") == []
    assert passages(" \n" * 2000) == []


def test_twenty_megabytes_are_streamed():
    text = "One more sentence of a very long text. " * 500_000
    stream = PassagesTranslator(PassagesParams()).stream(Item.of_text(text))
    first = next(stream)
    assert first.span == CharSpan(0, len(first.value))
    assert sum(1 for _ in stream) > 19_000


def test_an_overlap_that_would_stand_still_is_refused():
    with pytest.raises(ValidationError, match="half of max_characters"):
        PassagesParams(max_characters=100, overlap=90)


@given(st.text(alphabet="ab. \n!。x", max_size=600), st.integers(50, 120), st.integers(0, 25))
def test_every_character_but_white_space_is_in_a_passage_and_spans_tell_where(text, most, overlap):
    items = passages(text, max_characters=most, overlap=overlap)
    covered = set()
    for item in items:
        assert 0 < len(item.value) <= most
        if item.span:
            assert text[item.span.start : item.span.end] == item.value
            covered.update(range(item.span.start, item.span.end))
    if len(text) > most:
        # Quotes and brackets apart, which this alphabet lacks, only white space stands between passages.
        assert all(text[at].isspace() for at in set(range(len(text))) - covered)


def test_texts_whose_characters_are_tokens_get_shorter_passages():
    assert all(len(item.value) <= 250 for item in passages("今天天气很好我们去公园。" * 200))


def test_lines_without_sentences_are_cut_at_line_ends():
    lines = [f"entry {n:04} without a full stop" for n in range(300)]
    for item in passages("\n".join(lines), overlap=0):
        assert set(item.value.split("\n")) <= set(lines)


def test_an_accent_stays_with_its_letter():
    for item in passages("e\u0301" * 999, max_characters=101, overlap=0):
        assert item.value.startswith("e")


def test_a_passage_keeps_the_name_of_its_file(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("A sentence of it. " * 200)
    items = list(PassagesTranslator(PassagesParams()).stream(Item.from_path(path)))
    assert {item.name for item in items} == {str(path)}
    assert {item.provenance.producer for item in items} == {"passages"}
