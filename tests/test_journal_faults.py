"""The journal killed, locked, full and damaged, each really done: every answer comes, and what can be counted is."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from assistant.settings import ROOT
from assistant.sqlite_ledger import BUSY_SECONDS, SqliteLedger
from tests.house import content_folder
from tests.test_faults import CRISIS, ENDED_SECONDS, Server, served, until
from tests.test_journal import DAY, ROW, a_journal, file_of

# Adds one turn and one offer in each writing, as fast as it goes: after any kill both sums must be alike.
WRITING = """
import sys
from datetime import date
from pathlib import Path
from assistant.ledger import Events, Turns
from assistant.sqlite_ledger import SqliteLedger
ledger = SqliteLedger(Path(sys.argv[1]), 400)
for at in range(10**9):
    day = date(2026, 10, 1 + at % 28).isoformat()
    turns, events = Turns(day, "de", f"topic {at % 97}", "", "", "answered"), Events(day, f"offer/{at % 89}", "shown")
    ledger.add({turns: 1, events: 1})
    if at == 0:
        print("started", flush=True)
    if at % 50 == 49:
        ledger.forget(date(2026, 10, 30))
"""

# On a disk with no room left, then on the same one with room again.
FULL = """
import resource, signal, sys
from pathlib import Path
from tests.test_journal import ROW, a_journal, counted
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = a_journal(Path(sys.argv[1]))
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
rows = {ROW._replace(topic=str(at)): 1 for at in range(int(sys.argv[3]))}
journal._count(list(rows))
journal.write()
print("waiting", sum(journal._waiting.values()))
print(journal.trouble)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
print("counted", counted(journal) == rows)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content_folder(tmp_path / "content")
    return tmp_path


def turns(path: Path) -> int:
    """How many turns a journal has counted."""
    return sum(SqliteLedger(path, 400).turns(date.min, date.max).values())


def failures(server: Server) -> float:
    """How often the journal could not be written, as monitoring reads it."""
    [said] = re.findall(r"^lotse_journal_failures_total (\S+)", server.call("GET", "/metrics")[1], re.MULTILINE)
    return float(said)


# --- killed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.03, 0.1, 0.25, 0.4, 0.7])
def test_killed_in_the_middle_of_writing_it_reads_back_whole(tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "journal.sqlite"
    process = subprocess.Popen([sys.executable, "-c", WRITING, path], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    ledger = SqliteLedger(path, 400)
    counted = turns(path)
    assert counted > 0
    assert counted == sum(ledger.events(date.min, date.max).values())
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    ledger.add({ROW: 1})
    assert turns(path) == counted + 1


def test_a_process_asked_to_end_writes_what_waits(folder: Path) -> None:
    path = folder / "journal.sqlite"
    with served(folder, workers=2, LOTSE_JOURNAL=str(path)) as server:
        statuses = [server.ask("Umschulung")[0] for _ in range(20)]
        server.process.terminate()
        assert server.process.wait(ENDED_SECONDS) == 0
    assert statuses == [200] * 20
    assert turns(path) == 20


# --- locked ------------------------------------------------------------------------------------------------------


def test_locked_by_another_process_for_longer_than_anybody_waits_the_answers_come_and_are_counted_later(
    folder: Path,
) -> None:
    path = folder / "journal.sqlite"
    with served(folder, LOTSE_JOURNAL=str(path)) as server:
        until(path.exists)
        server.ask("Umschulung")
        until(lambda: turns(path) == 1)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            started = time.monotonic()
            assert [server.ask(message)[0] for message in ("Umschulung", "Deutschkurs", CRISIS)] == [200] * 3
            assert time.monotonic() - started < BUSY_SECONDS  # nobody waited for the lock
            until(lambda: failures(server) >= 1)
            assert "holds it locked" in server.ready()["problems"]["journal"]  # type: ignore[index]
            other.execute("ROLLBACK")
        until(lambda: turns(path) == 4)
        until(lambda: "journal" not in server.ready()["problems"])  # type: ignore[operator]
        lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    said = [line for line in lines if line["event"] == "journal not written"]
    assert {line["code"] for line in said} == {"SQLITE_BUSY"}


# --- full --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("room", "rows"), [(0, 1), (20_000, 1), (100_000, 5000)])
def test_on_a_full_disk_counts_wait_until_there_is_room(tmp_path: Path, room: int, rows: int) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path), str(room), str(rows)]
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "counted True"
    assert f"waiting {rows}\n" in result.stdout
    assert "make room" in result.stdout


# --- damaged -----------------------------------------------------------------------------------------------------


def garbage(path: Path) -> None:
    path.write_bytes(b"no database at all " * 500)


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwritten(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:200] + b"\xff" * (len(data) - 200))


@pytest.mark.parametrize("damage", [garbage, half, overwritten])
def test_a_damaged_file_is_put_aside_and_counting_begins_anew(tmp_path: Path, damage: object) -> None:
    journal = a_journal(tmp_path, DAY)
    path = file_of(journal)
    journal.ledger.add({ROW._replace(topic=f"topic {at}"): 1 for at in range(500)})
    damage(path)  # type: ignore[operator]
    journal._count([ROW])
    journal.write()  # finds the damage
    journal.write()
    assert turns(path) == 1
    assert path.with_name("journal.sqlite.damaged").exists()


def test_the_damaged_file_is_deleted_when_what_it_holds_is_too_old(tmp_path: Path) -> None:
    aside = tmp_path / "journal.sqlite.damaged"
    aside.write_bytes(b"x")
    long_ago = time.time() - 500 * 86400
    os.utime(aside, (long_ago, long_ago))
    SqliteLedger(tmp_path / "journal.sqlite", 400).forget(date.today())
    assert not aside.exists()


def test_damaged_while_serving_no_answer_is_lost(folder: Path) -> None:
    path = folder / "journal.sqlite"
    with served(folder, workers=2, LOTSE_JOURNAL=str(path)) as server:
        until(path.exists)
        garbage(path)
        assert [server.ask("Umschulung")[0] for _ in range(10)] == [200] * 10
        until(lambda: path.with_name("journal.sqlite.damaged").exists())
        server.process.terminate()
        assert server.process.wait(ENDED_SECONDS) == 0
    assert turns(path) == 10
