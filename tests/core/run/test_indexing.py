"""Runs: what is new goes in, what is unchanged is skipped, what fails is recorded, and nothing is lost or doubled."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chiasm import Document, Item, Pipeline
from chiasm.errors import SourceError, StoreError
from chiasm.filters import Compare

TEXTS = """
chiasm: 1
components:
  words: {use: letters}
  keywords: {use: bm25}
index:
  - encode: text
    with: words
  - encode: text
    with: keywords
"""


@pytest.fixture
def texts(registry, tmp_path):
    with Pipeline.from_yaml(TEXTS, store=tmp_path / "store", registry=registry) as pipeline:
        yield pipeline


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "media"
    folder.mkdir()
    for name in ("apple", "banana", "cherry"):
        (folder / f"{name}.txt").write_text(f"the {name} is a fruit")
    return folder


def stored_texts(pipeline):
    pipeline.search("a")
    return sorted(point.payload["text"] for point in pipeline.plan().store.scroll())


def test_a_second_run_skips_what_is_unchanged(texts, folder):
    first = texts.index(folder)
    assert (first.indexed, first.unchanged, first.points) == (3, 0, 3)
    second = texts.index(folder)
    assert (second.indexed, second.unchanged, second.points) == (0, 3, 0)


def test_a_changed_file_is_replaced_and_so_is_a_touched_one_whose_date_can_be_filtered_by(texts, folder):
    texts.index(folder)
    (folder / "apple.txt").write_text("the apricot is another fruit")
    os.utime(folder / "banana.txt", (1, 1))
    report = texts.index(folder)
    assert (report.indexed, report.unchanged) == (2, 1)
    assert texts.search("banana", where="modified < 1971-01-01")[0].title.startswith("banana")
    assert "the apricot is another fruit" in stored_texts(texts)
    assert len(stored_texts(texts)) == 3


def test_checksum_finds_a_change_that_size_and_time_hide(texts, folder):
    texts.index(folder)
    before = (folder / "apple.txt").stat()
    (folder / "apple.txt").write_text("the opple is a fruit")
    os.utime(folder / "apple.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert texts.index(folder).indexed == 0
    assert texts.index(folder, checksum=True).indexed == 1


def test_sync_removes_what_is_gone_and_only_from_this_root(texts, folder):
    texts.index(folder)
    texts.index([Document("kept", {"text": [Item.of_text("from elsewhere")]})], name="elsewhere")
    (folder / "apple.txt").unlink()
    assert texts.index(folder).deleted == 0
    report = texts.index(folder, sync=True)
    assert report.deleted == 1
    assert stored_texts(texts) == ["from elsewhere", "the banana is a fruit", "the cherry is a fruit"]


def test_one_bad_item_in_a_batch_is_recorded_and_the_others_go_on(texts):
    given = [Document(f"d{n:03}", {"text": [Item.of_text(f"text number {n}")]}) for n in range(100)]
    given[41] = Document("poisoned", {"text": [Item.of_text("POISON")]})
    given[42] = Document("not-finite", {"text": [Item.of_text("NANNAN")]})
    report = texts.index(given)
    assert (report.indexed, report.failed + report.partial) == (98, 2)
    assert {failure.document: failure.code for failure in report.failures} == {
        "poisoned": "encoding",
        "not-finite": "encoding",
    }
    assert all(failure.stage == "encode" for failure in texts.failures())
    # The keyword vector of the two is fine, so they are indexed in part.
    assert report.partial == 2


def test_a_bad_file_costs_its_document_only_that_field(registry, tmp_path, folder):
    (folder / "apple.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"garbage")
    Image.fromarray(np.full((16, 16, 3), (250, 0, 0), np.uint8)).save(folder / "banana.png")
    yaml = TEXTS.replace("index:", "  sight: {use: shade}\nindex:") + "  - encode: image\n    with: sight\n"
    with Pipeline.from_yaml(yaml, store=tmp_path / "store", registry=registry) as pipeline:
        report = pipeline.index(folder)
        assert (report.indexed, report.partial, report.failed) == (2, 1, 0)
        [failure] = report.failures
        assert failure.field == "image" and failure.where.endswith("apple.png")
        assert failure.code == "unreadable-media"
        assert pipeline.index(folder).unchanged == 3

        # A run does not try again what failed and did not change; retry does.
        Image.fromarray(np.full((16, 16, 3), (0, 250, 0), np.uint8)).save(folder / "apple.png")
        retried = pipeline.retry()
        assert (retried.indexed, retried.unchanged) == (1, 0)
        assert pipeline.failures() == []
        assert pipeline.search(image=np.full((8, 8, 3), (0, 255, 0), np.uint8), limit=1)[0].title.startswith("apple")


def test_a_store_gives_back_the_pipeline_that_indexed_it(texts, registry, tmp_path, folder):
    with pytest.raises(StoreError, match="nothing was indexed"):
        Pipeline.open(tmp_path / "store", registry=registry)
    texts.index(folder)
    texts.close()
    with Pipeline.open(tmp_path / "store", registry=registry) as again:
        assert again.config == texts.config
        assert again.plan().fingerprint == texts.plan().fingerprint
        assert again.search("apple")[0].path.endswith("apple.txt")


def test_retry_without_any_earlier_run_says_what_to_do(texts):
    with pytest.raises(StoreError, match="Index first"):
        texts.retry()


def test_a_second_document_with_the_same_id_is_recorded_not_lost_silently(texts):
    twins = [Document("same", {"text": [Item.of_text(text)]}) for text in ("first of two", "second of two")]
    report = texts.index(twins)
    assert report.points == 1
    [failure] = report.failures
    assert "another document with this id" in failure.message
    assert stored_texts(texts) == ["first of two"]


def test_a_translator_that_dies_keeps_what_it_gave_before(registry, tmp_path):
    yaml = """
components: {words: {use: letters}}
index:
  - {translate: text -> line, with: {use: lines}}
  - {encode: line, with: words}
"""
    with Pipeline.from_yaml(yaml, store=tmp_path / "store", registry=registry) as pipeline:
        good = Document("good", {"text": [Item.of_text("one\ntwo\nthree")]})
        bad = Document("bad", {"text": [Item.of_text("four\nBREAK\nfive")]})
        report = pipeline.index([good, bad])
        assert (report.indexed, report.partial, report.points) == (1, 1, 4)
        assert "lines: ValueError: a line broke" in report.failures[0].message
        hit = pipeline.search("two")[0]
        assert (hit.id, hit.text, str(hit.span)) == ("good", "two", "characters 4-8")


def test_an_encoder_that_lies_about_its_size_fails_its_items_with_both_sizes(registry, tmp_path):
    yaml = "components: {words: {use: lying}}\nindex: [{encode: text, with: words}]"
    with Pipeline.from_yaml(yaml, store=tmp_path / "store", registry=registry) as pipeline:
        report = pipeline.index([Document("a", {"text": [Item.of_text("hello")]})])
        assert report.failed == 1
        assert "[1, 25]" in report.failures[0].message and "[n, 26]" in report.failures[0].message


def test_pooling_gives_one_vector_a_document(registry, tmp_path):
    yaml = """
components: {words: {use: letters}}
index:
  - {translate: text -> line, with: {use: lines}}
  - {encode: line, with: words, pool: mean}
"""
    with Pipeline.from_yaml(yaml, store=tmp_path / "store", registry=registry) as pipeline:
        report = pipeline.index([Document("d", {"text": [Item.of_text("aaa\nbbb\nccc")]})])
        assert report.points == 1
        pipeline.search("a")
        [point] = pipeline.plan().store.retrieve(
            [each.id for each in pipeline.plan().store.scroll()], with_vectors=True
        )
        expected = np.zeros(26)
        expected[:3] = 1 / np.sqrt(3)
        np.testing.assert_allclose(point.vectors["words"], expected, atol=1e-6)


def test_early_fusion_averages_the_fields_that_are_there(registry, tmp_path):
    yaml = """
components: {words: {use: letters}, sight: {use: shade}}
index:
  - {encode: text, with: words}
  - {encode: image, with: sight}
  - {fuse: [text, image], as: joint, with: {use: weighted-mean, params: {weights: {text: 1, image: 1}}}}
"""
    red = Item.of_image(np.full((8, 8, 3), (255, 0, 0), np.uint8))
    with Pipeline.from_yaml(yaml, store=tmp_path / "store", registry=registry) as pipeline:
        pipeline.index(
            [
                Document("both", {"text": [Item.of_text("a")], "image": [red]}),
                Document("only", {"text": [Item.of_text("a")]}),
            ]
        )
        pipeline.search("a")
        store = pipeline.plan().store
        joint = {p.payload["doc"]: p.id for p in store.scroll(Compare("field", "=", "joint"))}
        both, only = store.retrieve([joint["both"], joint["only"]], with_vectors=True)
        np.testing.assert_allclose(both.vectors["words"][[0, 17]], [2**-0.5, 2**-0.5], atol=1e-2)
        np.testing.assert_allclose(only.vectors["words"][0], 1.0, atol=1e-6)


def test_a_source_that_raises_ends_the_run_and_keeps_what_was_finished(texts):
    def documents():
        for n in range(600):
            yield Document(f"d{n}", {"text": [Item.of_text(f"text {n}")]})
        raise SourceError("the feed broke off")

    with pytest.raises(SourceError, match="broke off"):
        texts.index(documents())
    assert texts.index([Document("d0", {"text": [Item.of_text("text 0")]})]).unchanged == 1


KILLED = """
import os, signal, sys
from importlib.metadata import EntryPoint, entry_points
sys.path.insert(0, {letters!r})
from chiasm import Document, Item, Pipeline
from chiasm_registry import Registry
registry = Registry.discover(
    [*entry_points(group="chiasm.plugins"), EntryPoint("letters", "letters_plugin", "chiasm.plugins")]
)

def documents():
    for n in range(3000):
        if n == {stop}:
            os.kill(os.getpid(), signal.{signal})
        yield Document(f"d{{n:04}}", {{"text": [Item.of_text(f"text number {{n}} of many")]}})

with Pipeline.from_yaml({yaml!r}, store={store!r}, registry=registry) as pipeline:
    print(pipeline.index(documents()), flush=True)
"""


def run_script(tmp_path: Path, stop: int, name: str) -> subprocess.CompletedProcess[str]:
    letters = str(Path(__file__).parents[2] / "letters")
    script = textwrap.dedent(KILLED).format(
        letters=letters, stop=stop, signal=name, yaml=TEXTS, store=str(tmp_path / "store")
    )
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("stop", [1, 700, 2999])
def test_a_run_killed_outright_resumes_with_nothing_lost_or_doubled(texts, tmp_path, stop):
    killed = run_script(tmp_path, stop, "SIGKILL")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = run_script(tmp_path, -1, "SIGKILL")
    assert resumed.returncode == 0, resumed.stderr
    assert texts.info()["points"] == 3000
    ids = [point.payload["doc"] for point in texts.plan().store.scroll()]
    assert sorted(ids) == [f"d{n:04}" for n in range(3000)]
    assert texts.info()["documents"] == {"done": 3000}


def test_ctrl_c_ends_cleanly_and_the_next_run_goes_on(texts, tmp_path):
    stopped = run_script(tmp_path, 2000, "SIGINT")
    assert stopped.returncode == 0, stopped.stderr
    assert "interrupted" in stopped.stdout
    again = run_script(tmp_path, -1, "SIGINT")
    assert again.returncode == 0, again.stderr
    assert texts.info()["documents"] == {"done": 3000}


def test_a_store_that_cannot_keep_its_pipeline_says_so(texts, tmp_path, folder):
    (tmp_path / "store" / "pipeline.new").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"pipeline\.yaml: the pipeline cannot be kept"):
        texts.index(folder)
