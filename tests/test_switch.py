"""A topic or the whole assistant can be turned off while it serves; emergencies never."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from assistant.api import create_app
from assistant.cli import app as cli
from assistant.content import ContentError
from assistant.settings import Settings
from assistant.switch import ON, SWITCH, Off, Switch, read_switch, write_switch
from tests.conftest import WordEncoder
from tests.house import OFFERS, open_assistant, talk
from tests.kept import House, a_house, best, look

SAY = "Zur Schule wird hier gerade nichts gesagt."
OFF = Off(say=SAY, reason="Angaben werden geprüft", by="Frau Muster", at=datetime(2026, 6, 10, 9, 0, tzinfo=UTC))
CRISIS = "Ich will nicht mehr leben"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    return a_house(tmp_path, monkeypatch, WordEncoder())


def test_a_topic_that_is_off_says_the_operators_sentence_and_whom_to_ask(tmp_path: Path) -> None:
    assistant = open_assistant(tmp_path)
    assistant.switch = lambda: Switch(topics={"school": OFF})
    answer = talk(assistant, "Deutschkurs")[0].answer
    assert (answer.outcome, answer.heading, answer.offers) == ("referred", SAY, ())
    assert [card.id for card in answer.actors] == ["kreisverwaltung-wetterau", "behoerdennummer-115"]
    assert SAY in answer.text


def test_other_topics_go_on_without_the_offers_of_the_one_that_is_off(tmp_path: Path) -> None:
    assistant = open_assistant(tmp_path)
    before = talk(assistant, "Umschulung oder Deutschkurs")[0].answer
    topics = {card.id: OFFERS[card.id].topic for card in before.offers}
    assert {"umschulung", "deutschkurs"} <= set(topics)
    # Both fit alike, which is first is the processor's rounding; the answer is about the first, so another goes.
    first = topics[before.offers[0].id]
    off = next(topic for topic in topics.values() if topic != first)
    assistant.switch = lambda: Switch(topics={off: OFF})
    after = talk(assistant, "Umschulung oder Deutschkurs")[0].answer
    assert {card.id for card in after.offers} == {id for id, topic in topics.items() if topic == first}
    assert all(OFFERS[id].summary not in after.text for id, topic in topics.items() if topic == off)


@pytest.mark.parametrize("message", ["Umschulung", "Hallo", "Raumschiff", "Wie wird das Wetter?"])
def test_turned_off_everything_says_the_sentence(tmp_path: Path, message: str) -> None:
    assistant = open_assistant(tmp_path)
    assistant.switch = lambda: Switch(everything=OFF)
    answer = talk(assistant, message)[0].answer
    assert (answer.outcome, answer.heading, answer.offers) == ("referred", SAY, ())


@pytest.mark.parametrize("switch", [Switch(everything=OFF), Switch(topics={"school": OFF, "work": OFF})])
def test_emergencies_are_answered_although_everything_is_off(tmp_path: Path, switch: Switch) -> None:
    assistant = open_assistant(tmp_path)
    assistant.switch = lambda: switch
    answer = talk(assistant, CRISIS)[0].answer
    assert (answer.outcome, [card.id for card in answer.actors]) == ("emergency", ["seelsorge"])


def test_the_page_says_at_once_that_everything_is_off(tmp_path: Path) -> None:
    assistant = open_assistant(tmp_path)
    with TestClient(create_app(Settings(secret="geheim"), assistant)) as visitor:
        assert SAY not in visitor.get("/").text
        assistant.switch = lambda: Switch(everything=OFF)
        assert SAY in visitor.get("/").text


def test_a_turned_switch_is_taken_up_while_serving(house: House) -> None:
    keeper = house.open()
    write_switch(house.settings.var, Switch(everything=OFF))
    keeper.look()
    assert best(keeper, "Umschulung") == ""
    write_switch(house.settings.var, ON)
    keeper.look()
    assert best(keeper, "Umschulung") == "Umschulung"


@pytest.mark.parametrize("text", ["everything: ja", "topics: [", "alles: {}", "everything: {say: Pause}"])
def test_a_switch_that_cannot_be_read_changes_nothing_and_the_operator_reads_why(house: House, text: str) -> None:
    write_switch(house.settings.var, Switch(topics={"school": OFF}))
    keeper = house.open()
    (house.settings.var / SWITCH).write_text(text)
    look(keeper)
    assert (list(keeper.switch.topics), "cannot be read" in keeper.said()["switch"]) == (["school"], True)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["switch", *arguments])
    return result.exit_code, result.output


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("LOTSE_VAR", str(tmp_path))
    return Settings()


def test_the_command_turns_off_with_who_when_and_why_and_on_again(settings: Settings) -> None:
    assert run("--off", SAY, "--reason", "Prüfung", "--by", "Frau Muster")[0] == 0
    off = read_switch(settings.var).everything
    assert off is not None
    assert (off.say, off.reason, off.by, off.at.date()) == (SAY, "Prüfung", "Frau Muster", datetime.now().date())
    assert "by Frau Muster: Prüfung" in run()[1]
    run("--off", SAY, "--reason", "Prüfung", "--topic", "crisis")
    assert list(read_switch(settings.var).topics) == ["crisis"]
    run("--on")
    assert "crisis is off" in run("--on")[1]
    assert "Everything is on" in run("--on", "--topic", "crisis")[1]
    assert read_switch(settings.var) == ON


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["--off", SAY], "--reason"),
        (["--off", SAY, "--on", "--reason", "x"], "one of both"),
        (["--off", SAY, "--reason", "x", "--topic", "wetter"], "school-to-work"),
    ],
)
def test_the_command_says_what_is_missing_and_turns_nothing(
    settings: Settings, arguments: list[str], advice: str
) -> None:
    code, said = run(*arguments)
    assert code == 2
    assert advice in said
    assert read_switch(settings.var) == ON


def test_no_file_means_that_everything_is_on(tmp_path: Path) -> None:
    assert read_switch(tmp_path / "nothing") == ON


def test_a_file_of_wrong_shape_is_an_error_with_advice(tmp_path: Path) -> None:
    (tmp_path / SWITCH).write_text("everything: 3")
    with pytest.raises(ContentError, match="assistant switch --help"):
        read_switch(tmp_path)
