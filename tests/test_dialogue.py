"""The promises of a conversation: whatever is asked, the answer is honest, cited, current and fits the person."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assistant.conversation import Conversation
from assistant.dialogue import Assistant, spoken_address
from assistant.guardrails import Screening
from tests.conftest import WordEncoder
from tests.house import (
    ACTORS,
    NOW,
    OFFERS,
    TODAY,
    YESTERDAY,
    actor,
    actors_of,
    answer_to,
    catalog,
    offer,
    offers_of,
    open_assistant,
    page,
    situation,
    talk,
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The assistant of the small house."""
    return open_assistant(tmp_path_factory.mktemp("house"))


# --- finding -----------------------------------------------------------------------------------------------------


def test_a_question_finds_the_offer_and_the_people_to_call(assistant: Assistant) -> None:
    answer = answer_to(assistant, "Ich suche eine Umschulung")
    assert (answer.outcome, offers_of(answer)[0], actors_of(answer)[0]) == ("answered", "umschulung", "agentur")


def test_the_same_offer_is_found_without_umlauts_and_in_capitals(assistant: Assistant) -> None:
    assert offers_of(answer_to(assistant, "UMSCHULUNG"))[0] == "umschulung"
    assert offers_of(answer_to(assistant, "EQ"))[0] == "einstiegsqualifizierung"


def test_an_actor_asked_for_by_name_is_shown_first(assistant: Assistant) -> None:
    answer = answer_to(assistant, "Jobcenter")
    assert (answer.outcome, actors_of(answer)[0]) == ("answered", "jobcenter")


def test_knowledge_that_is_no_offer_is_told_from_its_page(assistant: Assistant) -> None:
    answer = answer_to(assistant, "Zuständigkeit")
    assert answer.pages == ("zustaendigkeit",)
    assert answer.statements[0].text == "Zuständigkeit auf einen Blick erklärt."


def test_at_most_three_offers_are_shown(tmp_path: Path) -> None:
    many = {f"kurs-{n}": offer(f"Malkurs {name}") for n, name in enumerate(["rot", "blau", "gelb", "lila", "grau"])}
    shown = offers_of(answer_to(open_assistant(tmp_path, catalog(offers=many, pages={})), "Malkurs"))
    assert len(shown) == 3
    assert set(shown) <= set(many)


def test_name_and_gender_of_the_person_change_nothing(assistant: Assistant) -> None:
    one, other = (answer_to(assistant, f"Ich bin {who} und suche Umschulung") for who in ("der Omar", "die Anna"))
    assert (offers_of(one), actors_of(one), one.outcome) == (offers_of(other), actors_of(other), other.outcome)


# --- honesty -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", ["Raumschiff fliegen", "qwertz", "???", "' OR 1=1 --", "{{ 7*7 }}"])
def test_where_nothing_passes_the_threshold_the_answer_is_unanswered_with_a_human(
    assistant: Assistant, message: str
) -> None:
    answer = answer_to(assistant, message)
    assert (answer.outcome, offers_of(answer)) == ("unanswered", [])
    assert actors_of(answer) == ["kreisverwaltung-wetterau", "behoerdennummer-115"]
    assert all(card.phones for card in answer.actors)


@pytest.mark.parametrize(
    "message",
    [
        "Umschulung",
        "Einstiegsqualifizierung",
        "Deutschkurs in Nidda",
        "bin 17, Umschulung oder EQ",
        "Jobcenter",
        "Zuständigkeit",
    ],
)
def test_every_statement_of_an_answer_is_cited(assistant: Assistant, message: str) -> None:
    answer = answer_to(assistant, message)
    listed = {citation.id for citation in answer.citations}
    assert answer.outcome in ("answered", "asking")
    assert answer.statements
    assert all(statement.citations and set(statement.citations) <= listed for statement in answer.statements)
    assert {card.citation for card in answer.offers} | {card.citation for card in answer.actors} <= listed


def test_every_citation_says_where_and_of_which_day(assistant: Assistant) -> None:
    cited = [(c.title, c.url, c.checked_on) for c in answer_to(assistant, "Deutschkurs").citations]
    assert ("Deutschkurs", "https://example.org/angebot", "2026-06-01") in cited


# --- what is shown -----------------------------------------------------------------------------------------------


def _clock(day: int) -> datetime:
    return NOW + timedelta(days=day)


@pytest.mark.parametrize("message", ["Sommerlager", "Umschulung oder Sommerlager", "Ich will ein Sommerlager"])
def test_an_expired_offer_is_never_recommended(assistant: Assistant, message: str) -> None:
    assert "sommerlager" not in offers_of(answer_to(assistant, message))
    assert "Sommerlager mit einem Gespräch" not in answer_to(assistant, message).text


@pytest.mark.parametrize(("day", "is_shown"), [(0, True), (1, False)])
def test_an_offer_is_recommended_to_its_last_day(tmp_path: Path, day: int, is_shown: bool) -> None:
    ends_today = catalog(offers={**OFFERS, "kurs": offer("Malkurs", valid_until=TODAY)})
    answer = answer_to(open_assistant(tmp_path, ends_today, lambda: _clock(day)), "Malkurs")
    assert ("kurs" in offers_of(answer)) is is_shown


def test_where_only_an_expired_offer_is_found_a_human_is_named(assistant: Assistant) -> None:
    answer = answer_to(assistant, "Sommerlager")
    assert answer.outcome == "unanswered"
    assert actors_of(answer) != []


def test_an_expired_page_is_never_quoted(tmp_path: Path) -> None:
    content = catalog(pages={"zustaendigkeit": page(valid_until=YESTERDAY)})
    assert answer_to(open_assistant(tmp_path, content), "Zuständigkeit").pages == ()


def test_an_expired_actor_is_never_named(tmp_path: Path) -> None:
    content = catalog(actors={**ACTORS, "agentur": actor(valid_until=YESTERDAY)})
    assert "agentur" not in actors_of(answer_to(open_assistant(tmp_path, content), "Umschulung"))


def test_an_offer_that_expires_between_two_turns_is_no_error(tmp_path: Path) -> None:
    day = [0]
    content = catalog(offers={"kurs": offer("Malkurs", valid_until=TODAY, cost="frei")}, pages={})
    assistant = open_assistant(tmp_path, content, lambda: _clock(day[0]))
    [shown] = talk(assistant, "Malkurs")
    day[0] = 1
    assert "kurs" not in offers_of(assistant.respond(shown.conversation, "Was kostet das?").answer)


def test_a_rule_that_names_an_expired_offer_is_no_error(tmp_path: Path) -> None:
    camp = {"label": "Lager", "say": "Das prüft eine Beratung.", "offers": ["sommerlager"], "patterns": ["zelten"]}
    assistant = open_assistant(tmp_path, catalog(rules={"referred": {"camp": camp}}))
    assert offers_of(answer_to(assistant, "Zelten")) == []


@pytest.mark.parametrize(
    "message",
    ["bin 30, EQ", "Ich bin 25 und will eine Einstiegsqualifizierung", "EQ mit 52?", "bin 40, Umschulung oder EQ"],
)
def test_an_offer_that_cannot_fit_is_never_shown(assistant: Assistant, message: str) -> None:
    assert "einstiegsqualifizierung" not in offers_of(answer_to(assistant, message))


def test_what_was_learned_keeps_holding_in_later_turns(assistant: Assistant) -> None:
    responses = talk(assistant, "bin 30, Umschulung bitte", "Einstiegsqualifizierung")
    assert responses[-1].conversation.situation == situation(age=30)
    assert "einstiegsqualifizierung" not in offers_of(responses[-1].answer)


def test_a_correction_replaces_what_was_known(assistant: Assistant) -> None:
    responses = talk(assistant, "bin 30, Umschulung oder EQ", "bin 20")
    assert responses[-1].conversation.situation == situation(age=20)
    shown = [set(offers_of(response.answer)) for response in responses]
    assert shown == [{"umschulung"}, {"umschulung", "einstiegsqualifizierung"}]


def test_an_offer_that_was_shown_and_no_longer_fits_is_not_called_fitting(assistant: Assistant) -> None:
    answer = answer_to(assistant, "Einstiegsqualifizierung", "Was kostet das, ich bin 40?")
    assert [card.fit for card in answer.offers if card.id == "einstiegsqualifizierung"] == []


def test_an_offer_of_a_page_that_cannot_fit_is_not_shown(tmp_path: Path) -> None:
    content = catalog(pages={"zustaendigkeit": page(offers=["einstiegsqualifizierung", "umschulung"])})
    answer = answer_to(open_assistant(tmp_path, content), "bin 30, Zuständigkeit")
    assert answer.pages == ("zustaendigkeit",)
    assert "einstiegsqualifizierung" not in offers_of(answer)


def test_the_responsible_actor_follows_the_situation(assistant: Assistant) -> None:
    with_benefit = answer_to(assistant, "Ich bekomme Bürgergeld und will eine Umschulung")
    without = answer_to(assistant, "Ich bekomme Arbeitslosengeld und will eine Umschulung")
    assert with_benefit.offers[0].actors[0] == "jobcenter"
    assert without.offers[0].actors == ("agentur",)


# --- asking back -------------------------------------------------------------------------------------------------

YOUNG_ONLY = {
    "eq": offer("Malkurs Anfang", audience={"max_age": 24}),
    "bvb": offer("Malkurs Mitte", audience={"max_age": 24, "status": ["unemployed"]}),
}


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An assistant whose offers all depend on the age."""
    return open_assistant(tmp_path_factory.mktemp("asking"), catalog(offers=YOUNG_ONLY, pages={}))


def test_help_is_shown_before_a_question_is_asked(asking: Assistant) -> None:
    answer = answer_to(asking, "Malkurs")
    assert answer.outcome == "asking"
    assert set(offers_of(answer)) == {"eq", "bvb"}
    assert answer.follow_up is not None
    assert (answer.follow_up.slot, answer.follow_up.question) == ("age", "Wie alt sind Sie?")
    assert [choice.label for choice in answer.follow_up.choices] == ["unter 18", "18 oder älter"]


def test_the_same_slot_is_asked_once(asking: Assistant) -> None:
    asked = [r.answer.follow_up.slot for r in talk(asking, *["Malkurs bitte"] * 5) if r.answer.follow_up]
    assert len(asked) == len(set(asked))
    assert asked[0] == "age"


def test_nor_is_it_asked_again_when_the_last_question_is_answered_anew(asking: Assistant) -> None:
    later = ["Malkurs bitte", "und in Nidda?", "und in Büdingen?", "und in Friedberg?"]
    asked = [r.answer.follow_up.slot for r in talk(asking, *later) if r.answer.follow_up]
    assert len(asked) == len(set(asked)) > 0


def test_a_slot_that_is_known_is_not_asked(asking: Assistant) -> None:
    answer = answer_to(asking, "bin 17, Malkurs")
    assert answer.follow_up is None or answer.follow_up.slot != "age"


def test_nothing_is_asked_that_would_not_change_the_list(assistant: Assistant) -> None:
    assert answer_to(assistant, "Deutschkurs").follow_up is None


def test_the_words_of_a_choice_answer_the_question(asking: Assistant) -> None:
    responses = talk(asking, "Malkurs", "unter 18")
    assert responses[-1].conversation.situation == situation(age=17)
    assert {card.id: card.fit for card in responses[-1].answer.offers} == {"eq": "yes", "bvb": "unknown"}


def test_a_choice_that_excludes_removes_the_offers(asking: Assistant) -> None:
    assert offers_of(answer_to(asking, "Malkurs", "18 oder älter")) == []


def test_pressing_a_choice_says_its_words(asking: Assistant) -> None:
    [response] = talk(asking, "Malkurs bitte")
    assert asking.choice_words(response.conversation, "17") == "unter 18"
    assert asking.choice_words(response.conversation, "") == "Malkurs bitte"


# --- what was understood -----------------------------------------------------------------------------------------


def test_what_was_learned_is_shown_back(assistant: Assistant) -> None:
    answer = answer_to(assistant, "bin 30 und ohne Arbeit, Umschulung in Nidda")
    assert [chip.label for chip in answer.situation] == ["Alter: 30", "Lebenslage: ohne Arbeit", "Ort: Nidda"]


def test_one_thing_that_was_understood_can_be_taken_away(assistant: Assistant) -> None:
    [response] = talk(assistant, "bin 30 und ohne Arbeit, Umschulung in Nidda")
    forgotten = assistant.forget(response.conversation, "age", "30")
    assert forgotten.situation == situation(status="unemployed", place="nidda")


def test_what_was_taken_away_is_not_learned_again_from_the_same_words_and_not_asked(asking: Assistant) -> None:
    [response] = talk(asking, "bin 17, Malkurs")
    forgotten = asking.forget(response.conversation, "age", "17")
    again = asking.respond(forgotten, response.conversation.turns[-1].question, learn=False)
    assert again.conversation.situation == situation()
    assert again.answer.follow_up is None or again.answer.follow_up.slot != "age"


def test_taking_away_what_is_no_slot_is_not_remembered(assistant: Assistant) -> None:
    [response] = talk(assistant, "bin 30, Umschulung")
    assert assistant.forget(response.conversation, "x" * 5000, "y") == response.conversation


def test_taking_away_what_is_not_known_changes_nothing(assistant: Assistant) -> None:
    [response] = talk(assistant, "bin 30, Umschulung")
    assert assistant.forget(response.conversation, "place", "nidda").situation == situation(age=30)


# --- du and Sie --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("messages", "heading"),
    [
        (["Deutschkurs"], "Ein Angebot für Sie: Deutschkurs"),
        (["bin 17, Deutschkurs"], "Ein Angebot für dich: Deutschkurs"),
        (["bin 40, Deutschkurs"], "Ein Angebot für Sie: Deutschkurs"),
        (["Ich bin 17. Haben Sie einen Deutschkurs?"], "Ein Angebot für Sie: Deutschkurs"),
        (["kannst du mir Umschulung erklären", "Ich suche einen Deutschkurs"], "Ein Angebot für dich: Deutschkurs"),
    ],
)
def test_people_are_spoken_to_as_they_speak_and_young_ones_with_du(
    assistant: Assistant, messages: list[str], heading: str
) -> None:
    assert answer_to(assistant, *messages).heading.startswith(heading)


@pytest.mark.parametrize(
    ("message", "address"),
    [
        ("Können Sie mir helfen?", "Sie"),
        ("kannst du mir helfen", "du"),
        ("haste was für mich", "du"),
        ("Sie ist 17", ""),  # she, not you
        ("Wo gibt es Kurse?", ""),
    ],
)
def test_du_and_sie_are_heard(message: str, address: str) -> None:
    assert spoken_address(message) == address


def test_an_emergency_is_answered_in_the_persons_own_form(assistant: Assistant) -> None:
    assert answer_to(assistant, "bin 16 und will nicht mehr leben").heading == "Du bist nicht allein."
    assert answer_to(assistant, "Ich will nicht mehr leben").heading == "Sie sind nicht allein."


def test_a_question_is_encoded_once_and_ahead_of_its_rules(tmp_path: Path) -> None:
    """What is begun to be encoded while a message is screened is the very text that is searched for afterwards."""
    assistant = open_assistant(tmp_path)
    encoder = WordEncoder()
    assistant.retriever._encoder = encoder
    known: list[list[str]] = []
    screen = assistant.guardrails.screen

    def screened(message: str) -> Screening:
        known.append(list(encoder.encoded))
        return screen(message)

    assistant.guardrails.screen = screened  # type: ignore[method-assign]

    assistant.respond(Conversation(), "Ich wohne in Büdingen und will einen neuen Beruf lernen")

    assert len(encoder.encoded) == 1
    assert known == [encoder.encoded]
