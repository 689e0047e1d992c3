"""Connects to PostgreSQL for one Kreis, and brings the database's tables up to date.

What the tables hold is the business of who connects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from pgvector.psycopg import register_vector
from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from index.home import DatabaseUnfit

MIGRATIONS = Path(__file__).parent / "migrations"
INDEX = "index"  # the part whose tables hold vectors
CONNECT_S = 3  # seconds a server may take to answer a connection
SILENT_MS = 3000  # a network that swallows packets is noticed after this long, not after minutes
SILENT_S = 3  # also while an answer is waited for, in which nothing is sent that could stay unanswered
_NUMBERED = re.compile(r"(\d{4})_\w+\.sql")

Session = Connection[TupleRow]
LOST = (psycopg.OperationalError, psycopg.InterfaceError)  # how psycopg says that the server is not there (any more)


def conninfo(address: str) -> str:
    """The address with limits on how long a lost server is waited for; what the operator wrote in it wins."""
    given = psycopg.conninfo.conninfo_to_dict(address)
    limits: dict[str, int | str] = {
        "connect_timeout": CONNECT_S,
        "tcp_user_timeout": SILENT_MS,
        "keepalives_idle": SILENT_S,
        "keepalives_interval": 1,
        "application_name": "lotse",
    }
    return make_conninfo(address, **{name: value for name, value in limits.items() if name not in given})


def connect(address: str, kreis: str) -> Session:
    """A connection of its own that sees one Kreis. Raises psycopg.OperationalError, DatabaseUnfit."""
    session = psycopg.connect(conninfo(address), autocommit=True)
    prepare(session, kreis)
    return session


def prepare(session: Session, kreis: str) -> None:
    """Confine a session to one Kreis."""
    session.execute("SELECT set_config('lotse.kreis', %s, false)", [kreis])
    # A partial index is only used where the Kreis asked for is known when the query is planned.
    session.execute("SET plan_cache_mode = force_custom_plan")
    (unconfined,) = session.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone() or (True,)
    if unconfined:
        raise DatabaseUnfit(
            f"The database user '{session.info.user}' is not bound by row-level security: one Kreis could read "
            "another's rows. Use a user of its own: CREATE ROLE lotse LOGIN NOSUPERUSER NOBYPASSRLS"
        )
    if session.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone():
        register_vector(session)


def migrate(session: Session, part: str = INDEX, folder: Path = MIGRATIONS) -> list[int]:
    """Apply the numbered files of a part that were not applied yet, each whole or not at all; gives their numbers."""
    if part == INDEX:
        _require_vector(session)
    applied = []
    with locked(session, "migrate"), session.transaction():
        session.execute("CREATE SCHEMA IF NOT EXISTS lotse")
        session.execute(
            "CREATE TABLE IF NOT EXISTS lotse.migrations (part text, number int, name text NOT NULL, "
            "applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (part, number))"
        )
        done = {number for (number,) in session.execute("SELECT number FROM lotse.migrations WHERE part = %s", [part])}
        for number, file in _numbered(folder):
            if number not in done:
                session.execute(file.read_text(encoding="utf-8").encode())
                session.execute("INSERT INTO lotse.migrations VALUES (%s, %s, %s)", [part, number, file.name])
                applied.append(number)
    if part == INDEX:
        register_vector(session)
    return applied


@contextmanager
def locked(session: Session, name: str) -> Iterator[None]:
    """Let a second one of this name wait for the first; ended with the connection, so nobody leaves a lock behind."""
    key = f"lotse {name}"
    session.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
    try:
        yield
    finally:
        if not session.closed and session.info.transaction_status != psycopg.pq.TransactionStatus.INERROR:
            session.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def fill(session: Session, table: str, types: Mapping[str, str], rows: Iterable[Sequence[object]]) -> None:
    """Insert many rows into a table at COPY's speed; `types` gives each column's, and a transaction must be open.

    COPY itself is refused where row-level security holds, so it goes to a table of this session first.
    """
    columns = sql.SQL(", ").join(map(sql.Identifier, types))
    defined = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL(t)) for c, t in types.items())
    session.execute(sql.SQL("CREATE TEMPORARY TABLE filling ({}) ON COMMIT DROP").format(defined))
    with session.cursor() as cursor, cursor.copy("COPY filling FROM STDIN (FORMAT BINARY)") as into:
        into.set_types(list(types.values()))
        for row in rows:
            into.write_row(row)
    target = sql.Identifier("lotse", table)
    session.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM filling").format(target, columns, columns))
    session.execute("DROP TABLE filling")


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    found = [(_NUMBERED.fullmatch(file.name), file) for file in sorted(folder.glob("*.sql"))]
    return [(int(name[1]), file) for name, file in found if name]


def _require_vector(session: Session) -> None:
    if session.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone():
        return
    try:
        session.execute("CREATE EXTENSION vector")
    except psycopg.Error as error:
        raise DatabaseUnfit(
            f"The database has no extension pgvector ({str(error).splitlines()[0]}). "
            "As its administrator: CREATE EXTENSION vector"
        ) from error
