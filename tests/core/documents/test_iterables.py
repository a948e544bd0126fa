"""Python iterables as sources."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from chiasm.documents import FieldMapping
from chiasm.errors import SourceError, UnsupportedMedia
from chiasm.media import Audio, Document, Item


def test_documents_are_taken_as_they_are(opened, taken):
    document = Document("a", {"text": [Item.of_text("words")]})
    source = opened([document], name="letters")
    assert taken(source) == ([document], [])
    assert (source.key, source.count_hint()) == ("letters", 1)
    assert taken(opened(document))[0] == [document]


def test_mappings_hold_values_in_memory(opened, taken):
    pixels = np.full((4, 6, 3), 7, np.uint8)
    samples = np.array([0, 0.5, -0.5], np.float32)
    row = {"id": "a", "text": "words", "image": pixels, "audio": (samples, 8000), "year": np.int32(2020)}
    (document,), failures = taken(opened([row]))
    assert not failures
    assert document.metadata == {"year": 2020}
    assert type(document.metadata["year"]) is int
    np.testing.assert_array_equal(document.fields["image"][0].image(), pixels)
    sound = document.fields["audio"][0].audio(8000)
    np.testing.assert_array_equal(sound.samples, samples)


@pytest.mark.parametrize(
    "sound",
    [
        Audio(np.array([0, 0.5, -1], np.float32), 8000),
        (np.array([0, 16384, -32768], np.int16), 8000),
        (np.array([128, 192, 0], np.uint8), np.int64(8000)),
        (np.array([0, 0.5, -1]), 8000),
        {"array": np.array([0, 0.5, -1]), "sampling_rate": 8000, "path": None},
    ],
)
def test_sound_in_memory_has_many_forms_and_one_scale(sound, opened, taken):
    (document,), failures = taken(opened([{"audio": sound}]))
    assert not failures
    given = document.fields["audio"][0].audio(8000)
    assert given.samples.dtype == np.float32
    np.testing.assert_allclose(given.samples, [0, 0.5, -1])


def test_pil_pictures_are_rgb_arrays(opened, taken):
    (document,), _ = taken(opened([{"image": Image.new("L", (5, 3), 9)}]))
    assert document.fields["image"][0].image().shape == (3, 5, 3)


def test_bytes_are_files(opened, taken):
    buffer = io.BytesIO()
    Image.new("RGB", (9, 7)).save(buffer, "PNG")
    (document,), _ = taken(opened([{"image": buffer.getvalue()}]))
    assert document.fields["image"][0].image().shape == (7, 9, 3)


def test_a_str_is_a_text_in_a_text_field_and_a_path_elsewhere(files, opened, taken):
    picture, letter = files.image("red.png"), files.text("letter.txt", "dear")
    rows = [{"text": str(letter), "image": str(picture)}, {"text": letter, "image": picture}]
    (one, two), failures = taken(opened(rows))
    assert not failures
    assert one.fields["text"][0].text() == str(letter)
    assert two.fields["text"][0].text() == "dear"
    assert one.fields["image"][0].image().shape == two.fields["image"][0].image().shape == (24, 32, 3)


def test_paths_stand_for_what_they_hold(files, opened, taken):
    files.text("folder/one.txt")
    files.raw("folder/x.bin", bytes(range(255)))
    picture = files.image("red.png")
    manifest = files.text("m.csv", "id,text\nrow,words")
    source = opened([files.folder / "folder", picture, manifest])
    documents, failures = taken(source)
    assert not failures
    assert [document.id for document in documents] == [f"{files.folder}/folder/one", f"{files.folder}/red", "row"]
    assert source.skipped == {".bin": 1}


def test_items_are_documents_of_their_own(files, opened, taken):
    items = [Item.of_text("one"), Item.of_text("one"), Item.of_text("two"), Item.from_path(files.image("red.png"))]
    documents, _ = taken(opened(items))
    assert documents[0].id == documents[1].id != documents[2].id
    assert set(documents[3].fields) == {"image"}


def test_a_data_frame_gives_its_rows(opened, taken):
    frame = pd.DataFrame(
        {
            "id": ["a", "b"],
            "text": ["words", None],
            "year": [2020, None],
            "taken": pd.to_datetime(["2024-01-31", None]),
            "kind": pd.Series(["x", None], dtype="string"),
        }
    )
    source = opened(frame)
    (document,), (failure,) = taken(source)
    assert document.metadata == {"year": 2020, "taken": "2024-01-31T00:00:00", "kind": "x"}
    assert failure.id == "b"
    assert source.count_hint() == 2


def test_mappings_are_read_with_the_configured_fields(opened, taken):
    fields = {"title": FieldMapping(column="name", modality="text")}
    (document,), _ = taken(opened([{"sku": 1, "name": "square", "text": "kept"}], fields=fields, id_field="sku"))
    assert document.id == "1"
    assert document.fields["title"][0].text() == "square"
    assert document.metadata == {"text": "kept"}


def test_rows_of_equal_content_have_equal_ids(opened, taken):
    rows = [
        {"image": np.zeros((2, 2, 3), np.uint8)},
        {"image": np.zeros((2, 2, 3), np.uint8)},
        {"image": np.zeros((1, 4, 3), np.uint8)},
    ]
    (one, two, three), _ = taken(opened(rows))
    assert one.id == two.id != three.id


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("a.jpg", "could be a text or a path"),
        (3, "a int is no document"),
        (Path("/nowhere/at/all.jpg"), "no folder"),
        ({"image": "https://example.org/a.png"}, "fetches nothing"),
        ({"image": np.zeros((2, 2), np.uint8)}, "uint8 [H, W, 3]"),
        ({"audio": np.zeros(9, np.float32)}, "needs its rate"),
        ({"audio": (np.zeros((9, 2), np.float32), 8000)}, "one channel"),
        ({"audio": (np.zeros(9, np.float32), 0)}, "0 Hz"),
        ({"audio": (np.array([np.nan], np.float32), 8000)}, "finite"),
        ({"image": {"url": "x"}}, "'bytes' or 'path' is due"),
        ({"id": 1, "image": object()}, "type object is no image"),
        ({"image": object()}, "none can be made of its values: a value of type object has no digest"),
        ({"image": Item.of_text("words")}, "text where image is due"),
        ({"id": 1, "text": "words", "extra": object()}, "metadata cannot hold object"),
        ({"words": "no field"}, "no column is named text"),
        ({}, "no column is named text"),
    ],
)
def test_a_bad_entry_is_reported_and_the_rest_goes_on(entry, says, opened, taken):
    documents, (failure,) = taken(opened([{"id": "before", "text": "x"}, entry, {"id": "after", "text": "y"}]))
    assert [document.id for document in documents] == ["before", "after"]
    assert says in str(failure.error)
    assert "entry 2" in str(failure.where)


@pytest.mark.parametrize("row", [{"id": 1, "text": "x"}, {"text": "x"}])
def test_metadata_without_end_is_refused(row, opened, taken):
    endless: dict[str, object] = {}
    endless["self"] = endless
    documents, (failure,) = taken(opened([row | {"extra": endless}]))
    assert not documents
    assert "nested more than" in str(failure.error)


def test_an_iterator_is_walked_through_once(opened):
    source = opened({"text": text} for text in ("one", "two"))
    assert source.count_hint() is None
    assert len(list(source)) == 2
    with pytest.raises(SourceError, match="walked through already"):
        list(source)


def test_a_list_is_walked_through_as_often_as_wanted(opened):
    source = opened([{"text": "one"}])
    assert [len(list(source)) for _ in range(2)] == [1, 1]


def test_what_the_iterable_raises_is_not_hidden(opened):
    def failing():
        yield {"text": "one"}
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        list(opened(failing()))


@pytest.mark.parametrize("source", [b"bytes", 3, None])
def test_what_is_no_source_is_refused(source, opened):
    with pytest.raises(SourceError, match="no source of documents"):
        opened(source)


def test_an_unsupported_file_in_a_mapping_is_reported(files, opened, taken):
    path = files.raw("a.bin", bytes(range(255)))
    _, (failure,) = taken(opened([{"image": path}]))
    assert isinstance(failure.error, UnsupportedMedia)
