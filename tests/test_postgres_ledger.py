"""The journal in PostgreSQL: Kreise apart, no count lost or doubled with the server, nothing told by how rows lie."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

import assistant.postgres_ledger
from assistant.journal import Journal
from assistant.ledger import Events, LedgerFailed, Turns
from assistant.postgres_ledger import PostgresLedger
from index.database import Session, connect
from tests.house import content_folder
from tests.postgres import Server
from tests.test_database import own_server
from tests.test_faults import CRISIS, ENDED_SECONDS, served, until
from tests.test_journal_faults import failures
from tests.test_ledgers import DAY, ROW, SHOWN, kept

__all__ = ["own_server"]  # a fixture
TABLES = ("journal_turns", "journal_events", "journal_marks")
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def address(postgres: Server) -> str:
    return postgres.new_database(with_vector=False)


def a_ledger(address: str, kreis: str = "wetterau") -> PostgresLedger:
    return PostgresLedger(address, kreis, 400)


def fill(ledger: PostgresLedger) -> None:
    ledger.add({ROW: 1, SHOWN: 2})
    ledger.add_once([("mark", {})], DAY)


# --- many Kreise -------------------------------------------------------------------------------------------------


def test_a_kreis_neither_sees_nor_changes_what_another_counts_even_where_a_query_forgets_to_ask(address: str) -> None:
    fill(a_ledger(address, "wetterau"))
    with connect(address, "vogelsberg") as session:
        for table in TABLES:
            assert session.execute(f"SELECT * FROM lotse.{table}").fetchall() == []
            assert session.execute(f"DELETE FROM lotse.{table}").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("INSERT INTO lotse.journal_marks VALUES ('wetterau', 'x', now())")
    assert kept(a_ledger(address, "vogelsberg")) == {}
    assert kept(a_ledger(address, "wetterau")) == {ROW: 1, SHOWN: 2}


def test_the_same_row_and_mark_of_two_kreise_are_two(address: str) -> None:
    one, other = a_ledger(address, "wetterau"), a_ledger(address, "vogelsberg")
    for ledger in (one, other):
        fill(ledger)
    other.add({ROW: 5})
    other.forget(DAY + timedelta(days=2000))
    assert kept(one) == {ROW: 1, SHOWN: 2}
    assert kept(other) == {}
    assert one.marks() == {"mark": DAY}


def test_a_user_whom_the_separation_does_not_bind_is_refused(postgres: Server) -> None:
    with pytest.raises(LedgerFailed, match=r"'postgres' is not bound.*NOBYPASSRLS"):
        a_ledger(postgres.admin_address).add({ROW: 1})


# --- what rows tell ----------------------------------------------------------------------------------------------


def test_of_a_day_that_is_over_nothing_tells_what_was_written_together_or_in_which_order(address: str) -> None:
    ledger = a_ledger(address)
    rows = [ROW._replace(topic=topic) for topic in ("work", "advice", "school")]
    shown = [Events(row.day, f"offer/{row.topic}", "shown") for row in rows]
    for row, event in zip(rows, shown, strict=True):
        ledger.add({row: 1, event: 1})
    ledger.add({ROW._replace(day=NEXT.isoformat()): 1})
    ledger.add({SHOWN._replace(day=NEXT.isoformat()): 1})
    ledger.forget(NEXT)
    late = ROW._replace(topic="late")
    ledger.add({late: 1, rows[0]: 1})  # of a worker that could not write before
    ledger.forget(NEXT)

    query = "SELECT day, {what}, xmin::text FROM lotse.journal_{table} ORDER BY ctid"
    with connect(address, "wetterau") as session:
        turns = session.execute(query.format(what="topic", table="turns")).fetchall()
        events = session.execute(query.format(what="source", table="events")).fetchall()
        noted = session.execute(
            "SELECT count(*) FROM pg_attribute WHERE attname ~ '(time|_at$|^id$)' AND attrelid = "
            "ANY('{lotse.journal_turns,lotse.journal_events,lotse.journal_marks}'::regclass[])"
        )
        assert noted.fetchone() == (0,)
    over = [(what, written) for day, what, written in turns + events if day == DAY]
    assert [what for what, _ in over[:4]] == ["advice", "late", "school", "work"]
    assert [what for what, _ in over[4:]] == ["offer/advice", "offer/school", "offer/work"]
    assert len({written for _, written in over}) == 1
    assert kept(ledger)[rows[0]] == 2
    assert len({written for day, _, written in turns + events if day == NEXT}) == 2  # goes on being added to


# --- lost and found ----------------------------------------------------------------------------------------------


def test_a_server_that_cannot_be_reached_is_named_without_its_password() -> None:
    ledger = a_ledger("postgresql://lotse:geheim@127.0.0.1:1/lotse")
    with pytest.raises(LedgerFailed, match=r"postgresql://127.0.0.1 \(wetterau\) cannot be reached.*refused") as caught:
        ledger.add({ROW: 1})
    assert "geheim" not in str(caught.value)
    started = time.monotonic()
    with pytest.raises(LedgerFailed, match="could not be reached"):
        ledger.add_once([("mark", {})], DAY)
    assert time.monotonic() - started < 0.05  # no vote waits for what has just failed


def test_a_database_that_may_only_be_read_says_so(address: str) -> None:
    ledger = a_ledger(address)
    fill(ledger)
    with connect(address, "wetterau") as session:
        session.execute("ALTER ROLE lotse SET default_transaction_read_only = on")
        try:
            with pytest.raises(LedgerFailed, match="LOTSE_JOURNAL must name the one") as caught:
                ledger.add({ROW: 1})
        finally:
            session.execute("SET default_transaction_read_only = off")
            session.execute("ALTER ROLE lotse RESET default_transaction_read_only")
    assert caught.value.code == "25006"
    assert kept(ledger) == {ROW: 1, SHOWN: 2}


def test_while_another_program_holds_it_a_vote_does_not_wait(address: str) -> None:
    ledger = a_ledger(address)
    fill(ledger)
    with connect(address, "wetterau") as session, session.transaction():
        session.execute("LOCK TABLE lotse.journal_marks")
        started = time.monotonic()
        with pytest.raises(LedgerFailed, match="holds it locked"):
            ledger.add_once([("other", {SHOWN: 1})], DAY)
        assert time.monotonic() - started < 1
    assert ledger.add_once([("other", {SHOWN: 1})], DAY)


@pytest.mark.parametrize("written", [True, False])
def test_a_connection_lost_while_the_end_was_awaited_counts_once(
    address: str, monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    """Whether the server had written when the connection broke, only the server knows."""
    journal = Journal(a_ledger(address), today=lambda: DAY, seconds=0)
    journal.write()

    @contextmanager
    def breaks_at_the_end(where: str, kreis: str) -> Iterator[Session]:
        with connect(where, kreis) as session:
            yield session
            raise psycopg.OperationalError("connection lost")

    @contextmanager
    def breaks_before(where: str, kreis: str) -> Iterator[Session]:
        with connect(where, kreis) as session, session.transaction():
            yield session
            raise psycopg.OperationalError("connection lost")

    for _ in range(3):
        journal._count([ROW, SHOWN])
        with monkeypatch.context() as broken:
            broken.setattr(assistant.postgres_ledger, "connect", breaks_at_the_end if written else breaks_before)
            journal.write()
        assert "connection lost" in journal.trouble
    journal._count([ROW])
    journal.write()

    assert journal.trouble == ""
    assert kept(journal.ledger) == {ROW: 4, SHOWN: 3}


def test_another_database_in_its_place_is_filled_from_the_start(postgres: Server) -> None:
    first, second = postgres.new_database(False), postgres.new_database(False)
    ledger = a_ledger(first)
    ledger.add({ROW: 1})
    ledger._address = second
    with pytest.raises(LedgerFailed):
        ledger.add({ROW: 1})
    ledger.add({ROW: 1})
    assert kept(a_ledger(second)) == {ROW: 1}


def test_lost_and_found_while_two_replicas_serve_every_answer_comes_and_is_counted(
    own_server: Server, tmp_path: Path
) -> None:
    address = own_server.new_database(with_vector=False)
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        content_folder(folder / "content")
    with (
        served(folders[0], workers=2, LOTSE_JOURNAL=address) as one,
        served(folders[1], LOTSE_JOURNAL=address) as two,
    ):
        assert [server.ask("Umschulung")[0] for server in (one, two) * 3] == [200] * 6
        until(lambda: sum(a_ledger(address).turns(date.min, date.max).values()) == 6)
        own_server.stop()
        started = time.monotonic()
        assert [two.ask(message)[0] for message in ("Umschulung", "Deutschkurs", CRISIS)] == [200] * 3
        assert [one.ask("Umschulung")[0] for _ in range(5)] == [200] * 5
        assert time.monotonic() - started < 5  # nobody waited for the database
        until(lambda: failures(two) >= 1)
        assert "cannot be reached" in two.ready()["problems"]["journal"]  # type: ignore[index]
        own_server.start()
        until(lambda: "journal" not in two.ready()["problems"])  # type: ignore[operator]
        for server in (one, two):
            server.process.terminate()
            assert server.process.wait(ENDED_SECONDS) == 0
        lines = [json.loads(line) for line in two.log.read_text().splitlines() if line.startswith("{")]
    counted = a_ledger(address).turns(date.min, date.max)
    assert sum(counted.values()) == 14
    assert {row.outcome for row in counted} >= {"answered", "emergency"}
    said = [line for line in lines if line["event"] == "journal not written"]
    assert said
    assert all(str(tmp_path) not in json.dumps(line) and "postgres" not in json.dumps(line) for line in said)


def test_days_are_days_whatever_the_database_thinks_of_dates(address: str) -> None:
    with connect(address, "wetterau") as session:
        session.execute(f"ALTER DATABASE {session.info.dbname} SET DateStyle = 'German'")
    ledger = a_ledger(address)
    ledger.add({Turns("2026-10-07", "de", "work", "", "", "answered"): 1})
    assert [row.day for row in ledger.turns(DAY, NEXT)] == ["2026-10-07"]
