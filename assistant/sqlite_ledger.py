"""The journal as a SQLite file of one machine.

Rows are sorted by what they say; no row has a number or a time. A page of SQLite shows in which order its
rows came; so the file is written anew once a day (`VACUUM`), and nothing tells then which turns followed one another.
What is deleted is overwritten (`secure_delete`).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from assistant.ledger import Counts, Events, LedgerFailed, Turns

VOTE_SECONDS = 0.2  # somebody waits for it, and takes a place that answers need
BUSY_SECONDS = 2.0  # a write of another worker takes milliseconds; a backup may take a second
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")

# What the operator reads in /health/ready, by how SQLite calls the failure.
ADVICE = {
    "SQLITE_BUSY": "another program holds it locked; end that, perhaps a backup.",
    "SQLITE_LOCKED": "another program holds it locked; end that, perhaps a backup.",
    "SQLITE_FULL": "its disk is full; make room.",
    "SQLITE_IOERR": "its disk is full or failing; make room.",
    "SQLITE_CORRUPT": "it is damaged and was put aside as journal.sqlite.damaged; a new one is begun.",
    "SQLITE_NOTADB": "it is damaged and was put aside as journal.sqlite.damaged; a new one is begun.",
}
UNKNOWN_TROUBLE = "see that its folder is there and may be written to."

TABLES = """
CREATE TABLE IF NOT EXISTS turns (
    day TEXT, language TEXT, topic TEXT, focus TEXT, place TEXT, outcome TEXT, count INTEGER NOT NULL,
    PRIMARY KEY (day, language, topic, focus, place, outcome)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    day TEXT, source TEXT, event TEXT, count INTEGER NOT NULL, PRIMARY KEY (day, source, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used (mark TEXT PRIMARY KEY, until TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
ADD_TURN = """
INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (day, language, topic, focus, place, outcome) DO UPDATE SET count = count + excluded.count
"""
ADD_EVENT = """
INSERT INTO events VALUES (?, ?, ?, ?) ON CONFLICT (day, source, event) DO UPDATE SET count = count + excluded.count
"""


class SqliteLedger:
    """A SQLite file, opened for each writing, so that one that was moved, replaced or restored is simply used."""

    def __init__(self, path: Path, days: int) -> None:
        """Take where it lies, and for how many days it keeps what is counted."""
        self.path = path
        self.days = days

    def add(self, counts: Counts) -> None:
        """Add counts, all or none."""
        with self._told(), self._transaction() as database:
            _add(database, counts)

    def add_once(self, marked: Sequence[tuple[str, Counts]], until: date) -> bool:
        """Add what was not added under its mark before, and tell whether there was such."""
        with self._told(), self._transaction(VOTE_SECONDS) as database:
            added = False
            for mark, counts in marked:
                row = (mark, until.isoformat())
                if database.execute("INSERT OR IGNORE INTO used VALUES (?, ?)", row).rowcount:
                    _add(database, counts)
                    added = added or bool(counts)
            return added

    def forget(self, today: date) -> None:
        """Delete what is too old to the last byte, and the order of the rest."""
        first = (today - timedelta(days=self.days)).isoformat()
        with self._told(), self._opened() as database:
            with _writing(database):
                database.execute("DELETE FROM turns WHERE day < ?", (first,))
                database.execute("DELETE FROM events WHERE day < ?", (first,))
                database.execute("DELETE FROM used WHERE until < ?", (today.isoformat(),))
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        damaged = self._aside
        if damaged.exists() and date.fromtimestamp(damaged.stat().st_mtime).isoformat() < first:
            damaged.unlink()

    def turns(self, since: date, before: date) -> dict[Turns, int]:
        """What was counted of turns from one day on and before another."""
        return {Turns(*words): count for *words, count in self._rows("turns", since, before)}

    def events(self, since: date, before: date) -> dict[Events, int]:
        """What was counted of offers from one day on and before another."""
        return {Events(*words): count for *words, count in self._rows("events", since, before)}

    def marks(self) -> dict[str, date]:
        """The marks that are kept, each with its last day."""
        if not self.path.exists():
            return {}
        with self._told(), self._opened() as database:
            kept = database.execute("SELECT mark, until FROM used").fetchall()
        return {mark: date.fromisoformat(until) for mark, until in kept}

    def _rows(self, table: str, since: date, before: date) -> list[Any]:
        if not self.path.exists():
            return []
        query = f"SELECT * FROM {table} WHERE day >= ? AND day < ?"
        with self._told(), self._opened() as database:
            return database.execute(query, (since.isoformat(), before.isoformat())).fetchall()

    @contextmanager
    def _opened(self, wait: float = BUSY_SECONDS) -> Iterator[sqlite3.Connection]:
        if not self.path.exists():
            self._begin()
        with closing(_connected(self.path, wait)) as database:
            yield database

    def _begin(self) -> None:
        """Make an empty file beside it and give it its name.

        Two who turn one new file to a write-ahead log at once do not wait for one another: SQLite tells one of them
        that it is locked. And a file that was opened and closed by hand loses every lock this process holds on it.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(".new", f"{self.path.name}.", self.path.parent)  # readable for nobody else
        os.close(handle)
        new = Path(name)
        try:
            _connected(new, BUSY_SECONDS).close()
            with suppress(FileExistsError):  # another was quicker
                self.path.hardlink_to(new)
        finally:
            new.unlink(missing_ok=True)

    @contextmanager
    def _transaction(self, wait: float = BUSY_SECONDS) -> Iterator[sqlite3.Connection]:
        with self._opened(wait) as database, _writing(database):
            yield database

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what failed in words; a damaged file is put aside, so that the next try begins a new one."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            code = getattr(error, "sqlite_errorname", "")
            if code.startswith(DAMAGED):
                with suppress(OSError):  # tried again with the next writing
                    self._put_aside()
            why = next((told for name, told in ADVICE.items() if code.startswith(name)), UNKNOWN_TROUBLE)
            raise LedgerFailed(why, code or type(error).__name__) from error

    # --- a damaged file ------------------------------------------------------------------------------------------

    @property
    def _aside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.damaged")

    def _put_aside(self) -> None:
        """One worker does it; the others find a whole file then."""
        with self.path.with_name(f"{self.path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._is_whole():
                return
            # Its log first: the moment the name is free another worker may begin a new file with a log of its own.
            for log in ("-wal", "-shm"):
                self.path.with_name(self.path.name + log).unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                self.path.replace(self._aside)

    def _is_whole(self) -> bool:
        try:
            with self._opened() as database:
                return bool(database.execute("PRAGMA quick_check").fetchone()[0] == "ok")
        except sqlite3.OperationalError:
            return True  # locked or full is not damaged
        except sqlite3.DatabaseError:
            return False


def _connected(path: Path, wait: float) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=wait, isolation_level=None)
    try:
        database.execute("PRAGMA secure_delete = ON")
        database.execute("PRAGMA journal_mode = WAL")  # nothing to do but for a file that was put there empty
        database.execute("PRAGMA synchronous = NORMAL")  # with WAL a crash loses at most the last seconds
        database.executescript(TABLES)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def _writing(database: sqlite3.Connection) -> Iterator[None]:
    """One transaction that holds the right to write from its beginning, so that it waits once and early."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _add(database: sqlite3.Connection, counts: Counts) -> None:
    turns = sorted((*row, count) for row, count in counts.items() if isinstance(row, Turns))
    events = sorted((*row, count) for row, count in counts.items() if isinstance(row, Events))
    database.executemany(ADD_TURN, turns)
    database.executemany(ADD_EVENT, events)
