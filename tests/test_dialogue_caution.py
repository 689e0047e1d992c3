"""The promises of caution in a conversation: emergencies first, personal data out, other subjects said so."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.conversation import Conversation
from assistant.dialogue import Assistant
from assistant.guardrails import Found
from tests.house import (
    actors_of,
    answer_to,
    catalog,
    offers_of,
    open_assistant,
    talk,
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The assistant of the small house."""
    return open_assistant(tmp_path_factory.mktemp("house"))


# --- caution -----------------------------------------------------------------------------------------------------

PRIVATE = "Umschulung, erreichbar unter 0176 12345678 oder anna.muster@example.org, Konto DE12500105170648489890"
SECRETS = ("0176", "12345678", "anna.muster", "example.org,", "DE1250", "0648489890")


def test_personal_data_is_not_echoed_and_not_kept(assistant: Assistant) -> None:
    [response] = talk(assistant, PRIVATE)
    everything = f"{response.answer} {response.conversation}"
    assert [secret for secret in SECRETS if secret in everything] == []


def test_beside_personal_data_the_help_is_given_and_a_word_said(assistant: Assistant) -> None:
    answer = answer_to(assistant, PRIVATE)
    assert (offers_of(answer)[0], answer.remark) == ("umschulung", "Nummern braucht es nicht.")
    assert "Nummern braucht es nicht." in answer.text


def test_without_personal_data_nobody_is_warned(assistant: Assistant) -> None:
    assert answer_to(assistant, "bin 30, 63667 Nidda, Umschulung").remark is None


class Searched(Exception):
    """The index was asked although it should not be."""


def _no_search(*_: object, **__: object) -> None:
    raise Searched


@pytest.mark.parametrize(
    "message", ["Ich will nicht mehr leben", "Umschulung? ich will nicht mehr leben, 0176 12345678"]
)
def test_an_emergency_comes_before_any_search(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    monkeypatch.setattr(assistant.retriever, "search", _no_search)
    answer = answer_to(assistant, message)
    assert (answer.outcome, actors_of(answer), offers_of(answer)) == ("emergency", ["seelsorge"], [])
    assert (answer.follow_up, answer.suggestions, answer.situation) == (None, (), ())
    assert "+49 800 1110111" in answer.text


def test_the_search_that_an_emergency_avoids_is_the_one_of_other_questions(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assistant.retriever, "search", _no_search)
    with pytest.raises(Searched):
        answer_to(assistant, "Umschulung")


def test_the_words_of_an_emergency_are_not_kept(assistant: Assistant) -> None:
    [response] = talk(assistant, "Ich will nicht mehr leben")
    assert [turn.question for turn in response.conversation.turns] == [""]


def test_after_an_emergency_the_conversation_goes_on(assistant: Assistant) -> None:
    answer = answer_to(assistant, "Ich will nicht mehr leben", "Danke. Ich suche eine Umschulung")
    assert offers_of(answer)[0] == "umschulung"


def test_after_an_emergency_whom_to_ring_is_still_the_helpline(assistant: Assistant) -> None:
    assert actors_of(answer_to(assistant, "Ich will nicht mehr leben", "Wen kann ich anrufen?")) == ["seelsorge"]


@pytest.mark.parametrize(
    ("message", "outcome", "heading", "actors"),
    [
        ("Wie wird das Wetter?", "declined", "Wetter gibt es hier nicht.", []),
        ("Ich habe eine Sanktion", "referred", "Das prüft eine Beratung.", ["kreisverwaltung-wetterau"]),
        ("Hallo", "smalltalk", "Guten Tag.", []),
    ],
)
def test_a_rule_has_its_answer_ready(
    assistant: Assistant, message: str, outcome: str, heading: str, actors: list[str]
) -> None:
    answer = answer_to(assistant, message)
    assert (answer.outcome, answer.heading, actors_of(answer), offers_of(answer)) == (outcome, heading, actors, [])


def test_an_example_of_another_subject_is_declined_though_no_pattern_matches(tmp_path: Path) -> None:
    cars = {"label": "Auto", "say": "Das macht die Zulassungsstelle.", "examples": ["Kennzeichen reservieren"]}
    assistant = open_assistant(tmp_path, catalog(rules={"declined": {"cars": cars}}))
    answer = answer_to(assistant, "Ich will ein Kennzeichen reservieren lassen")
    assert (answer.outcome, answer.heading) == ("declined", "Das macht die Zulassungsstelle.")


@pytest.mark.parametrize(
    "message",
    ["Umschulung " + "bla " * 2000, "Um\u200bschulung", "<b>Umschulung</b>", "Umschulung'; DROP TABLE offers"],
)
def test_the_real_question_inside_a_strange_message_is_answered(assistant: Assistant, message: str) -> None:
    assert offers_of(assistant.respond(Conversation(), message, "de").answer)[:1] == ["umschulung"]


# --- emergencies by meaning ----------------------------------------------------------------------------------------


def test_a_crisis_that_no_pattern_knows_is_met_by_its_example(tmp_path: Path) -> None:
    despair = {"say": "Sie sind nicht allein.", "actors": ["seelsorge"], "examples": ["Gleise Abschied heute"]}
    assistant = open_assistant(tmp_path, catalog(rules={"emergencies": {"despair": despair}}))
    assert answer_to(assistant, "Abschied Gleise").outcome == "emergency"


def test_what_may_be_a_crisis_is_answered_with_the_helpline_last(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too unlikely for an alarm, too likely to say nothing."""
    plain = answer_to(assistant, "Umschulung")
    found = Found("emergency", "despair", assistant.catalog.rules.emergencies["despair"])
    monkeypatch.setattr("assistant.dialogue.perhaps_a_crisis", lambda *_: found)
    answer = answer_to(assistant, "Umschulung")
    assert offers_of(answer) == offers_of(plain)
    assert actors_of(answer) == [*actors_of(plain), "seelsorge"]
    assert answer.remark == "Wenn gerade alles zu viel ist, gibt es hier Hilfe (Telefonseelsorge)."
    assert len({citation.id for citation in answer.citations}) == len(plain.citations) + 1


def test_a_helpline_that_is_there_already_is_not_named_again(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Found("emergency", "despair", assistant.catalog.rules.emergencies["despair"])
    monkeypatch.setattr("assistant.dialogue.perhaps_a_crisis", lambda *_: found)
    answer = answer_to(assistant, "Seelsorge")
    assert actors_of(answer).count("seelsorge") == 1
