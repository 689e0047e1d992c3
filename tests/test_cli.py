"""The command line: what it prints, and with which exit code it ends."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assistant import checking, cli, house
from assistant.content import ContentError
from assistant.dialogue import Assistant
from assistant.settings import Settings
from tests.house import OFFERS, TODAY, as_file, catalog, content_folder, offer, open_assistant, write

COMMANDS = [
    "check",
    "settings",
    "index",
    "ask",
    "serve",
    "evaluate",
    "benchmark",
    "benchmark retrieval",
    "benchmark speed",
]
IN_ORDER = {id: kept for id, kept in OFFERS.items() if id != "sommerlager"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The assistant of the small house."""
    return open_assistant(tmp_path_factory.mktemp("house"))


class Wednesday(date):
    """The day of the small house, whatever day it is outside."""

    @classmethod
    def today(cls) -> Wednesday:
        return cls(TODAY.year, TODAY.month, TODAY.day)


@pytest.fixture(autouse=True)
def _the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "date", Wednesday)


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch, small: Assistant) -> None:
    """Let the commands open the small house."""
    monkeypatch.setenv("LOTSE_SECRET", "geheim")
    monkeypatch.setattr(house, "open_assistant", lambda settings: small)


def run(*words: str | Path) -> Result:
    """A command as typed."""
    return CliRunner().invoke(cli.app, [str(word) for word in words], env={"COLUMNS": "300"})


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


# --- check -------------------------------------------------------------------------------------------------------


def test_check_of_content_in_order_ends_well(tmp_path: Path) -> None:
    result = run("check", "--content", content_folder(tmp_path, catalog(offers=IN_ORDER)))
    assert result.output.splitlines() == ["3 offers, 5 actors, 1 pages, 3 places: 0 errors, 0 warnings"]
    assert result.exit_code == 0


def test_check_ends_well_with_warnings(tmp_path: Path) -> None:
    result = run("check", "--content", content_folder(tmp_path))
    gone_by = "valid_until 2026-06-09 has gone by: it is no longer shown. Renew it, or remove the file"
    assert result.output.splitlines() == [
        f"warning: {tmp_path}/offers/sommerlager.md, line 5: {gone_by}",
        "4 offers, 5 actors, 1 pages, 3 places: 0 errors, 1 warnings",
    ]
    assert result.exit_code == 0


def test_check_with_errors_names_them_and_exits_1(tmp_path: Path) -> None:
    content_folder(tmp_path, catalog(offers=IN_ORDER))
    file = write(tmp_path / "offers/kurs.md", as_file(offer("Kurs", providers=["agentuhr"])))
    result = run("check", "--content", tmp_path)
    line = file.read_text().splitlines().index("- agentuhr") + 1
    assert result.output.splitlines() == [
        f"error: {file}, line {line}: 'agentuhr' is not in content/actors. Did you mean 'agentur'?",
        "4 offers, 5 actors, 1 pages, 3 places: 1 errors, 0 warnings",
    ]
    assert result.exit_code == 1


def test_check_prints_the_open_facts(tmp_path: Path) -> None:
    result = run("check", "--open", "--content", content_folder(tmp_path))
    assert result.exit_code == 0
    assert [word in result.output for word in ("Jobcenter", "Telefon", "fehlt")] == [True, True, True]


def test_check_writes_the_open_facts_as_a_sheet_that_excel_reads(tmp_path: Path) -> None:
    sheet = tmp_path / "offen.csv"
    result = run("check", "--open", "--csv", sheet, "--content", content_folder(tmp_path / "content"))
    assert result.exit_code == 0
    assert sheet.read_bytes().startswith(b"\xef\xbb\xbfStelle;")
    assert sheet.read_text(encoding="utf-8-sig") == checking.as_csv(checking.open_facts(catalog())).replace(
        "\r\n", "\n"
    )


# --- ask ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_home")
def test_ask_prints_an_answer_to_read() -> None:
    result = run("ask", "Umschulung bitte")
    assert result.exit_code == 0
    assert "1. Umschulung" in result.output
    assert "+49 800 4 555500" in result.output


def ask_json(*words: str) -> dict[str, Any]:
    result = run("ask", "--json", *words)
    assert result.exit_code == 0
    answer: dict[str, Any] = json.loads(result.output)
    return answer


@pytest.mark.usefixtures("at_home")
def test_ask_json_prints_the_contract() -> None:
    answer = ask_json("Umschulung bitte")
    assert list(answer) == [
        "outcome",
        "language",
        "text",
        "statements",
        "offers",
        "actors",
        "citations",
        "follow_up",
        "suggestions",
        "situation",
        "conversation",
    ]
    assert (answer["outcome"], answer["offers"][0]["id"]) == ("answered", "umschulung")


@pytest.mark.usefixtures("at_home")
def test_ask_goes_on_with_a_conversation() -> None:
    first = ask_json("Umschulung bitte")
    then = ask_json("Wie lange dauert das?", "--conversation", first["conversation"])
    assert then["statements"][0]["text"] == "Dauer von „Umschulung“: zwei Jahre."


@pytest.mark.usefixtures("at_home")
def test_ask_takes_the_language_it_is_told() -> None:
    assert ask_json("Umschulung", "--language", "uk")["language"] == "uk"


@pytest.mark.usefixtures("at_home")
def test_ask_says_why_a_conversation_cannot_be_taken_up_again() -> None:
    result = run("ask", "Umschulung", "--conversation", "kaputt")
    assert result.exit_code == 2
    assert "LOTSE_SECRET" in result.output


def test_ask_needs_a_question() -> None:
    assert run("ask").exit_code == 2


# --- what an operator can mend -----------------------------------------------------------------------------------


def _broken(settings: Settings) -> Assistant:
    raise ContentError("content/offers/kurs.md, line 7: 'title' is missing")


def test_what_can_be_mended_is_one_sentence_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(house, "open_assistant", _broken)
    monkeypatch.setattr("sys.argv", ["assistant", "ask", "Umschulung"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    printed = capsys.readouterr()
    assert (printed.out, " ".join(printed.err.split())) == ("", "content/offers/kurs.md, line 7: 'title' is missing")


def test_without_an_index_the_command_that_makes_one_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("LOTSE_VAR", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["assistant", "ask", "Umschulung"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert "Run: " in capsys.readouterr().err


def test_a_mode_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    result = run("benchmark", "retrieval", tmp_path, "--mode", "magic")
    assert result.exit_code == 2
    assert "choose dense, lexical or hybrid" in result.output


def test_a_folder_that_is_no_collection_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    result = run("benchmark", "retrieval", tmp_path)
    assert result.exit_code == 2
    assert "qrels/test.tsv is missing." in " ".join(result.output.replace("│", " ").split())
