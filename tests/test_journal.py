"""What is kept of a turn, for how long, and that nothing of it points to anybody."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from assistant.api import create_app
from assistant.conversation import Conversation
from assistant.dialogue import Assistant
from assistant.journal import Journal, open_journal
from assistant.ledger import Events, Ledger, Turns
from assistant.settings import Settings
from assistant.sqlite_ledger import SqliteLedger
from tests.house import answer_to, catalog, open_assistant

DAY = date(2026, 10, 7)
NEXT = date(2026, 10, 8)
ROW = Turns("2026-10-07", "de", "work", "work", "nidda", "answered")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    unknown = {"taxi": {"examples": ["Taxischein machen", "wer bezahlt den Taxischein", "Taxischein"]}}
    return open_assistant(tmp_path_factory.mktemp("house"), catalog(rules={"unknown": unknown}))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return a_journal(tmp_path)


def a_journal(folder: Path, day: date = DAY, days: int = 400) -> Journal:
    """A journal that writes only when a test says so."""
    return Journal(SqliteLedger(folder / "journal.sqlite", days), today=lambda: day, seconds=0)


def file_of(journal: Journal) -> Path:
    assert isinstance(journal.ledger, SqliteLedger)
    return journal.ledger.path


def counted(journal: Journal) -> dict[tuple[str, ...], int]:
    """Everything that was counted, written first."""
    journal.write()
    turns, events = journal.ledger.turns(date.min, date.max), journal.ledger.events(date.min, date.max)
    return {row: count for counts in (turns.items(), events.items()) for row, count in counts}


def ask(journal: Journal, assistant: Assistant, *messages: str) -> dict[tuple[str, ...], int]:
    """What is counted of questions that follow one another."""
    conversation = Conversation()
    for message in messages:
        response = assistant.respond(conversation, message)
        journal.record(response, assistant.catalog)
        conversation = response.conversation
    return counted(journal)


# --- what is kept ------------------------------------------------------------------------------------------------


def test_a_turn_is_kept_as_day_language_topic_focus_town_outcome_and_the_offers_shown(
    journal: Journal, assistant: Assistant
) -> None:
    outcome = answer_to(assistant, "Umschulung in Nidda").outcome  # whether it asks back is not the journal's
    assert ask(journal, assistant, "Umschulung in Nidda") == {
        ROW._replace(outcome=outcome): 1,
        Events("2026-10-07", "offer/umschulung", "shown"): 1,
        Events("2026-10-07", "offer/einstiegsqualifizierung", "shown"): 1,
    }


def test_turns_that_are_alike_are_one_row_with_a_number(journal: Journal, assistant: Assistant) -> None:
    for _ in range(3):
        counts = ask(journal, assistant, "Umschulung in Nidda")
    assert [count for row, count in counts.items() if isinstance(row, Turns)] == [3]


def test_what_nobody_offers_is_kept_by_name_and_town(journal: Journal, assistant: Assistant) -> None:
    assert ask(journal, assistant, "wer bezahlt den Taxischein in Büdingen") == {
        Turns("2026-10-07", "de", "unknown/taxi", "", "buedingen", "unanswered"): 1
    }


def test_what_nothing_is_near_to_is_kept_as_unknown(journal: Journal, assistant: Assistant) -> None:
    assert ask(journal, assistant, "xyzzy plugh qwertz") == {
        Turns("2026-10-07", "de", "unknown", "", "", "unanswered"): 1
    }


@pytest.mark.parametrize(
    ("message", "row"),
    [
        ("wie wird das wetter", Turns("2026-10-07", "de", "declined/weather", "", "", "declined")),
        ("sanktion vom amt", Turns("2026-10-07", "de", "referred/sanction", "", "", "referred")),
        ("Hallo", Turns("2026-10-07", "de", "smalltalk", "", "", "smalltalk")),
    ],
)
def test_an_answer_by_rule_is_kept_under_the_rule(
    journal: Journal, assistant: Assistant, message: str, row: Turns
) -> None:
    assert ask(journal, assistant, message) == {row: 1}


def test_of_an_emergency_only_the_day_is_kept(journal: Journal, assistant: Assistant) -> None:
    counts = ask(journal, assistant, "Ich wohne in Nidda", "Ich will nicht mehr leben")
    assert counts[Turns("2026-10-07", "", "emergency", "", "", "emergency")] == 1


def test_a_rare_language_is_kept_as_other(journal: Journal, assistant: Assistant) -> None:
    journal.record(assistant.respond(Conversation(), "Umschulung", language="is"), assistant.catalog)
    assert {row[1] for row in counted(journal) if isinstance(row, Turns)} == {"other"}


def test_the_next_day_not_even_the_bytes_tell_in_which_order_turns_came(tmp_path: Path, assistant: Assistant) -> None:
    messages = ["Umschulung in Nidda", "wie wird das wetter", "Deutschkurs", "sanktion vom amt"]
    files = []
    for at, order in enumerate((messages, messages[::-1])):
        journal = a_journal(tmp_path / str(at))
        for message in order:
            ask(journal, assistant, message)
        before = file_of(journal).read_bytes()
        journal.ledger.forget(NEXT)
        files.append((before, file_of(journal).read_bytes()[100:]))  # without the header, which counts writings
    assert files[0][0] != files[1][0]  # while the day lasts they do
    assert files[0][1] == files[1][1]


def test_no_table_numbers_its_rows(journal: Journal) -> None:
    journal.write()
    with sqlite3.connect(file_of(journal)) as database:
        made = [sql for (sql,) in database.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")]
    assert len(made) == 3
    assert all("WITHOUT ROWID" in sql for sql in made)


# --- how long ----------------------------------------------------------------------------------------------------


def test_what_is_too_old_is_deleted_and_no_byte_of_it_stays(tmp_path: Path) -> None:
    early = a_journal(tmp_path, DAY)
    early.ledger.add({ROW._replace(place="altes-dorf"): 3, Events("2026-10-07", "offer/altes", "shown"): 3})
    path = file_of(early)
    assert b"altes-dorf" in path.read_bytes()
    late = a_journal(tmp_path, DAY + timedelta(days=31), days=30)
    assert counted(late) == {}
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"altes" not in kept


def test_what_is_as_old_as_it_may_be_stays(tmp_path: Path) -> None:
    a_journal(tmp_path).ledger.add({ROW: 3})
    assert counted(a_journal(tmp_path, DAY + timedelta(days=30), days=30)) == {ROW: 3}


def test_a_process_that_runs_over_midnight_deletes_too(tmp_path: Path) -> None:
    days = iter([DAY, DAY, DAY + timedelta(days=99), DAY + timedelta(days=99)])
    day = DAY
    journal = Journal(SqliteLedger(tmp_path / "journal.sqlite", 30), today=lambda: day, seconds=0)
    journal.ledger.add({ROW: 3})
    journal.write()
    assert journal.ledger.turns(date.min, date.max) == {ROW: 3}
    day = list(days)[-1]
    journal.write()
    assert journal.ledger.turns(date.min, date.max) == {}


def test_the_file_is_for_its_owner_alone(journal: Journal) -> None:
    journal.write()
    assert file_of(journal).stat().st_mode & 0o077 == 0


# --- in the application ------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path, assistant: Assistant) -> Iterator[tuple[TestClient, Ledger]]:
    """A visitor, and the ledger that is complete once the visitor has left."""
    settings = Settings(secret="geheim", var=tmp_path, journal=str(tmp_path / "journal.sqlite"))
    with TestClient(create_app(settings, assistant)) as client:
        yield client, SqliteLedger(tmp_path / "journal.sqlite", 400)


def test_every_turn_is_counted_once_on_page_and_api_also_when_it_is_repeated(
    kept: tuple[TestClient, Ledger],
) -> None:
    client, ledger = kept
    with client:
        for _ in range(2):
            client.post("/api/chat", json={"message": "Umschulung in Nidda"})
        page = client.post("/", data={"message": "Umschulung in Nidda"}).text
        conversation = page.split('name="conversation" value="', 1)[1].split('"', 1)[0]
        client.post("/", data={"forget": "place=nidda", "conversation": conversation})
        client.post("/", data={"again": "1", "conversation": conversation})
    assert sum(ledger.turns(date.min, date.max).values()) == 3


@pytest.mark.parametrize(
    ("journal", "index", "address"),
    [
        ("", "", "var/journal.sqlite"),
        ("", "faiss:///srv/index", "var/journal.sqlite"),
        ("", "postgresql://db/lotse", "postgresql://db/lotse"),
        ("/srv/j.sqlite", "postgresql://db/lotse", "/srv/j.sqlite"),
        ("postgres://other/lotse", "postgresql://db/lotse", "postgres://other/lotse"),
        ("off", "postgresql://db/lotse", None),
    ],
)
def test_settings_say_where_the_journal_lies_or_that_there_is_none(
    journal: str, index: str, address: str | None
) -> None:
    assert Settings(var=Path("var"), journal=journal, index=index).journal_address == address


def test_a_file_left_behind_by_the_database_is_named_in_the_log(tmp_path: Path) -> None:
    def said() -> list[object]:
        with capture_logs() as lines:
            journal = open_journal(Settings(var=tmp_path, journal="postgresql://127.0.0.1:1/lotse"))
            assert journal
            journal.close()
        return [line.get("advice") for line in lines if line["event"] == "a journal was left behind"]

    assert said() == []
    (tmp_path / "journal.sqlite").touch()
    assert said() == [f"assistant move-journal {tmp_path}/journal.sqlite, then delete it"]


def test_a_database_that_is_not_known_is_refused_without_naming_it() -> None:
    with pytest.raises(ValueError, match="write a file") as caught:
        Settings(journal="mysql://lotse:geheim@db/lotse")
    assert "geheim" not in str(caught.value)


def test_without_a_journal_nothing_is_written(tmp_path: Path, assistant: Assistant) -> None:
    settings = Settings(secret="geheim", var=tmp_path, journal="off")
    assert open_journal(settings) is None
    with TestClient(create_app(settings, assistant)) as client:
        assert client.post("/api/chat", json={"message": "Umschulung"}).status_code == 200
    assert list(tmp_path.iterdir()) == []


def test_a_failure_that_lasts_is_logged_once_and_counted_each_time(tmp_path: Path, journal: Journal) -> None:
    journal.ledger = SqliteLedger(tmp_path, 400)  # a folder cannot be opened as a file
    before = REGISTRY.get_sample_value("lotse_journal_failures_total") or 0
    with capture_logs() as lines:
        for _ in range(3):
            journal.write()
    after = REGISTRY.get_sample_value("lotse_journal_failures_total") or 0
    assert [line["event"] for line in lines] == ["journal not written"]
    assert after - before == 3
    assert "may be written to" in journal.trouble


def test_counting_keeps_no_answer_waiting(journal: Journal, assistant: Assistant) -> None:
    response = assistant.respond(Conversation(), "Umschulung in Nidda")
    started = time.perf_counter()
    for _ in range(1000):
        journal.record(response, assistant.catalog)
    assert (time.perf_counter() - started) / 1000 < 0.001  # an answer takes some twenty times that
