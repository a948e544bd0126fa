"""The journal: which documents are indexed, from what content, by which plan, and what failed.

It lies beside the store. A document is marked as begun before its first point is written and as done after its last,
so whatever a killed run left half done is done again, and nothing twice.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from operator import attrgetter
from pathlib import Path
from typing import Literal

from chiasm.contracts.engine import Failure
from chiasm.errors import StoreError

State = Literal["begun", "done", "partial", "failed"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents(
    id TEXT PRIMARY KEY, root TEXT NOT NULL, stamp TEXT, digest TEXT, plan TEXT NOT NULL,
    state TEXT NOT NULL, run INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS documents_root ON documents(root, run);
CREATE INDEX IF NOT EXISTS documents_state ON documents(state) WHERE state != 'done';
CREATE TABLE IF NOT EXISTS failures(
    document TEXT NOT NULL, field TEXT NOT NULL, place TEXT NOT NULL, stage TEXT NOT NULL, code TEXT NOT NULL,
    message TEXT NOT NULL, root TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS failures_document ON failures(document);
CREATE TABLE IF NOT EXISTS roots(root TEXT PRIMARY KEY, source TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs(id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
"""


_COLUMNS = "id, root, stamp, digest, plan, state, run"
ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """What the journal knows of a document.

    Attributes:
        id: The document's id.
        root: Key of the source that it came from.
        stamp: Its stamp when it was indexed; ``None`` where its source has none.
        digest: Digest of its content when it was indexed; ``None`` where it could not be read.
        plan: Fingerprint of the plan that indexed it.
        state: How far it came.
        run: The last run that met it.
    """

    id: str
    root: str
    stamp: str | None
    digest: str | None
    plan: str
    state: State
    run: int


_row = attrgetter(*_COLUMNS.split(", "))


class Journal:
    """A SQLite database; safe to use from several threads.

    Args:
        path: The database file; made where it is missing.

    Raises:
        StoreError: The file cannot be opened or is no journal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
            # A killed process loses nothing with NORMAL; a power cut may lose the last documents, which are done again.
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"the journal cannot be opened ({error})",
                where=str(path),
                fix="Move it away and index again; documents are then compared anew.",
            ) from error

    def start_run(self) -> int:
        """Return the number of a new run."""
        with self._transaction() as db:
            return int(db.execute("INSERT INTO runs DEFAULT VALUES").lastrowid or 0)

    def remember_root(self, root: str, source: str) -> None:
        """Keep how to open a root again, for ``retry``."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO roots VALUES (?, ?)", (root, source))

    def roots(self) -> dict[str, str]:
        """Return how to open each root, by key."""
        with self._transaction() as db:
            return dict(db.execute("SELECT root, source FROM roots ORDER BY root"))

    def get(self, documents: Sequence[str]) -> dict[str, Entry]:
        """Return what is known of documents, by id."""
        found = {}
        with self._transaction() as db:
            for at in range(0, len(documents), ASKED_AT_ONCE):
                ids = documents[at : at + ASKED_AT_ONCE]
                marks = ", ".join("?" * len(ids))
                for row in db.execute(f"SELECT {_COLUMNS} FROM documents WHERE id IN ({marks})", ids):  # noqa: S608
                    found[row[0]] = Entry(*row)
        return found

    def ids_like(self, document: str, count: int) -> list[str]:
        """Return at most ``count`` ids, those first that have ``document`` in them, for messages on unknown ids."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT id FROM documents ORDER BY instr(lower(id), lower(?)) = 0, id LIMIT ?", (document, count)
            )
            return [row[0] for row in rows]

    def put(self, entries: Iterable[Entry]) -> None:
        """Write entries, replacing those with the same id."""
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)", map(_row, entries))

    def put_failures(self, root: str, failures: Iterable[Failure]) -> None:
        """Add failures of documents of a root."""
        rows = [(*astuple(failure), root) for failure in failures]
        with self._transaction() as db:
            db.executemany("INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def clear_failures(self, documents: Iterable[str]) -> None:
        """Forget the failures of documents that are about to be indexed again."""
        with self._transaction() as db:
            db.executemany("DELETE FROM failures WHERE document = ?", ((document,) for document in documents))

    def failures(self, root: str | None = None) -> list[Failure]:
        """Return the failures on record, of one root or of all, in order of document."""
        where, values = (" WHERE root = ?", (root,)) if root else ("", ())
        with self._transaction() as db:
            rows = db.execute(
                f"SELECT document, field, place, stage, code, message FROM failures{where} ORDER BY document, field",  # noqa: S608
                values,
            ).fetchall()
        return [Failure(*row) for row in rows]

    def unmet(self, root: str, run: int) -> list[str]:
        """Return the ids of documents of a root that the run did not meet."""
        with self._transaction() as db:
            rows = db.execute("SELECT id FROM documents WHERE root = ? AND run < ? ORDER BY id", (root, run))
            return [row[0] for row in rows]

    def forget(self, documents: Iterable[str]) -> None:
        """Remove documents and their failures."""
        ids = [(document,) for document in documents]
        with self._transaction() as db:
            db.executemany("DELETE FROM documents WHERE id = ?", ids)
            db.executemany("DELETE FROM failures WHERE document = ?", ids)

    def forget_unread(self, root: str) -> None:
        """Remove what a root's source could not give, which the next walk through it finds anew or finds mended."""
        with self._transaction() as db:
            db.execute("DELETE FROM failures WHERE root = ? AND stage = 'source'", (root,))
            # Of these nothing was ever begun: each stands for a line or folder, not for a document.
            db.execute("DELETE FROM documents WHERE root = ? AND state = 'failed' AND run = 0", (root,))

    def forget_all(self) -> None:
        """Remove every document and failure; how to open the roots stays."""
        with self._transaction() as db:
            db.execute("DELETE FROM documents")
            db.execute("DELETE FROM failures")

    def counts(self) -> dict[str, int]:
        """Return the number of documents by state."""
        with self._transaction() as db:
            return dict(db.execute("SELECT state, count(*) FROM documents GROUP BY state ORDER BY state"))

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN")
                yield self._db
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise StoreError(f"the journal cannot be written or read ({error})", where=str(self.path)) from error
