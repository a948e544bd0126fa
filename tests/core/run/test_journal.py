"""The journal keeps what happened to each document across runs and processes."""

import pytest

from chiasm.contracts import Failure
from chiasm.errors import StoreError
from chiasm.run.journal import Entry, Journal


def entry(name, run=1, state="done", root="r"):
    return Entry(name, root, "stamp", "digest", "plan", state, run)


def test_what_is_written_is_there_after_reopening(tmp_path):
    journal = Journal(tmp_path / "j" / "journal.sqlite")
    journal.put([entry("a"), entry("b", state="begun")])
    journal.close()
    again = Journal(tmp_path / "j" / "journal.sqlite")
    assert again.get(["a"])["a"] == entry("a")
    assert again.get(["missing"]) == {}
    assert again.counts() == {"begun": 1, "done": 1}


def test_unmet_documents_are_those_of_the_root_that_a_run_did_not_see(tmp_path):
    journal = Journal(tmp_path / "journal.sqlite")
    first, second = journal.start_run(), journal.start_run()
    journal.put([entry("old", first), entry("seen", second), entry("other", first, root="elsewhere")])
    assert journal.unmet("r", second) == ["old"]
    journal.forget(["old"])
    assert journal.unmet("r", second) == []


def test_failures_are_kept_by_document_and_cleared_with_it(tmp_path):
    journal = Journal(tmp_path / "journal.sqlite")
    failure = Failure("a", "image", "/x/a.jpg", "read", "unreadable-media", "it is truncated")
    journal.put_failures("r", [failure])
    assert journal.failures() == journal.failures("r") == [failure]
    assert journal.failures("elsewhere") == []
    journal.clear_failures(["a"])
    assert journal.failures() == []


def test_a_file_that_is_no_journal_is_told_as_such(tmp_path):
    (tmp_path / "journal.sqlite").write_text("not a database" * 100)
    with pytest.raises(StoreError, match="journal"):
        Journal(tmp_path / "journal.sqlite")
