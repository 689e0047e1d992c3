"""The needs report over whole months, and the editors' tasks."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.ledger import Counts, Events, Ledger, Turns, open_ledger
from assistant.report import NoMonths, as_csv, as_json, make_report, name_of, reported_months
from assistant.tasks import make_tasks
from tests.house import catalog, content_folder

TODAY = date(2026, 12, 15)
CATALOG = catalog()


def turns(month: str, count: int, outcome: str = "answered", topic: str = "work", place: str = "nidda") -> Counts:
    """Some turns on days of a month."""
    focus = "work" if outcome in ("answered", "asking") else ""
    return {Turns(f"{month}-{day:02}", "de", topic, focus, place, outcome): 1 for day in range(1, count + 1)}


def events(month: str, count: int, event: str, source: str = "offer/umschulung") -> dict[Turns | Events, int]:
    return {Events(f"{month}-09", source, event): count}


@pytest.fixture
def ledger(journal_address: str) -> Ledger:
    ledger = open_ledger(journal_address, "wetterau", 400)
    for month in ("2026-10", "2026-11"):
        ledger.add(turns(month, 28))
        ledger.add(turns(month, 9, "answered", "school", "buedingen"))
        ledger.add(turns(month, 8, place="friedberg"))
        ledger.add(turns(month, 7, place=""))
        ledger.add(turns(month, 12, "declined", "declined/weather", "nidda"))
        ledger.add(turns(month, 21, "unanswered", "school", "buedingen"))
        ledger.add(turns(month, 6, "unanswered", "unknown", "nidda"))
        ledger.add(turns(month, 5, "unanswered", "unknown", ""))
        ledger.add(turns(month, 5, "referred", "referred/sanction", ""))
        ledger.add(turns(month, 6, "asking"))
    ledger.add(turns("2026-11", 20, "answered", "work", "nidda"))
    ledger.add(turns("2026-12", 28))
    return ledger


def counts(ledger: Ledger, *table: str, first: str = "2026-10", last: str = "2026-11") -> dict[str, int]:
    made = make_report(ledger, CATALOG, first, last, TODAY)
    return {line.key[-1]: line.count for line in made.of(*table)}


# --- what it says ------------------------------------------------------------------------------------------------


def test_it_says_how_answers_ended(ledger: Ledger) -> None:
    assert counts(ledger, "outcome") == {"found": 136, "unanswered": 64, "declined": 24}  # few were referred: withheld


def test_it_says_what_nobody_offers(ledger: Ledger) -> None:
    assert counts(ledger, "need", "unanswered") == {"school": 42}  # with the next one the rest could be worked out


def test_a_need_is_parted_by_town_where_enough_towns_ask(ledger: Ledger) -> None:
    for place in ("nidda", "friedberg"):
        ledger.add(turns("2026-11", 9, "unanswered", "school", place))
    assert counts(ledger, "need_place", "unanswered", "school") == {"buedingen": 21}


def test_a_month_in_which_a_number_is_withheld_is_missing_in_its_sum_and_that_is_said(ledger: Ledger) -> None:
    ledger.add(turns("2026-09", 28))
    made = make_report(ledger, CATALOG, "2026-09", "2026-11", TODAY)
    [line] = [line for line in made.of("need") if line.key[-1] == "school"]
    assert (dict(line.by_month), made.at_least(line)) == ({"2026-10": 21, "2026-11": 21}, True)


def test_a_report_over_two_months_is_the_sum_of_two_reports(ledger: Ledger) -> None:
    """So the difference of two reports tells nothing that neither of them says."""
    both = make_report(ledger, CATALOG, "2026-10", "2026-11", TODAY)
    alone = [make_report(ledger, CATALOG, month, month, TODAY) for month in both.months]
    summed: dict[tuple[str, ...], int] = {}
    for line in (line for report in alone for line in report.lines):
        summed[line.key] = summed.get(line.key, 0) + line.count
    assert {line.key: line.count for line in both.lines} == summed


# --- which months ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "days", "months"),
    [
        (date(2026, 12, 15), 400, ("2025-12", "2026-11")),
        (date(2026, 12, 1), 400, ("2025-11", "2026-10")),  # the last of November may not be written yet
        (date(2026, 12, 2), 400, ("2025-11", "2026-11")),
        (date(2026, 12, 31), 60, ("2026-11", "2026-11")),  # of October the first days are deleted
        (date(2026, 12, 15), 30, ("2026-12", "2026-11")),  # none
    ],
)
def test_only_months_that_are_over_and_wholly_kept_are_reported(
    today: date, days: int, months: tuple[str, str]
) -> None:
    assert reported_months(today, days) == months


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-10", "2026-12"), ("2026-11", "2026-10"), ("2020-01", "2026-11"), ("Oktober", ""), ("2026", "")],
)
def test_another_time_is_refused_with_the_months_there_are(ledger: Ledger, first: str, last: str) -> None:
    with pytest.raises(NoMonths, match="2025-12 to 2026-11"):
        make_report(ledger, CATALOG, first, last, TODAY)


def test_without_a_time_all_months_there_are_are_reported(ledger: Ledger) -> None:
    assert make_report(ledger, CATALOG, "", "", TODAY).months == ("2026-10", "2026-11")


def test_an_empty_journal_gives_an_empty_report(journal_address: str) -> None:
    assert make_report(open_ledger(journal_address, "wetterau", 400), CATALOG, "", "", TODAY).lines == ()


# --- exports -----------------------------------------------------------------------------------------------------


def test_csv_and_json_say_the_same(ledger: Ledger) -> None:
    made = make_report(ledger, CATALOG, "", "", TODAY)
    rows = [row.split(";") for row in as_csv(made, CATALOG).splitlines()[1:]]
    tables = json.loads(as_json(made, CATALOG))["tables"]
    by_month = [
        [table, *line["words"], *[""] * (3 - len(line["words"])), month, str(count)]
        for table, lines in tables.items()
        for line in lines
        for month, count in sorted(line["by_month"].items())
    ]
    assert rows == by_month
    assert ["outcome", "found", "", "", "2026-10", "58"] in rows


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("work", "Arbeit"),
        ("nidda", "Nidda"),
        ("offer/umschulung", "Umschulung"),
        ("declined/weather", "Wetter"),
        ("topic/declined/weather", "Wetter"),
        ("unknown/taxi", "taxi"),
        ("offer/gone", "gone"),
        ("de", "de"),
    ],
)
def test_kinds_are_called_what_the_content_calls_them(part: str, name: str) -> None:
    assert name_of(part, CATALOG) == name


# --- tasks -------------------------------------------------------------------------------------------------------


def test_editors_are_told_which_file_to_look_at_why_how_often_and_since_when(ledger: Ledger) -> None:
    ledger.add(events("2026-10", 12, "unhelped") | events("2026-11", 1, "unhelped", "offer/deutschkurs"))
    ledger.add(events("2026-11", 6, "outdated") | events("2026-11", 1, "wrong") | events("2026-10", 9, "helped"))
    ledger.add(events("2026-11", 1, "unhelped", "topic/work") | events("2026-11", 1, "unhelped", "offer/gone"))
    told = [(task.file, dict(task.reasons), task.since) for task in make_tasks(ledger, CATALOG)]
    assert told == [
        ("offers/umschulung.md", {"outdated": "5 or more", "wrong": "under 5", "none given": "5 or more"}, "2026-10"),
        ("offers/deutschkurs.md", {"none given": "under 5"}, "2026-11"),
    ]


# --- the command -------------------------------------------------------------------------------------------------


@pytest.fixture
def command(ledger: Ledger, journal_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("LOTSE_JOURNAL", journal_address)
    monkeypatch.setenv("LOTSE_CONTENT", str(content_folder(tmp_path / "content")))
    monkeypatch.setattr("assistant.journal.today", lambda: TODAY)
    return CliRunner()


def test_the_command_prints_text_csv_and_json(command: CliRunner, ledger: Ledger) -> None:
    ledger.add(events("2026-10", 7, "unhelped"))
    months = ["--from", "2026-10", "--to", "2026-11"]
    text, csv, as_json = (command.invoke(app, ["report", *months, *how]) for how in ([], ["--csv"], ["--json"]))
    assert "counts under 5 a month are withheld" in text.stdout
    assert csv.stdout.startswith("table;kind 1")
    assert json.loads(as_json.stdout)["to"] == "2026-11"
    tasks, csv, as_json = (command.invoke(app, ["report", "--tasks", *how]) for how in ([], ["--csv"], ["--json"]))
    assert "offers/umschulung.md" in tasks.stdout
    assert "offers/umschulung.md;none given;5 or more;2026-10" in csv.stdout
    assert json.loads(as_json.stdout)[0]["offer"] == "umschulung"


def test_the_command_says_which_months_there_are(command: CliRunner) -> None:
    result = command.invoke(app, ["report", "--to", "2026-12"])
    assert result.exit_code == 2
    assert "2026-11" in result.output


def test_the_command_says_when_no_journal_is_kept(command: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOTSE_JOURNAL", "off")
    result = command.invoke(app, ["report"])
    assert result.exit_code == 2
    assert "LOTSE_JOURNAL" in result.output
