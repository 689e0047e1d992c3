"""The journal in PostgreSQL: many machines count into one table, in which the database keeps Kreise apart.

Each writing opens a connection, so that a server that was restarted, moved or restored is simply used. PostgreSQL notes
at every row which transaction wrote it and where it lies; so what was written together could be told from the rest.
Days that are over are therefore written anew as a whole, sorted by what they say, as soon as one of them shows that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
from psycopg import sql

from assistant.ledger import Counts, Events, LedgerFailed, Turns
from index.database import LOST, Session, connect, migrate
from index.home import DatabaseUnfit

MIGRATIONS = Path(__file__).parent / "migrations"
VOTE_MS = 200  # somebody waits for it, and takes a place that answers need
BUSY_MS = 2000  # a write of another worker takes milliseconds
IDLE_MS = 5000  # a machine that vanished in the middle of writing holds the others up no longer than this
RETRY_S = (
    5.0  # after a lost server no vote tries it for so long: each would wait for it and keep answers from their place
)
TABLES: Mapping[str, tuple[str, ...]] = {"journal_turns": Turns._fields, "journal_events": Events._fields}

# What the operator reads in /health/ready, by how PostgreSQL numbers the failure.
ADVICE = {
    "25006": "the database is a copy that can only be read; LOTSE_JOURNAL must name the one that is written to.",
    "42501": "the database user may not write its tables; let it own the schema 'lotse'.",
    "53100": "the disk of the database is full; make room.",
    "53300": "the database has too many connections already; raise max_connections.",
    "55P03": "another program holds it locked; end that, perhaps a migration.",
}


class PostgresLedger:
    """The counts of one Kreis in a database."""

    def __init__(self, address: str, kreis: str, days: int) -> None:
        """Take the address, whose counts these are, and for how many days they are kept."""
        self.days = days
        self._address, self._kreis = address, kreis
        self._where = f"postgresql://{psycopg.conninfo.conninfo_to_dict(address).get('host', '')} ({kreis})"
        self._has_tables = False
        self._lost_until = 0.0
        # Transactions of which nobody said how they ended, with what they were to add.
        self._open_ended: list[tuple[str, Counts]] = []

    def add(self, counts: Counts) -> None:
        """Add counts, all or none; what failed shall be added again, perhaps with more, and counts once then."""
        with self._writing(BUSY_MS) as session:
            self._open_ended = [found for found in self._open_ended if _committed(session, found[0])]
            rest = Counter(dict(counts))
            for _, written in self._open_ended:
                rest.subtract(written)
            rest = +rest
            (own,) = session.execute("SELECT pg_current_xact_id()::text").fetchone() or ("",)
            self._open_ended.append((own, rest))
            _add(session, rest)
        self._open_ended = []

    def add_once(self, marked: Sequence[tuple[str, Counts]], until: date) -> bool:
        """Add what was not added under its mark before, and tell whether there was such; a mark is kept that long."""
        if monotonic() < self._lost_until:
            raise LedgerFailed(f"the database {self._where} could not be reached.", "lost")
        with self._writing(VOTE_MS) as session:
            added = False
            for mark, counts in marked:
                query = "INSERT INTO lotse.journal_marks (mark, until) VALUES (%s, %s) ON CONFLICT DO NOTHING"
                if session.execute(query, [mark, until]).rowcount:
                    _add(session, counts)
                    added = added or bool(counts)
            return added

    def forget(self, today: date) -> None:
        """Delete what is too old, and of days that are over the order in which they were written."""
        first = today - timedelta(days=self.days)
        with self._writing(BUSY_MS) as session:
            session.execute("DELETE FROM lotse.journal_marks WHERE until < %s", [today])
            for table in TABLES:
                session.execute(_sql("DELETE FROM {table} WHERE day < %s", table), [first])
            days = [day for (day,) in session.execute(WRITTEN_BIT_BY_BIT, [today])]
            for table in TABLES:
                session.execute(_sql(WRITE_ANEW, table), [days])
        with self._session(BUSY_MS) as session:
            session.execute("VACUUM (SKIP_LOCKED) lotse.journal_turns, lotse.journal_events, lotse.journal_marks")

    def turns(self, since: date, before: date) -> dict[Turns, int]:
        """What was counted of turns from one day on and before another."""
        found = self._rows("journal_turns", since, before)
        return {Turns(day.isoformat(), *words): count for day, *words, count in found}

    def events(self, since: date, before: date) -> dict[Events, int]:
        """What was counted of offers from one day on and before another."""
        found = self._rows("journal_events", since, before)
        return {Events(day.isoformat(), *words): count for day, *words, count in found}

    def marks(self) -> dict[str, date]:
        """The marks that are kept, each with its last day."""
        with self._session(BUSY_MS) as session:
            return dict(session.execute("SELECT mark, until FROM lotse.journal_marks").fetchall())

    def _rows(self, table: str, since: date, before: date) -> list[tuple[Any, ...]]:
        with self._session(BUSY_MS) as session:
            query = _sql("SELECT {columns}, count FROM {table} WHERE day >= %s AND day < %s", table)
            return session.execute(query, [since, before]).fetchall()

    @contextmanager
    def _writing(self, wait_ms: int) -> Iterator[Session]:
        """One transaction; another one of this Kreis waits, so that none meets another's rows in another order."""
        with self._session(wait_ms) as session, session.transaction():
            session.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"lotse journal {self._kreis}"])
            yield session

    @contextmanager
    def _session(self, wait_ms: int) -> Iterator[Session]:
        try:
            with connect(self._address, self._kreis) as session:
                session.execute(f"SET idle_in_transaction_session_timeout = {IDLE_MS}")
                session.execute(f"SET lock_timeout = {wait_ms}")
                if not self._has_tables:
                    migrate(session, "journal", MIGRATIONS)
                    self._has_tables = True
                yield session
            self._lost_until = 0.0
        except DatabaseUnfit as error:
            raise LedgerFailed(str(error), "unfit") from error
        except psycopg.Error as error:
            self._has_tables = False  # perhaps another database is there the next time
            if isinstance(error, LOST) and error.sqlstate is None:
                self._lost_until = monotonic() + RETRY_S
            raise LedgerFailed(self._why(error), error.sqlstate or type(error).__name__) from error

    def _why(self, error: psycopg.Error) -> str:
        if error.sqlstate in ADVICE:
            return ADVICE[error.sqlstate]
        if isinstance(error, LOST):
            reason = str(error).strip().partition("\n")[0] or "connection lost"
            return f"the database {self._where} cannot be reached ({reason})."
        return f"the database {self._where} refuses it; its log says why."


# Days that are over and were written by more than one transaction.
WRITTEN_BIT_BY_BIT = """
SELECT day FROM (
    SELECT day, xmin::text AS written FROM lotse.journal_turns UNION SELECT day, xmin::text FROM lotse.journal_events
) AS rows WHERE day < %s GROUP BY day HAVING count(*) > 1
"""
WRITE_ANEW = """
WITH old AS (DELETE FROM {table} WHERE day = ANY(%s) RETURNING {columns}, count)
INSERT INTO {table} ({columns}, count) SELECT {columns}, count FROM old ORDER BY {columns}
"""
ADD = """
INSERT INTO {table} AS kept ({columns}, count) VALUES ({values}, %s)
ON CONFLICT (kreis, {columns}) DO UPDATE SET count = kept.count + excluded.count
"""


def _sql(query: str, table: str) -> sql.Composed:
    columns = TABLES[table]
    return sql.SQL(query).format(
        table=sql.Identifier("lotse", table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(sql.Placeholder() * len(columns)),
    )


def _add(session: Session, counts: Counts) -> None:
    kinds = {"journal_turns": Turns, "journal_events": Events}
    with session.cursor() as cursor:
        for table, kind in kinds.items():
            rows = sorted((*row, count) for row, count in counts.items() if isinstance(row, kind))
            cursor.executemany(_sql(ADD, table), rows)


def _committed(session: Session, transaction: str) -> bool:
    """Whether a transaction of whose end nobody was told has written; asked while none of this Kreis is under way."""
    query = "SELECT CASE WHEN %(id)s::xid8 < pg_current_xact_id() THEN pg_xact_status(%(id)s::xid8) END"
    return session.execute(query, {"id": transaction}).fetchone() == ("committed",)
