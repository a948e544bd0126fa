"""JSONL, CSV and Parquet manifests: columns become fields, ids and metadata; bad rows stop nothing."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from chiasm.documents import DocumentsConfig, FieldMapping
from chiasm.errors import ConfigError, SourceError, UnreadableMedia, UnsupportedMedia


def jsonl(files, *rows, name="m.jsonl"):
    return files.text(name, "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))


# ------------------------------------------------------------------------------------------------------ all formats

_ROWS = [
    {"id": "a", "text": "a red square", "image": "pictures/red.png", "year": 2020, "sold": True},
    {"id": "b", "text": "only words", "image": None, "year": 2021, "sold": False},
]


def _written(files, kind):
    if kind == "parquet":
        path = files.folder / "m.parquet"
        pq.write_table(pa.Table.from_pylist(_ROWS), path)
        return path
    if kind == "jsonl":
        return jsonl(files, *_ROWS)
    mark = {"csv": ",", "semicolon.csv": ";", "tsv": "\t", "pipe.csv": "|"}[kind]
    lines = [list(_ROWS[0]), *[["" if value is None else str(value) for value in row.values()] for row in _ROWS]]
    return files.text(f"m.{kind}", "\r\n".join(mark.join(line) for line in lines))


@pytest.mark.parametrize("kind", ["jsonl", "csv", "semicolon.csv", "pipe.csv", "tsv", "parquet"])
def test_every_format_gives_the_same_documents(kind, files, opened, taken):
    files.image("pictures/red.png")
    source = opened(_written(files, kind))
    (a, b), failures = taken(source)
    assert not failures
    assert (a.id, b.id) == ("a", "b")
    assert a.metadata == {"year": 2020, "sold": True}
    assert b.metadata == {"year": 2021, "sold": False}
    assert a.fields["text"][0].text() == "a red square"
    assert a.fields["image"][0].image().shape == (24, 32, 3)
    assert set(b.fields) == {"text"}
    assert abs(source.count_hint() - 2) <= 1
    assert a.stamp == taken(source)[0][0].stamp


def test_fields_are_mapped_to_columns(files, opened, taken):
    files.image("red.png")
    path = jsonl(files, {"sku": 7, "name": "square", "image_path": "red.png", "price": 9.5, "secret": "x"})
    config = DocumentsConfig.model_validate(
        {
            "id": "sku",
            "fields": {
                "title": {"column": "name", "modality": "text"},
                "photo": {"column": "image_path", "modality": "image"},
            },
            "metadata": {"exclude": ["secret"]},
        }
    )
    (document,), failures = taken(opened(path, config=config))
    assert not failures
    assert document.id == "7"
    assert {name: items[0].modality for name, items in document.fields.items()} == {"title": "text", "photo": "image"}
    assert document.metadata == {"price": 9.5}


def test_fields_and_id_can_be_given_without_a_configuration(files, opened, taken):
    path = jsonl(files, {"n": "one", "body": "words", "id": 3})
    (document,), _ = taken(opened(path, fields={"text": FieldMapping(column="body")}, id_field="n"))
    assert (document.id, document.metadata) == ("one", {"id": 3})


def test_only_included_columns_are_metadata(files, opened, taken):
    path = jsonl(files, {"text": "words", "a": 1, "b": 2})
    (document,), _ = taken(opened(path, config=DocumentsConfig.model_validate({"metadata": {"include": ["b"]}})))
    assert document.metadata == {"b": 2}


def test_a_text_column_may_hold_paths_of_texts(files, opened, taken):
    files.text("letters/one.md", "Dear reader")
    path = jsonl(files, {"letter": "letters/one.md"})
    fields = {"text": FieldMapping(column="letter", file=True)}
    (document,), _ = taken(opened(path, fields=fields))
    assert "Dear reader" in document.fields["text"][0].text()


def test_a_field_that_is_not_named_for_a_modality_needs_one(files, opened):
    with pytest.raises(ConfigError, match="needs one"):
        opened(jsonl(files, {"a": 1}), fields={"photo": FieldMapping(column="a")})


def test_including_and_excluding_at_once_is_refused():
    with pytest.raises(ValueError, match="give one of them"):
        DocumentsConfig.model_validate({"metadata": {"include": ["a"], "exclude": ["b"]}})


def test_a_list_in_a_row_is_several_items(files, opened, taken):
    files.image("red.png")
    files.image("blue.png", (0, 0, 200))
    path = jsonl(files, {"image": ["red.png", "blue.png"], "text": ["one", "two", ""]})
    (document,), _ = taken(opened(path))
    assert [item.name.rpartition("/")[2] for item in document.fields["image"]] == ["red.png", "blue.png"]
    assert [item.text() for item in document.fields["text"]] == ["one", "two"]


def test_the_column_title_is_the_documents_title(files, opened, taken):
    path = jsonl(files, {"id": 1, "text": "words", "title": "One"}, {"id": 2, "text": "words", "title": None})
    documents, _ = taken(opened(path))
    assert [document.title for document in documents] == ["One", "2"]
    assert documents[0].metadata == {"title": "One"}


def test_a_row_without_an_id_is_known_by_its_content(files, opened, taken):
    rows = [{"text": "one", "year": 1}, {"year": 1, "text": "one"}, {"text": "one", "year": 2}]
    (first, again, other), _ = taken(opened(jsonl(files, *rows)))
    assert first.id == again.id != other.id
    assert len(first.id) == 32


# -------------------------------------------------------------------------------------------------------- bad rows


def test_a_bad_line_is_reported_with_its_number_and_the_rest_goes_on(files, opened, taken):
    path = files.raw(
        "m.jsonl", b'{"id": 1, "text": "one"}\n{"id": 2,\n\n[1]\n{"text": "caf\xe9"}\n{"id": 3, "text": "three"}'
    )
    documents, failures = taken(opened(path))
    assert [document.id for document in documents] == ["1", "3"]
    assert [failure.where for failure in failures] == [f"{path}, line {number}" for number in (2, 4, 5)]
    assert ["not JSON" in str(failures[0].error), "no JSON object" in str(failures[1].error)] == [True, True]
    assert "not UTF-8" in str(failures[2].error)
    assert all(failure.hides("anything") for failure in failures)


def test_a_missing_file_is_reported_and_the_row_keeps_its_other_fields(files, opened, taken):
    path = jsonl(files, {"id": 1, "text": "words", "image": "gone.png"}, {"id": 2, "image": "gone.png"})
    (document,), failures = taken(opened(path))
    assert set(document.fields) == {"text"}
    assert [failure.id for failure in failures] == ["1", "2"]
    assert all(isinstance(failure.error, UnreadableMedia) for failure in failures)


def test_a_file_of_another_modality_is_reported(files, opened, taken):
    files.audio("bark.wav")
    documents, (failure,) = taken(opened(jsonl(files, {"id": 1, "image": "bark.wav"})))
    assert not documents
    assert isinstance(failure.error, UnsupportedMedia)
    assert "audio where image is due" in str(failure.error)


@pytest.mark.parametrize("url", ["http://example.org/a.png", "s3://a/b.png", "data:image/png;base64,AAAA"])
def test_urls_are_refused_and_not_fetched(url, files, opened, taken):
    documents, (failure,) = taken(opened(jsonl(files, {"id": 1, "image": url})))
    assert not documents
    assert "fetches nothing from the network" in str(failure.error)


def test_paths_may_be_absolute_or_lead_out_of_the_folder(files, opened, taken):
    outside = files.image("outside.png")
    path = jsonl(files, {"image": str(outside)}, {"image": "../outside.png"}, name="inner/m.jsonl")
    documents, failures = taken(opened(path))
    assert not failures
    assert [document.fields["image"][0].image().shape for document in documents] == [(24, 32, 3)] * 2


def test_a_row_with_nothing_in_its_fields_is_reported(files, opened, taken):
    path = jsonl(files, {"id": 1, "text": " "}, {"id": 2, "txet": "typo"}, {"id": 3, "text": "fine"})
    (document,), (blank, typo) = taken(opened(path))
    assert document.id == "3"
    assert "has nothing in 'text'" in str(blank.error)
    assert "no column is named text" in str(typo.error)
    assert (blank.id, typo.id) == ("1", "2")


@pytest.mark.parametrize("value", [None, "", [1], {"a": 1}])
def test_a_row_whose_id_is_none_is_reported(value, files, opened, taken):
    documents, (failure,) = taken(opened(jsonl(files, {"id": value, "text": "words"})))
    assert not documents
    assert "has no id" in str(failure.error)
    assert failure.hides("anything")


def test_texts_that_are_no_texts_are_reported(files, opened, taken):
    (document,), (failure,) = taken(opened(jsonl(files, {"id": 1, "text": {"a": 1}}, {"id": 2, "text": 5})))
    assert document.fields["text"][0].text() == "5"
    assert failure.id == "1"


# ---------------------------------------------------------------------------------------------------- bad manifests


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_missing_column_is_refused_with_the_nearest(kind, files, opened):
    path = _written(files, kind)
    with pytest.raises(SourceError, match=r"no column 'txet'.*Did you mean 'text'"):
        opened(path, fields={"text": FieldMapping(column="txet"), "image": FieldMapping(column="image")})
    with pytest.raises(SourceError, match="no column 'sku'"):
        opened(path, id_field="sku")
    with pytest.raises(SourceError, match=r"no column 'yaer'.*Did you mean 'year'"):
        opened(path, config=DocumentsConfig.model_validate({"metadata": {"include": ["yaer"]}}))


def test_a_column_that_json_lines_lack_so_far_is_noted(files, opened, taken):
    path = jsonl(files, {"id": 1, "text": "one"})
    source = opened(path, fields={"text": FieldMapping(column="text"), "image": FieldMapping(column="picture")})
    assert len(taken(source)[0]) == 1
    assert "no column 'picture'" in source.notes[0]
    with pytest.raises(SourceError, match=r"no column 'txt'.*Did you mean 'text'"):
        opened(path, fields={"text": FieldMapping(column="txt")})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.csv", b""),
        ("m.csv", b"\n\n"),
        ("m.csv", b"text,text\n1,2"),
        ("m.csv", b"a,b\n1,2"),
        ("m.jsonl", b""),
        ("m.jsonl", b"\xff\xfe{\x00}\x00"),
        ("m.jsonl", b"nonsense"),
        ("m.parquet", b"PAR1 not really"),
        ("m.parquet", b""),
    ],
)
def test_a_manifest_that_holds_no_documents_is_refused_at_once(name, content, files, opened):
    with pytest.raises(SourceError, match=name):
        opened(files.raw(name, content))


def test_unreadable_manifests_are_refused(other_user, opened):
    for name in ("m.csv", "m.jsonl", "m.parquet"):
        path = other_user.text(name, '{"text": "words"}')
        path.chmod(0)
        with pytest.raises(SourceError, match="cannot be read"):
            opened(path)


def test_a_parquet_file_damaged_inside_gives_what_can_be_read_and_says_so(files, opened, taken):
    path = files.folder / "m.parquet"
    rows = [{"id": number, "text": f"row {number}"} for number in range(2000)]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=500, compression="snappy")
    data = bytearray(path.read_bytes())
    start = pq.ParquetFile(path).metadata.row_group(2).column(1).data_page_offset
    data[start : start + 3000] = bytes(3000)
    path.write_bytes(data)
    documents, (failure,) = taken(opened(path))
    assert 500 <= len(documents) < 1500
    assert failure.hides("1999")
    assert "cannot be read after row" in str(failure.error)


# -------------------------------------------------------------------------------------------------------------- CSV


def test_csv_cells_may_hold_delimiters_quotes_and_line_breaks(files, opened, taken):
    path = files.text("m.csv", 'id,text\n1,"a, ""b""\nand c"\n2,d\n')
    (one, two), _ = taken(opened(path))
    assert one.fields["text"][0].text() == 'a, "b"\nand c'
    assert two.id == "2"


def test_csv_rows_that_are_too_long_are_reported_with_their_line(files, opened, taken):
    path = files.text("m.csv", 'id,text\n1,"a\nb"\n2,x,y,z\n3\n\n4,ok,,\n')
    documents, failures = taken(opened(path))
    assert [document.id for document in documents] == ["1", "4"]
    assert [failure.where.rpartition(", ")[2] for failure in failures] == ["line 4", "line 5"]
    assert "4 cells and the header 2" in str(failures[0].error)


def test_csv_columns_of_numbers_are_numbers_and_mixed_ones_texts(files, opened, taken):
    path = files.text(
        "m.csv",
        "id,text,year,price,sku,zip,draft,note,phone\n"
        "007,2020,2020,9.50,12,01234,true,,+49 1\n"
        "8,1.50,-3,1e3,A12,99999,False,x,5\n",
    )
    (one, two), _ = taken(opened(path))
    assert (one.id, two.id) == ("007", "8")
    assert two.fields["text"][0].text() == "1.50"
    assert one.metadata == {
        "year": 2020, "price": 9.5, "sku": "12", "zip": "01234", "draft": True, "note": None, "phone": "+49 1",
    }  # fmt: skip
    assert two.metadata["price"] == 1000.0
    assert two.metadata["draft"] is False


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_in_unicode_is_read_whatever_its_form(encoding, files, opened, taken):
    path = files.raw("m.csv", "id,text\n1,größe 😀\n".encode(encoding))
    source = opened(path)
    (document,), _ = taken(source)
    assert document.fields["text"][0].text() == "größe 😀"
    assert not source.notes


def test_csv_in_windows_1252_is_read_and_noted(files, opened, taken):
    path = files.raw("m.csv", "id;text\n1;größe 5 €\n".encode("cp1252"))
    source = opened(path)
    (document,), _ = taken(source)
    assert document.fields["text"][0].text() == "größe 5 €"
    assert "read as Windows-1252" in source.notes[0]


def test_csv_in_a_named_encoding(files, opened, taken):
    path = files.raw("m.csv", "id,text\n1,привет\n".encode("koi8-r"))
    (document,), _ = taken(opened(path, config=DocumentsConfig(encoding="koi8-r")))
    assert document.fields["text"][0].text() == "привет"
    with pytest.raises(SourceError, match="klingon"):
        opened(path, config=DocumentsConfig(encoding="klingon"))


def test_one_row_in_another_encoding_is_reported_and_the_rest_goes_on(files, opened, taken):
    lines = ["id,text", *[f"{number},{'word ' * 50}" for number in range(10_000)]]
    path = files.raw("m.csv", "\n".join(lines).encode() + b"\nlast,caf\xe9\nmore,fine\n")
    source = opened(path)
    documents, (failure,) = taken(source)
    assert documents[-1].id == "more"
    assert len(documents) == 10_001
    assert failure.where.endswith("line 10002")
    assert abs(source.count_hint() - 10_002) < 500


def test_a_ragged_file_is_cut_at_the_commas_of_its_header(files, opened, taken):
    path = files.text("m.csv", "id,text\n1,a;b\n2\n3,c,d\n")
    documents, failures = taken(opened(path))
    assert [document.id for document in documents] == ["1"]
    assert len(failures) == 2


# ---------------------------------------------------------------------------------------------------------- Parquet


def test_parquet_values_become_json(files, opened, taken):
    path = files.folder / "m.parquet"
    table = pa.table(
        {
            "id": ["a"],
            "text": ["words"],
            "taken": [datetime(2024, 1, 31, 18, tzinfo=UTC)],
            "day": [date(2024, 1, 31)],
            "price": [Decimal("9.50")],
            "whole": [Decimal("9.00")],
            "share": [float("nan")],
            "tags": [["dog", "rain"]],
            "camera": [{"mm": 35}],
            "none": pa.nulls(1),
        }
    )
    pq.write_table(table, path)
    (document,), failures = taken(opened(path))
    assert not failures
    assert document.metadata == {
        "taken": "2024-01-31T18:00:00+00:00",
        "day": "2024-01-31",
        "price": 9.5,
        "whole": 9,
        "share": None,
        "tags": ["dog", "rain"],
        "camera": {"mm": 35},
        "none": None,
    }


def test_parquet_may_hold_the_files_themselves(files, opened, taken):
    buffer = io.BytesIO()
    Image.new("RGB", (9, 7)).save(buffer, "JPEG")
    data = buffer.getvalue()
    path = files.folder / "m.parquet"
    rows = [
        {"id": "a", "image": {"bytes": data, "path": "x.jpg"}},
        {"id": "b", "image": {"bytes": b"junk", "path": ""}},
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)
    (document,), (failure,) = taken(opened(path))
    assert document.fields["image"][0].image().shape == (7, 9, 3)
    assert failure.id == "b"


def test_parquet_columns_of_bytes_that_no_field_asks_for_are_left_out_and_noted(files, opened, taken):
    path = files.folder / "m.parquet"
    pq.write_table(pa.table({"text": ["words"], "thumb": [b"\x00\x01"], "year": [2020]}), path)
    source = opened(path)
    (document,), _ = taken(source)
    assert document.metadata == {"year": 2020}
    assert "'thumb' holds bytes" in source.notes[0]


def test_a_missing_pyarrow_names_the_extra(files, opened, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(SourceError, match=r"chiasm\[tables\]"):
        opened(files.raw("m.parquet", b"PAR1"))


# ----------------------------------------------------------------------------------------------------------- stamps


def test_the_stamp_of_a_row_changes_with_the_row_and_with_its_files(files, opened, taken):
    files.image("red.png")

    def stamps(*rows):
        return [document.stamp for document in taken(opened(jsonl(files, *rows)))[0]]

    row = {"id": 1, "image": "red.png", "year": 1}
    first = stamps(row)
    assert stamps(row) == first
    assert stamps(row | {"year": 2}) != first
    files.image("red.png", (1, 2, 3), kind="BMP")
    assert stamps(row) != first
