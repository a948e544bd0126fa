"""Folders as sources: what becomes one document, what is passed over, and what is reported."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from chiasm.errors import SourceError, UnreadableMedia, UnsupportedMedia


def test_files_that_share_a_stem_are_one_document(files, opened, taken):
    files.image("dog.png")
    files.text("dog.txt")
    files.audio("dog.wav")
    files.text("cat.md", "# A cat")
    documents, failures = taken(opened(files.folder))
    assert not failures
    cat, dog = documents
    assert dog.id == f"{files.folder}/dog"
    assert {name: [item.name for item in items] for name, items in dog.fields.items()} == {
        "audio": [f"{files.folder}/dog.wav"],
        "image": [f"{files.folder}/dog.png"],
        "text": [f"{files.folder}/dog.txt"],
    }
    assert (dog.title, cat.title) == ("dog", "cat.md")
    assert cat.fields["text"][0].text().strip().endswith("A cat")


def test_several_files_of_one_modality_are_a_list_in_order_of_name(files, opened, taken):
    for name in ("a.txt", "a.md", "a.html"):
        files.text(name, "words")
    (document,), _ = taken(opened(files.folder))
    assert [Path(item.name).name for item in document.fields["text"]] == ["a.html", "a.md", "a.txt"]


def test_documents_come_folder_by_folder_in_the_same_order_each_time(files, opened, taken):
    for name in ("b/z.txt", "b/a.txt", "c.txt", "a/deep/x.txt", "a.b.txt", "a.txt"):
        files.text(name)
    source = opened(files.folder)
    ids = [document.id.removeprefix(f"{files.folder}/") for document in taken(source)[0]]
    assert ids == ["a", "a.b", "c", "a/deep/x", "b/a", "b/z"]
    assert [document.id for document in taken(source)[0]] == [f"{files.folder}/{each}" for each in ids]


def test_metadata_tells_names_folder_suffix_time_and_size(files, opened, taken):
    path = files.text("notes/day one.txt", "12345")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (document,), _ = taken(opened(files.folder))
    assert document.metadata == {
        "file name": "day one.txt",
        "folder": f"{files.folder}/notes",
        "suffix": ".txt",
        "modified": "2023-11-14T22:13:20+00:00",
        "bytes": 5,
    }


def test_metadata_of_several_files_lists_names_and_adds_sizes(files, opened, taken):
    files.text("dog.txt", "123")
    size = files.image("dog.png").stat().st_size
    (document,), _ = taken(opened(files.folder))
    assert document.metadata["file name"] == ["dog.png", "dog.txt"]
    assert document.metadata["suffix"] == [".png", ".txt"]
    assert document.metadata["bytes"] == size + 3


def test_a_json_file_beside_a_document_is_its_metadata(files, opened, taken):
    files.image("dog.png")
    files.text("dog.json", json.dumps({"year": 2021, "tags": ["dog", "rain"], "camera": {"mm": 35}, "folder": "mine"}))
    source = opened(files.folder)
    (document,), failures = taken(source)
    assert not failures
    assert document.metadata["year"] == 2021
    assert document.metadata["camera"] == {"mm": 35}
    assert document.metadata["folder"] == "mine"
    assert document.metadata["file name"] == "dog.png"
    assert not source.skipped


def test_metadata_may_give_the_title(files, opened, taken):
    files.image("dog.png")
    files.text("dog.json", '{"title": "Our dog"}')
    (document,), _ = taken(opened(files.folder))
    assert document.title == "Our dog"


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe", b"", b"[" * 100_000])
def test_a_malformed_metadata_file_is_reported_and_the_document_still_comes(content, files, opened, taken):
    files.image("dog.png")
    files.raw("dog.json", content)
    (document,), (failure,) = taken(opened(files.folder))
    assert set(document.fields) == {"image"}
    assert failure.id == document.id
    assert "dog.json" in str(failure.error)


def test_not_a_number_in_metadata_becomes_null(files, opened, taken):
    files.image("dog.png")
    files.raw("dog.json", b'{"share": NaN, "deep": [Infinity, 1]}')
    (document,), _ = taken(opened(files.folder))
    assert document.metadata["share"] is None
    assert document.metadata["deep"] == [None, 1]


def test_hidden_files_and_folders_and_stores_are_passed_over(files, opened, taken):
    files.text("seen.txt")
    files.text(".hidden.txt")
    files.text(".git/config.txt")
    files.text("library/chiasm.json", "{}")
    files.text("library/segments/data.txt")
    source = opened(files.folder)
    documents, failures = taken(source)
    assert [document.title for document in documents] == ["seen.txt"]
    assert not failures
    assert not source.skipped


def test_a_store_is_refused_as_a_source(files, opened):
    files.text("chiasm.json", "{}")
    with pytest.raises(SourceError, match="is a chiasm store"):
        opened(files.folder)


def test_files_of_other_types_are_counted_by_suffix_and_named_no_failures(files, opened, taken):
    files.text("seen.txt")
    files.raw("a.zip", b"PK\x03\x04" + bytes(60))
    files.raw("b.ZIP", b"PK\x03\x04" + bytes(60))
    files.raw("program", b"\x7fELF" + bytes(range(200)))
    files.raw("empty.dat", b"")
    files.text("alone.json", "{}")
    source = opened(files.folder)
    documents, failures = taken(source)
    assert (len(documents), failures) == (1, [])
    assert source.skipped == {".zip": 2, "no suffix": 1, ".dat": 1, ".json": 1}
    list(source)
    assert source.skipped.total() == 5, "counts are of one walk"


def test_a_document_with_one_bad_file_keeps_its_other_fields(files, opened, taken):
    files.text("dog.txt")
    files.raw("dog.jpg", b"")
    (document,), (failure,) = taken(opened(files.folder))
    assert set(document.fields) == {"text"}
    assert failure.id == document.id
    assert isinstance(failure.error, UnreadableMedia)
    assert failure.where == f"{files.folder}/dog.jpg"


def test_a_program_named_as_a_picture_is_reported(files, opened, taken):
    files.raw("holiday.jpg", b"\x7fELF" + bytes(range(200)))
    documents, (failure,) = taken(opened(files.folder))
    assert not documents
    assert isinstance(failure.error, UnsupportedMedia)
    assert "though its name ends in .jpg" in str(failure.error)
    assert failure.hides(f"{files.folder}/holiday")


def test_a_png_named_jpg_is_taken_for_what_it_is(files, opened, taken):
    files.image("really.jpg", kind="PNG")
    (document,), failures = taken(opened(files.folder))
    assert not failures
    assert document.fields["image"][0].media_type == "image/png"


# ------------------------------------------------------------------------------------------------------ odd names


@pytest.mark.parametrize(
    "stem",
    ["two words", "line\nbreak", "😀 smile", "naïve", "e\u0301", "-rf", "a'b\"c", "100%", "a.tar", "tab\t", "end. "],
)
def test_names_with_any_character_are_documents(stem, files, opened, taken):
    files.text(f"{stem}.txt", "found")
    (document,), failures = taken(opened(files.folder))
    assert not failures
    assert document.id == f"{files.folder}/{stem}"
    assert document.fields["text"][0].text() == "found"


def test_names_that_are_not_utf_8_have_printable_ids_of_their_own(files, opened, taken):
    for name in (b"caf\xe9.txt", b"caf\xe8.txt", b"caf\\xe9.txt", "café.txt".encode()):
        Path(os.fsdecode(os.fsencode(files.folder) + b"/" + name)).write_text("coffee")
    documents, failures = taken(opened(files.folder))
    assert not failures
    ids = {document.id.removeprefix(f"{files.folder}/") for document in documents}
    assert ids == {r"caf\xe9", r"caf\xe8", r"caf\\xe9", "café"}
    for document in documents:
        json.dumps([document.id, document.title, document.metadata]).encode()
        assert document.fields["text"][0].text() == "coffee"


# ---------------------------------------------------------------------------------------------------------- links


def test_a_link_to_a_folder_above_is_reported_and_not_followed(files, opened, taken):
    files.text("a/b/seen.txt")
    (files.folder / "a/b/up").symlink_to(files.folder / "a", target_is_directory=True)
    (files.folder / "a/b/self").symlink_to(".", target_is_directory=True)
    documents, failures = taken(opened(files.folder))
    assert [document.id for document in documents] == [f"{files.folder}/a/b/seen"]
    assert {Path(failure.where).name for failure in failures} == {"up", "self"}
    assert all("leads back to" in str(failure.error) for failure in failures)


def test_links_between_folders_give_each_file_once_under_its_own_name(files, opened, taken):
    files.text("z/real.txt")
    files.text("y/other.txt")
    (files.folder / "a").symlink_to(files.folder / "z", target_is_directory=True)
    (files.folder / "z/to y").symlink_to(files.folder / "y", target_is_directory=True)
    (files.folder / "y/to z").symlink_to(files.folder / "z", target_is_directory=True)
    documents, failures = taken(opened(files.folder))
    assert [document.id for document in documents] == [f"{files.folder}/y/other", f"{files.folder}/z/real"]
    assert not failures


def test_links_to_folders_and_files_elsewhere_are_followed(files, opened, taken, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "far.txt").write_text("far")
    (files.folder / "linked").symlink_to(elsewhere, target_is_directory=True)
    (files.folder / "alias.txt").symlink_to(elsewhere / "far.txt")
    documents, failures = taken(opened(files.folder))
    assert [document.id for document in documents] == [f"{files.folder}/alias", f"{files.folder}/linked/far"]
    assert not failures


def test_links_that_lead_nowhere_or_in_a_circle_are_reported(files, opened, taken):
    files.text("seen.txt")
    (files.folder / "gone.jpg").symlink_to(files.folder / "missing.jpg")
    (files.folder / "one.jpg").symlink_to(files.folder / "two.jpg")
    (files.folder / "two.jpg").symlink_to(files.folder / "one.jpg")
    documents, failures = taken(opened(files.folder))
    assert len(documents) == 1
    assert {Path(failure.where).name for failure in failures} == {"gone.jpg", "one.jpg", "two.jpg"}
    assert all(failure.hides(failure.id) for failure in failures)


def test_the_root_has_one_key_and_its_documents_one_id_by_whichever_link_it_is_named(files, opened, taken, tmp_path):
    files.text("a.txt")
    (tmp_path / "alias").symlink_to(files.folder, target_is_directory=True)
    direct, linked = opened(files.folder), opened(str(tmp_path / "alias"))
    assert direct.key == linked.key == str(files.folder)
    assert taken(direct)[0][0].id == taken(linked)[0][0].id


# -------------------------------------------------------------------------------------------------------- trouble


def test_unreadable_files_and_folders_are_reported_and_hide_what_may_be_there(other_user, opened, taken):
    other_user.text("seen.txt")
    other_user.text("secret.txt").chmod(0)
    other_user.text("closed/inside.txt").parent.chmod(0)
    documents, failures = taken(opened(other_user.folder))
    assert [document.title for document in documents] == ["seen.txt"]
    by_name = {Path(failure.where).name: failure for failure in failures}
    assert set(by_name) == {"secret.txt", "closed"}
    assert by_name["secret.txt"].hides(f"{other_user.folder}/secret")
    assert by_name["closed"].hides(f"{other_user.folder}/closed/inside")
    assert not by_name["closed"].hides(f"{other_user.folder}/closed door")


def test_pipes_and_sockets_are_not_opened(files, opened, taken):
    files.text("seen.txt")
    os.mkfifo(files.folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listener:
        before = Path.cwd()
        os.chdir(files.folder)  # a socket's path has to be short
        try:
            listener.bind("socket.txt")
        finally:
            os.chdir(before)
        documents, failures = taken(opened(files.folder))
    assert [document.title for document in documents] == ["seen.txt"]
    assert not failures


def test_a_folder_that_went_away_is_an_error_and_not_an_empty_folder(files, opened):
    source = opened(files.folder)
    files.folder.rmdir()
    with pytest.raises(SourceError, match="no longer there"):
        list(source)


def test_a_folder_of_a_thousand_levels_is_walked_through(files, opened, taken):
    descriptor = os.open(files.folder, os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("d", dir_fd=descriptor)
        inner = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    files.text("d/d/d/deep.txt")
    try:
        source = opened(files.folder)
        assert source.count_hint() == 1
        documents, failures = taken(source)
    finally:  # pytest's own way to remove folders cannot go that deep
        subprocess.run(["rm", "-rf", files.folder / "d"], check=True)
    assert len(documents) == 1
    assert not failures


# ----------------------------------------------------------------------------------------------- stamps and counts


def test_the_stamp_changes_with_a_files_content_time_and_company_only(files, opened, taken):
    path = files.text("dog.txt", "one")

    def stamp() -> str | None:
        return taken(opened(files.folder))[0][0].stamp

    seen = [stamp()]
    assert stamp() == seen[0]
    path.write_text("longer")
    seen.append(stamp())
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    seen.append(stamp())
    files.image("dog.png")
    seen.append(stamp())
    files.text("dog.json", "{}")
    seen.append(stamp())
    assert len(set(seen)) == 5
    files.text("cat.txt")
    assert taken(opened(files.folder))[0][1].stamp == seen[-1]


def test_the_count_hint_is_of_documents(files, opened):
    for name in ("a.txt", "a.png", "b/c.txt", ".hidden.txt", "store/chiasm.json", "store/x.txt"):
        files.text(name)
    assert opened(files.folder).count_hint() == 2


# ---------------------------------------------------------------------------------------------------- single files


def test_a_file_stands_for_its_document_with_the_files_beside_it(files, opened, taken):
    files.image("dog.png")
    files.text("dog.txt")
    files.text("dogs.txt")
    source = opened(files.folder / "dog.png")
    (document,), failures = taken(source)
    assert not failures
    assert source.key == document.id == f"{files.folder}/dog"
    assert set(document.fields) == {"image", "text"}
    assert document.stamp == taken(opened(files.folder))[0][0].stamp
    assert source.count_hint() == 1


def test_a_file_that_was_asked_for_is_never_merely_passed_over(files, opened, taken):
    path = files.raw("a.zip", b"PK\x03\x04" + bytes(60))
    documents, (failure,) = taken(opened(path))
    assert not documents
    assert isinstance(failure.error, UnsupportedMedia)


def test_a_metadata_file_alone_is_reported(files, opened, taken):
    documents, (failure,) = taken(opened(files.text("dog.json", "{}")))
    assert not documents
    assert "what it is about" in str(failure.error)


def test_a_hidden_file_is_taken_when_it_is_asked_for(files, opened, taken):
    (document,), _ = taken(opened(files.text(".note.txt")))
    assert document.title == ".note.txt"


def test_a_path_that_does_not_exist_is_refused_with_the_nearest(files, opened):
    files.text("holiday.txt")
    with pytest.raises(SourceError, match=r"Did you mean 'holiday.txt'"):
        opened(files.folder / "holyday.txt")
    with pytest.raises(SourceError, match="there is no folder"):
        opened(files.folder / "nowhere/holiday.txt")


@pytest.mark.parametrize("url", ["https://example.org/a.jpg", "s3://bucket/a"])
def test_a_url_is_refused(url, opened):
    with pytest.raises(SourceError, match="fetches nothing"):
        opened(url)
