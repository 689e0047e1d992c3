"""The promises of the turns after the first: what they stand on, what is kept and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.dialogue import Assistant
from tests.house import (
    PAGES,
    SLOTS,
    actors_of,
    answer_to,
    catalog,
    offer,
    offers_of,
    open_assistant,
    situation,
    talk,
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The assistant of the small house."""
    return open_assistant(tmp_path_factory.mktemp("house"))


# --- later turns -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Was kostet das?", "Kosten bei „Umschulung“: kostenlos."),
        ("Wie lange dauert das?", "Dauer von „Umschulung“: zwei Jahre."),
        ("Welche Unterlagen brauche ich?", "Mitbringen für „Umschulung“: Lebenslauf, Zeugnisse."),
    ],
)
def test_a_question_about_a_field_is_answered_from_that_field_with_its_source(
    assistant: Assistant, message: str, said: str
) -> None:
    answer = answer_to(assistant, "Umschulung", message)
    assert [statement.text for statement in answer.statements] == [said]
    [cited] = [c for c in answer.citations if c.id in answer.statements[0].citations]
    assert cited.title == "Umschulung"


def test_why_an_offer_fits_is_told_by_the_question_not_by_the_later_one(assistant: Assistant) -> None:
    asked = ("Umschulung mit Zeugnis", "Was kostet ein Blatt dafür?")
    first, later = (turn.answer.offers[0] for turn in talk(assistant, *asked))
    assert (later.words, later.quote) == (first.words, first.quote)
    assert first.words == ("Zeugnis",)


def test_a_field_that_is_not_there_is_said_so_with_the_person_to_ask(assistant: Assistant) -> None:
    answer = answer_to(assistant, "Deutschkurs", "Was kostet das?")
    assert [statement.text for statement in answer.statements] == [
        "Dazu steht bei „Deutschkurs“ nichts in den geprüften Texten.",
        "Am besten dort fragen: Agentur für Arbeit.",
    ]
    assert actors_of(answer) == ["agentur"]


def test_more_brings_offers_that_were_not_shown(tmp_path: Path) -> None:
    many = {f"kurs-{n}": offer(f"Malkurs {name}") for n, name in enumerate(["rot", "blau", "gelb", "lila", "grau"])}
    assistant = open_assistant(tmp_path, catalog(offers=many, pages={}))
    first, second, third = (response.answer for response in talk(assistant, "Malkurs", "und sonst?", "noch was?"))
    assert len(offers_of(first)) == 3
    assert sorted(offers_of(first) + offers_of(second)) == sorted(many)
    assert (third.outcome, offers_of(third)) == ("unanswered", [])
    assert third.actors != ()


def test_another_town_asks_the_same_question_for_there(assistant: Assistant) -> None:
    responses = talk(assistant, "Umschulung in Friedberg", "und in Nidda?")
    assert responses[-1].conversation.situation == situation(place="nidda")
    assert offers_of(responses[-1].answer)[0] == "umschulung"


def test_another_person_is_known_only_by_where_they_live(assistant: Assistant) -> None:
    responses = talk(assistant, "bin 30 aus Nidda, Umschulung oder EQ", "geht das auch für meine Tochter?")
    assert responses[-1].conversation.situation == situation(place="nidda")
    assert "einstiegsqualifizierung" in offers_of(responses[-1].answer)


@pytest.mark.parametrize("message", ["Adresse?", "und die Öffnungszeiten?", "Wen kann ich anrufen?"])
def test_a_later_question_about_an_actor_is_about_the_one_asked_for(assistant: Assistant, message: str) -> None:
    assert actors_of(answer_to(assistant, "Kreisverwaltung", message))[:1] == ["kreisverwaltung-wetterau"]


def test_a_polite_word_in_between_does_not_break_the_thread(assistant: Assistant) -> None:
    assert offers_of(answer_to(assistant, "Umschulung", "Hallo", "Was kostet das?")) == ["umschulung"]


def test_a_new_question_is_answered_for_itself(assistant: Assistant) -> None:
    assert offers_of(answer_to(assistant, "Umschulung", "Ich suche einen Deutschkurs"))[0] == "deutschkurs"


# --- the conversation --------------------------------------------------------------------------------------------


def test_a_conversation_remembers_what_was_shown(assistant: Assistant) -> None:
    responses = talk(assistant, "Deutschkurs", "Was kostet das?")
    kept = [(turn.question, turn.outcome, turn.offers, turn.asked_anew) for turn in responses[-1].conversation.turns]
    assert kept == [
        ("Deutschkurs", "answered", ("deutschkurs",), True),
        ("Was kostet das?", "answered", ("deutschkurs",), False),
    ]


def test_answering_leaves_the_conversation_before_as_it_was(assistant: Assistant) -> None:
    [first] = talk(assistant, "bin 30, Deutschkurs")
    before = first.conversation
    again = [assistant.respond(before, "bin 40, Umschulung").answer for _ in range(2)]
    assert before.situation == situation(age=30)
    assert again[0] == again[1]


def test_ten_turns_can_be_had_without_forgetting_the_person(assistant: Assistant) -> None:
    messages = ["bin 30 aus Nidda, Umschulung", *["Was kostet das?", "Deutschkurs bitte", "Hallo"] * 3]
    assert talk(assistant, *messages)[-1].conversation.situation == situation(age=30, place="nidda")


def test_without_slots_everything_still_works(tmp_path: Path) -> None:
    without = {"place": SLOTS["place"]}
    answer = answer_to(open_assistant(tmp_path, catalog(slots=without, pages=PAGES)), "bin 30, EQ")
    assert offers_of(answer)[0] == "einstiegsqualifizierung"
