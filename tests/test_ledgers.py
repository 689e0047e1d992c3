"""The contract every store of the journal keeps: a new one joins with its line in `journal_address`."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.ledger import ALWAYS, Events, Ledger, Turns, move, open_ledger
from assistant.sqlite_ledger import SqliteLedger
from tests.postgres import Server

DAY = date(2026, 10, 7)
ROW = Turns("2026-10-07", "de", "work", "work", "nidda", "answered")
SHOWN = Events("2026-10-07", "offer/umschulung", "shown")


@pytest.fixture
def ledger(journal_address: str) -> Ledger:
    return open_ledger(journal_address, "wetterau", 400)


def kept(ledger: Ledger) -> dict[Turns | Events, int]:
    """Everything a ledger has counted."""
    rows: list[tuple[Turns | Events, int]] = [*ledger.turns(*ALWAYS).items(), *ledger.events(*ALWAYS).items()]
    return dict(rows)


def test_before_the_first_count_there_is_none(ledger: Ledger) -> None:
    assert kept(ledger) == {}
    assert ledger.marks() == {}


def test_counts_add_up_row_by_row(ledger: Ledger) -> None:
    other = ROW._replace(place="", topic="unknown")
    ledger.add({ROW: 2, SHOWN: 1})
    ledger.add({ROW: 3, other: 1})
    assert kept(ledger) == {ROW: 5, SHOWN: 1, other: 1}


def test_only_the_days_asked_for_are_read(ledger: Ledger) -> None:
    days = [(DAY + timedelta(days=at)).isoformat() for at in range(3)]
    ledger.add({ROW._replace(day=day): 1 for day in days} | {SHOWN._replace(day=day): 1 for day in days})
    assert [row.day for row in ledger.turns(DAY, DAY + timedelta(days=2))] == days[:2]
    assert [row.day for row in ledger.events(DAY + timedelta(days=1), date.max)] == days[1:]


def test_what_has_a_mark_counts_once(ledger: Ledger) -> None:
    assert ledger.add_once([("a", {SHOWN: 1}), ("b", {})], DAY)
    assert not ledger.add_once([("a", {SHOWN: 1}), ("b", {SHOWN: 1})], DAY)
    assert ledger.add_once([("a", {SHOWN: 1}), ("c", {ROW: 1})], DAY)
    assert kept(ledger) == {SHOWN: 1, ROW: 1}
    assert ledger.marks() == {"a": DAY, "b": DAY, "c": DAY}


def test_a_day_and_a_mark_are_forgotten_when_they_are_too_old_and_not_before(ledger: Ledger) -> None:
    ledger.add({ROW: 1, SHOWN: 1})
    ledger.add_once([("a", {})], DAY)
    ledger.forget(DAY)
    assert ledger.marks() == {"a": DAY}
    ledger.forget(DAY + timedelta(days=400))
    assert ledger.marks() == {}
    assert kept(ledger) == {ROW: 1, SHOWN: 1}
    ledger.forget(DAY + timedelta(days=401))
    assert kept(ledger) == {}


def test_many_who_write_at_once_lose_no_count_and_take_a_mark_once(journal_address: str) -> None:
    topics = ["work", "school", "advice", "German"]

    def write(writer: int) -> tuple[int, bool]:
        ledger = open_ledger(journal_address, "wetterau", 400)  # as a process of its own has it
        for at in range(20):
            # Each in an order of its own, so that two who locked row by row would wait for one another.
            rows = sorted(topics, key=lambda topic: hash((writer, at, topic)))
            ledger.add({ROW._replace(topic=topic): 1 for topic in rows} | {SHOWN: 1})
        return 20, ledger.add_once([("the same", {SHOWN: 1})], DAY)

    with ThreadPoolExecutor(6) as writers:
        done = list(writers.map(write, range(6)))
    counts = Counter({SHOWN: 121} | {ROW._replace(topic=topic): 120 for topic in topics})
    assert kept(open_ledger(journal_address, "wetterau", 400)) == counts
    assert [taken for _, taken in done].count(True) == 1


def test_many_who_begin_the_same_file_at_once_wait_for_nothing_and_lose_nothing(tmp_path: Path) -> None:
    writers = 6
    for at in range(60):  # each in a folder that is not there yet; one in ten went wrong before
        ledger = SqliteLedger(tmp_path / str(at) / "journal.sqlite", 400)
        begin = Barrier(writers)

        def write(writer: int, ledger: SqliteLedger = ledger, begin: Barrier = begin) -> bool:
            begin.wait()
            return ledger.add_once([(str(writer), {SHOWN: 1})], DAY)

        with ThreadPoolExecutor(writers) as pool:
            assert all(pool.map(write, range(writers)))
        assert kept(ledger) == {SHOWN: writers}
        assert ledger.path.stat().st_mode & 0o777 == 0o600
        assert {file.name for file in ledger.path.parent.iterdir()} <= {
            "journal.sqlite",
            "journal.sqlite-wal",
            "journal.sqlite-shm",
        }


# --- moving ------------------------------------------------------------------------------------------------------


def test_what_is_moved_is_added_once_with_the_votes_that_were_given(ledger: Ledger, tmp_path: Path) -> None:
    old = open_ledger(str(tmp_path / "old.sqlite"), "wetterau", 400)
    old.add({ROW: 2, SHOWN: 1})
    old.add_once([("vote", {SHOWN: 1})], DAY + timedelta(days=1))
    ledger.add({ROW: 1})

    assert [move(old, ledger, DAY), move(old, ledger, DAY)] == [2, 0]

    assert kept(ledger) == {ROW: 3, SHOWN: 2}
    assert not ledger.add_once([("vote", {SHOWN: 1})], DAY)


def test_the_command_moves_a_file_into_the_database_of_the_index(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres.new_database()
    monkeypatch.setenv("LOTSE_INDEX", address)
    monkeypatch.setenv("LOTSE_JOURNAL", "")
    open_ledger(str(tmp_path / "old.sqlite"), "wetterau", 400).add({ROW: 2})
    missing, moved = (
        CliRunner().invoke(app, ["move-journal", str(tmp_path / name)]) for name in ("none", "old.sqlite")
    )
    assert "there is no file" in missing.output
    assert moved.stdout.startswith("1 sums added")
    assert kept(open_ledger(address, "wetterau", 400)) == {ROW: 2}
