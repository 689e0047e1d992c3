"""The promises of later turns: what only makes sense with the turns before is understood by words and by meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.content import Likeness
from assistant.dialogue import Assistant
from tests.house import answer_to, catalog, offer, offers_of, open_assistant, situation, slot, talk
from tests.real_words import real_followups

PAINTING = {
    "rot": offer("Malkurs rot", cost="drei Euro", duration="zwei Tage"),
    "blau": offer("Malkurs blau", cost="vier Euro"),
}


COST = {
    "examples": ["ist das umsonst", "wie teuer ist es", "bezahlt das wer"],
    "examples_in": {"uk": ["скільки це коштує"]},
}
DURATION = {"examples": ["bis wann bin ich fertig", "zieht sich das", "ist das lang"]}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An assistant that knows two courses, the words of later turns as they are, and some messages."""
    known = {"cost": Likeness.model_validate(COST), "duration": Likeness.model_validate(DURATION)}
    later = real_followups().model_copy(update={"examples": known})
    content = catalog(offers=PAINTING, pages={}, followups=later)
    return open_assistant(tmp_path_factory.mktemp("later"), content)


def test_a_later_question_is_understood_by_its_meaning_in_another_language(assistant: Assistant) -> None:
    answer = answer_to(assistant, "Malkurs rot", "скільки це коштує")
    assert (answer.statements[0].text, answer.language) == ("Kosten bei „Malkurs rot“: drei Euro.", "uk")


def test_the_same_words_without_a_turn_before_are_no_later_question(assistant: Assistant) -> None:
    assert answer_to(assistant, "скільки це коштує").outcome == "unanswered"


def test_who_names_an_offer_asks_anew(assistant: Assistant) -> None:
    assert offers_of(answer_to(assistant, "Malkurs rot", "Was kostet Malkurs blau?"))[0] == "blau"


def test_the_second_one_means_the_last_list_even_after_a_question_on_the_first(assistant: Assistant) -> None:
    shown = talk(assistant, "Malkurs", "Was kostet das?", "das zweite davon")
    assert offers_of(shown[1].answer) == offers_of(shown[0].answer)[:1]
    assert offers_of(shown[2].answer) == offers_of(shown[0].answer)[1:2]


def test_a_turn_that_was_not_understood_breaks_no_thread(assistant: Assistant) -> None:
    answer = answer_to(assistant, "Malkurs rot", "qwertz", "Wie lange dauert das?")
    assert answer.statements[0].text == "Dauer von „Malkurs rot“: zwei Tage."


def test_of_another_person_only_the_place_is_kept(tmp_path: Path) -> None:
    slots = {
        "age": slot(patterns=[r"\bbin {age}\b", r"\bist {age}\b"]),
        "for_whom": slot("Für wen", patterns={"child": [r"\bmeine tochter\b"], "me": [r"\bich selbst\b"]}),
        "place": slot("Ort"),
    }
    assistant = open_assistant(tmp_path, catalog(offers=PAINTING, pages={}, slots=slots))
    known = [
        response.conversation.situation
        for response in talk(
            assistant, "bin 45, Malkurs in Nidda", "Meine Tochter ist 17, Malkurs", "ich selbst, Malkurs"
        )
    ]
    assert known == [
        situation(age=45, place="nidda"),
        situation(age=17, place="nidda", for_whom="child"),
        situation(place="nidda", for_whom="me"),
    ]


def test_a_wish_for_another_language_gives_the_answer_again_in_it(tmp_path: Path) -> None:
    wish = {"language_wish": {"say": "Ja, gern.", "patterns": [r"\bin english\b"]}}
    assistant = open_assistant(tmp_path, catalog(offers=PAINTING, pages={}, rules={"smalltalk": wish}))
    first, again, later = talk(assistant, "Malkurs rot", "in english please", "Was kostet das?")
    assert (offers_of(again.answer), again.answer.language) == (offers_of(first.answer), "en")
    assert later.answer.language == "en"


def test_a_wish_for_another_language_without_a_turn_before_is_answered_as_a_word(tmp_path: Path) -> None:
    wish = {"language_wish": {"say": "Ja, gern.", "patterns": [r"\bin english\b"]}}
    assistant = open_assistant(tmp_path, catalog(offers=PAINTING, pages={}, rules={"smalltalk": wish}))
    assert answer_to(assistant, "in english please").outcome == "smalltalk"


def test_a_free_answer_to_the_question_asked_is_no_new_question(tmp_path: Path) -> None:
    young = {"eq": offer("Malkurs Anfang", audience={"max_age": 24})}
    slots = {"age": slot(patterns=[r"\b{age} jahre\b"])}
    assistant = open_assistant(tmp_path, catalog(offers=young, pages={}, slots=slots))
    first, then = talk(assistant, "Malkurs Anfang", "seit letzten freitag endlich zwanzig also 20 jahre")
    assert first.answer.outcome == "asking"
    assert [(card.id, card.fit) for card in then.answer.offers] == [("eq", "yes")]
