"""What a later message wants of the answer before it, with the real words of `content/followups.yaml`."""

from __future__ import annotations

import pytest

from assistant.conversation import Conversation, Turn
from assistant.followups import FollowUps, FollowUpWish
from assistant.names import Names
from assistant.situation import Slots
from tests.house import PLACES, SLOTS, catalog, offer
from tests.real_words import real_followups

NAMED = catalog(offers={name.lower(): offer(name) for name in ("Deutschkurs", "Ausbildung", "Umschulung")})
followups = FollowUps(real_followups(), Names(NAMED))
slots = Slots(SLOTS, PLACES)
SHOWN = Conversation().with_turn(Turn("Umschulung?", "answered", ("umschulung", "eq", "kurs"), ("agentur",)))


def wish(message: str, conversation: Conversation = SHOWN) -> FollowUpWish | None:
    """What a message wants, after what it tells of the person was learned."""
    return followups.understand(message, conversation, slots.learn(message), slots.without_places(message))


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("Was kostet das?", "cost"),
        ("und der Preis?", "cost"),
        ("ist das kostenlos", "cost"),
        ("how much is it?", "cost"),
        ("Wie lange dauert das?", "duration"),
        ("wie viele Monate", "duration"),
        ("Welche Unterlagen brauche ich?", "papers"),
        ("was muss ich da mitbringen?", "papers"),
        ("Wann haben die offen?", "hours"),
        ("und die Öffnungszeiten", "hours"),
        ("Oeffnungszeiten?", "hours"),
        ("Wen kann ich anrufen?", "contact"),
        ("hast du eine Nummer", "contact"),
        ("wie komme ich da hin?", "way"),
        ("Adresse?", "way"),
        ("Wie melde ich mich an?", "start"),
        ("geht das auch in Teilzeit?", "part_time"),
        ("für wen ist das?", "audience"),
        ("was ist das genau?", "explain"),
    ],
)
def test_a_question_about_a_field_is_one_about_the_first_offer_shown(message: str, field: str) -> None:
    assert wish(message) == FollowUpWish("field", field, 0)


@pytest.mark.parametrize(
    ("message", "field", "card"),
    [
        ("was kostet das zweite?", "cost", 1),
        ("und wie lange dauert die dritte?", "duration", 2),
        ("was kostet das erste", "cost", 0),
    ],
)
def test_a_field_may_be_asked_of_another_offer_shown(message: str, field: str, card: int) -> None:
    assert wish(message) == FollowUpWish("field", field, card)


@pytest.mark.parametrize(
    ("message", "card"),
    [("das zweite", 1), ("das zweite davon", 1), ("Nummer 3", 2), ("erzähl vom ersten: das erste", 0)],
)
def test_one_of_the_offers_shown_can_be_chosen(message: str, card: int) -> None:
    assert wish(message) == FollowUpWish("choice", card=card)


def test_an_offer_that_was_not_shown_cannot_be_chosen() -> None:
    one_shown = Conversation().with_turn(Turn("Umschulung?", "answered", ("umschulung",)))
    assert wish("das zweite", one_shown) is None


@pytest.mark.parametrize("message", ["und sonst?", "was gibt es noch?", "gibt es noch andere Angebote", "what else?"])
def test_more_can_be_wanted(message: str) -> None:
    assert wish(message) == FollowUpWish("more")


@pytest.mark.parametrize(
    "message",
    [
        "und in Nidda?",
        "gibts das auch in Nidda?",
        "Nidda wär gut",
        "und wenn ich in Büdingen wohne?",
        "61169",
        "bin 17",
        "mit 52?",
        "ich bin arbeitslos",
    ],
)
def test_something_new_about_the_person_asks_the_last_question_again(message: str) -> None:
    assert wish(message) == FollowUpWish("again")


@pytest.mark.parametrize(
    "message",
    [
        "geht das auch für meine Frau?",
        "und für meinen Sohn?",
        "ist das auch was für unsere Tochter",
        "for my wife too?",
    ],
)
def test_another_person_asks_the_last_question_again(message: str) -> None:
    assert wish(message) == FollowUpWish("again")
    assert followups.is_about_another(message)


@pytest.mark.parametrize("message", ["und für mich?", "was kostet das?", "und in Nidda?"])
def test_the_same_person_stays_the_same(message: str) -> None:
    assert not followups.is_about_another(message)


@pytest.mark.parametrize(
    "message",
    [
        "Ich suche einen Deutschkurs",
        "Wer hilft mir bei einer Bewerbung?",
        "Was kostet der Führerschein für Staplerfahrer und Kranführer?",
        "Meine Firma hat mir gekündigt, was muss ich tun und wo muss ich mich melden, wenn ich in Nidda wohne?",
        "Raumschiff",
        "",
    ],
)
def test_a_new_question_stays_a_new_question(message: str) -> None:
    assert wish(message) is None


@pytest.mark.parametrize("message", ["Was kostet ein Deutschkurs?", "Wie lange dauert eine Ausbildung zum Koch?"])
def test_a_field_of_a_thing_that_was_not_shown_is_a_new_question(message: str) -> None:
    assert wish(message) is None


@pytest.mark.parametrize("message", ["Deutschkurs in Nidda", "Kinderbetreuung Friedberg", "Schulden, 61169"])
def test_a_new_subject_with_a_town_is_a_new_question(message: str) -> None:
    assert wish(message) is None


@pytest.mark.parametrize(
    "message", ["Was kostet das?", "das zweite", "und sonst?", "und in Nidda?", "auch für meine Frau?"]
)
@pytest.mark.parametrize("conversation", [Conversation(), Conversation().with_turn(Turn("Hallo", "smalltalk"))])
def test_where_nothing_was_shown_every_message_stands_on_its_own(message: str, conversation: Conversation) -> None:
    assert wish(message, conversation) is None


@pytest.mark.parametrize(
    ("message", "compares", "lists"),
    [
        ("Was ist der Unterschied zwischen EQ und BvB?", True, False),
        ("Welche Berufsschulen gibt es?", False, True),
        ("Umschulung", False, False),
    ],
)
def test_comparisons_and_lists_are_told_apart(message: str, compares: bool, lists: bool) -> None:
    assert (followups.compares(message), followups.wants_list(message)) == (compares, lists)
