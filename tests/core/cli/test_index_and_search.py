"""``index``, ``search``, ``retry``, ``info`` and ``plan`` over real documents, by word search, which needs no model."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys

import pytest

PIPELINE = """
chiasm: 1
components:
  keywords: {use: bm25}
index:
  - encode: text
    with: keywords
"""

TEXTS = {
    "fox": "The quick brown fox jumps over the lazy dog.",
    "sea": "Ships sail the wide sea under a grey sky.",
    "tea": "A cup of tea in the afternoon [with brackets] and cake.",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder, with a pipeline and a manifest of three documents."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "words.yaml").write_text(PIPELINE)
    write_manifest(folder, TEXTS)
    return folder


def write_manifest(folder, texts, *broken):
    lines = [json.dumps({"id": name, "text": text, "length": len(text)}) for name, text in texts.items()]
    (folder / "texts.jsonl").write_text("\n".join([*lines, *broken]) + "\n")


@pytest.fixture
def words(chiasm, here):
    """Run a command with the pipeline."""

    def words(command, *arguments):
        return chiasm(command, *arguments, "--config", "words.yaml")

    return words


def test_what_was_indexed_is_found(words, here):
    indexed = words("index", "texts.jsonl")
    found = words("search", "quick fox")

    assert indexed.code == 0
    assert indexed.out.startswith("3 indexed; 3 points")
    assert (here / ".chiasm").is_dir()
    assert found.code == 0
    assert found.out.splitlines()[1].split()[0] == "1"
    assert "The quick brown fox" in found.out.splitlines()[1]


def test_json_output_is_a_list_of_hits_and_nothing_else(words):
    words("index", "texts.jsonl")
    result = words("search", "tea cake", "--json", "--limit", "1")
    (hit,) = json.loads(result.out)

    assert (hit["id"], hit["field"], hit["payload"]["length"]) == ("tea", "text", len(TEXTS["tea"]))
    assert hit["legs"][0]["rank"] == 1


def test_what_a_plugin_prints_keeps_out_of_the_results(words, install):
    install(
        "chatty",
        "from chiasm_registry import hookimpl\n@hookimpl\ndef chiasm_pipeline_built(pipeline): print('noise')\n",
    )
    words("index", "texts.jsonl")
    result = words("search", "tea", "--json")

    assert [hit["id"] for hit in json.loads(result.out)] == ["tea"]
    assert "noise" in result.err


def test_explain_tells_the_legs_with_their_ranks_and_scores(words):
    words("index", "texts.jsonl")
    result = words("search", "sea", "--explain")

    assert "text:keywords 1. in text" in result.out
    assert "text:keywords -> keywords" in result.out


def test_explain_beside_json_keeps_out_of_the_results(words):
    words("index", "texts.jsonl")
    result = words("search", "sea", "--explain", "--json")

    assert [hit["id"] for hit in json.loads(result.out)] == ["sea"]
    assert "text:keywords -> keywords" in result.err


def test_a_condition_on_metadata_narrows_the_hits(words):
    words("index", "texts.jsonl")
    hits = json.loads(words("search", "the a fox tea sea", "--where", "length < 43", "--json").out)

    assert [hit["id"] for hit in hits] == ["sea"]


def test_a_name_cannot_break_the_table_or_steer_the_terminal(words, here):
    (here / "odd").mkdir()
    (here / "odd" / "two\nlines\x1b[2J.txt").write_text("The owl in the night.")
    words("index", "odd")
    result = words("search", "owl")

    assert len(result.out.splitlines()) == 2
    assert r"two\nlines\x1b[2J.txt" in result.out


def test_a_search_without_hits_says_so_and_is_no_error(words):
    words("index", "texts.jsonl")
    result = words("search", "xylophone")

    assert (result.code, result.out, result.err) == (0, "", "Nothing found.\n")
    assert words("search", "xylophone", "--json").out == "[]\n"


def test_a_second_run_does_only_what_is_new(words, here):
    words("index", "texts.jsonl")
    write_manifest(here, TEXTS | {"owl": "An owl in the night."})

    assert words("index", "texts.jsonl").out.startswith("1 indexed, 3 unchanged")


def test_sync_removes_what_the_source_no_longer_has(words, here):
    words("index", "texts.jsonl")
    write_manifest(here, {"fox": TEXTS["fox"]})
    result = words("index", "texts.jsonl", "--sync")

    assert "2 deleted" in result.out
    assert words("search", "sea", "--json").out == "[]\n"


def test_failed_documents_are_told_and_the_exit_code_says_so(words, here):
    write_manifest(here, TEXTS, "{broken")
    result = words("index", "texts.jsonl")

    assert result.code == 1
    assert result.out.startswith("3 indexed, 1 failed")
    assert "line 4: the line is not JSON" in result.err
    assert result.err.count("line 4") == 1
    assert "chiasm retry" in result.err


def test_failures_stay_on_record(words, here):
    write_manifest(here, TEXTS, "{broken")
    words("index", "texts.jsonl")
    (record,) = json.loads(words("info", "--failures", "--json").out)

    assert "the line is not JSON" in words("info", "--failures").out
    assert (record["stage"], record["code"]) == ("source", "source")


def test_without_failures_the_list_of_them_says_so(words):
    words("index", "texts.jsonl")

    assert words("info", "--failures").err == "Nothing failed.\n"


def test_retry_takes_up_what_failed_and_nothing_else(words, here):
    write_manifest(here, TEXTS, "{broken")
    words("index", "texts.jsonl")
    result = words("retry")

    assert result.code == 1
    assert result.out.startswith("0 indexed")
    assert "the line is not JSON" in result.err


def test_a_line_that_was_mended_is_indexed_by_retry_and_off_the_record(words, here):
    write_manifest(here, TEXTS, "{broken")
    words("index", "texts.jsonl")
    write_manifest(here, TEXTS | {"owl": "An owl in the night."})
    result = words("retry")

    assert (result.code, result.out.startswith("1 indexed")) == (0, True)
    assert json.loads(words("info", "--json").out)["documents"] == {"done": 4}
    assert words("info", "--failures").err == "Nothing failed.\n"


@pytest.mark.parametrize("command", ["retry", "info", "search x"])
def test_before_indexing_commands_say_what_to_do_and_leave_nothing_behind(words, here, command):
    result = words(*command.split())

    assert result.code == 3
    assert "chiasm index FOLDER" in result.err
    assert not (here / ".chiasm").exists()


def test_rebuild_indexes_what_is_unchanged_too(words):
    words("index", "texts.jsonl")

    assert words("index", "texts.jsonl", "--rebuild", "--no-optimize").out.startswith("3 indexed; 3 points")


def test_the_store_knows_its_pipeline(chiasm, words, here):
    words("index", "texts.jsonl")
    (here / "words.yaml").unlink()
    write_manifest(here, TEXTS | {"owl": "An owl in the night."})

    assert chiasm("index", "texts.jsonl").out.startswith("1 indexed, 3 unchanged")
    assert json.loads(chiasm("search", "owl", "--json").out)[0]["id"] == "owl"


def test_a_report_can_be_json(words):
    report = json.loads(words("index", "texts.jsonl", "--json").out)

    assert (report["indexed"], report["failed"], report["interrupted"]) == (3, 0, False)


def test_info_tells_what_the_store_holds(words):
    words("index", "texts.jsonl")
    lines = [line.split() for line in words("info").out.splitlines()]

    assert ["points", "3"] in lines
    assert ["documents", "done", "3"] in lines
    assert json.loads(words("info", "--json").out)["points"] == 3


def test_searching_before_indexing_is_a_store_error(words):
    result = words("search", "fox")

    assert (result.code, result.out) == (3, "")
    assert "chiasm index" in result.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("search",), "a search needs a text"),
        (("search", "fox", "--where", "length >>"), "length >>"),
        (("search", "fox", "--modality", "imge"), "'image'"),
        (("index", "nowhere"), "no such file or folder"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_is_wrong(words, arguments, said):
    words("index", "texts.jsonl")
    result = words(*arguments)

    assert result.code == 2
    assert said in result.err


def test_a_file_and_a_preset_exclude_each_other(words):
    result = words("plan", "--preset", "starter")

    assert result.code == 2
    assert "exclude each other" in result.err


def test_a_store_can_be_named(words, here):
    words("index", "texts.jsonl", "--store", "elsewhere")

    assert (here / "elsewhere").is_dir()
    assert not (here / ".chiasm").exists()
    assert json.loads(words("search", "fox", "--store", "elsewhere", "--json").out)[0]["id"] == "fox"


@pytest.mark.parametrize(
    ("form", "begins"), [("text", "Index"), ("mermaid", "flowchart"), ("svg", "<svg"), ("json", "{")]
)
def test_a_plan_is_shown_in_every_format(words, form, begins):
    result = words("plan", "--format", form)

    assert result.code == 0
    assert result.out.startswith(begins)


def test_an_interrupted_run_keeps_what_is_finished_and_goes_on_later(words, here):
    write_manifest(here, {f"d{n}": "many words " * 30 for n in range(5_000)})
    program = [sys.executable, "-c", "from chiasm.cli import main; main()"]
    command = [*program, "index", "texts.jsonl", "--config", "words.yaml"]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "2"}
    )
    wait_until_under_way(here, running)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate()
    again = json.loads(words("index", "texts.jsonl", "--json").out)

    assert running.returncode == 130
    assert "interrupted" in out
    assert "the same command goes on from there" in err
    assert again["unchanged"] > 0
    assert again["indexed"] + again["unchanged"] == 5_000


def wait_until_under_way(folder, running):
    """Until the journal has finished documents."""
    journal = folder / ".chiasm" / "journal.sqlite"
    while running.poll() is None:
        if not journal.exists():
            continue
        try:
            with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as database:
                (done,) = database.execute("SELECT count(*) FROM documents WHERE state = 'done'").fetchone()
        except sqlite3.OperationalError:
            continue  # not made yet
        if done:
            return


def test_a_search_by_examples_and_without_words(words, here):
    words("index", "texts.jsonl")
    like = json.loads(words("search", "--like", "fox", "--json").out)
    assert "fox" not in [hit["id"] for hit in like]
    explained = words("search", "sea sky", "--exclude", "fox", "--explain").out
    assert "text:keywords without exclude -> keywords (text): 1 documents" in explained
    heavy = words("search", "sea", "--like", "tea", "--weight", "like=2", "--weight", "text=1", "--explain").out
    assert "text+like:keywords = text:keywords + like:keywords" in heavy


def test_hits_are_grouped_and_told_by_the_command_line(words, here):
    write_manifest(here, TEXTS | {"fox again": "The fox, the fox!"})
    words("index", "texts.jsonl")
    shown = words("search", "fox sea tea", "--group-by", "field", "--explain")
    assert "+3 of the group" in shown.out and "4 documents in 1 groups by field" in shown.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fox", "--weight", "3"), "is not written as in text=2"),
        (("fox", "--weight", "txt=3"), "Did you mean 'text'"),
        (("--like", "foxx"), "Did you mean 'fox'"),
        (("fox", "--fold", "1.5"), "fold is a cosine"),
        (("fox", "--diversity", "2"), "from 0 to 1"),
        (("fox", "--group-by", "lenght"), "Did you mean 'length'"),
        (("--exclude", "fox"), "nothing that is"),
    ],
)
def test_a_composed_search_that_cannot_be_answered_says_why(words, arguments, message):
    words("index", "texts.jsonl")
    result = words("search", *arguments)
    assert message in result.err
    assert (result.code, result.out) == (2, "")
