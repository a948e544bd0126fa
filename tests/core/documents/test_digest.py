"""Digests of content: equal for equal content, and only then."""

from __future__ import annotations

import hashlib
import tracemalloc

import numpy as np
import pytest

from chiasm.documents import content_digest
from chiasm.documents.digest import row_digest
from chiasm.errors import SourceError, UnreadableMedia
from chiasm.media import Document, Item, TimeSpan
from chiasm.media.source import Source


def document(*items: Item, field: str = "f", **metadata: object) -> Document:
    return Document("id", {field: list(items)}, metadata, title="t")


def test_every_part_of_the_content_counts():
    pixels = np.zeros((2, 2, 3), np.uint8)
    documents = [
        document(),
        document(Item.of_text("a")),
        document(Item.of_text("b")),
        document(Item.of_text("a"), Item.of_text("b")),
        document(Item.of_text("ab")),
        document(Item.of_text("a"), field="g"),
        document(Item.of_text("a"), year=1),
        document(Item.of_text("a"), year="1"),
        document(Item.of_text("a"), year=1.0),
        document(Item.of_text("a"), year=True),
        document(Item.of_text("a"), year=None),
        document(Item.of_text("a"), year=[]),
        document(Item.of_text("a"), years=[[1], [2]]),
        document(Item.of_text("a"), years=[[1, 2]]),
        document(Item("text", "a", span=TimeSpan(0, 1))),
        document(Item.of_image(pixels)),
        document(Item.of_image(pixels.reshape(1, 4, 3))),
        document(Item.of_image(pixels + np.uint8(1))),
        document(Item.of_audio(np.zeros(3, np.float32), 8000)),
        document(Item.of_audio(np.zeros(3, np.float32), 16000)),
        document(Item("blob", source=Source(data=b"x"))),
        document(Item("blob", source=Source(data=b"x")), Item("blob", source=Source(data=b""))),
        Document("id", {}, title="other"),
    ]
    assert len({content_digest(each) for each in documents}) == len(documents)


def test_id_place_and_order_of_names_do_not_count(tmp_path):
    (tmp_path / "one").write_bytes(b"content")
    (tmp_path / "two").write_bytes(b"content")
    sources = [Source(path=tmp_path / "one"), Source(path=tmp_path / "two"), Source(data=b"content")]
    digests = {content_digest(Document(str(at), {"f": [Item("x", source=at)]}, title="t")) for at in sources}
    assert len(digests) == 1
    assert row_digest({"a": 1, "b": 2}) == row_digest({"b": 2, "a": 1})


def test_the_digest_is_the_same_in_every_process():
    assert row_digest({"a": [1, "x", None, 0.5]}) == "d9b25494c5701ac5fe586a6e52727286"
    assert row_digest({"a": np.arange(3, dtype=np.uint8)}) == "8cd44a511f9b4b9db541520aa26ece7f"


def test_a_large_file_is_read_in_pieces(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as stream:
        stream.truncate(64 * 1024**2)
    tracemalloc.start()
    content_digest(document(Item("x", source=Source(path=path))))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * 1024**2


def test_a_file_that_is_gone_is_unreadable(tmp_path):
    with pytest.raises(UnreadableMedia):
        content_digest(document(Item("x", source=Source(path=tmp_path / "gone"))))


def test_a_value_without_a_digest_is_refused():
    with pytest.raises(SourceError, match="a blob of type object has no digest"):
        content_digest(document(Item("blob", value=object())))


def test_sha_256_is_what_is_computed():
    assert len(content_digest(document())) == len(hashlib.sha256().hexdigest())
