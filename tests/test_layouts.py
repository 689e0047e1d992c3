"""The promises of answers that are not three cards: a comparison, a list, and several needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.cards import Answer, Group
from assistant.dialogue import Assistant
from assistant.pages import Pages, Shown
from assistant.plain_text import as_text
from assistant.site import WEB
from tests.house import actor, catalog, offer, open_assistant, real_voices, talk, voice
from tests.real_words import real_followups

COURSES = {
    "malkurs": offer("Malkurs", duration="zwei Tage", cost="drei Euro", audience={"note": "Für alle."}),
    "backkurs": offer("Backkurs", duration="ein Tag"),
    "baukurs": offer("Baukurs"),
}
SCHOOLS = {f"schule-{name}": actor(f"Berufsschule {name}") for name in ("Rot", "Blau", "Gelb")}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An assistant that knows three courses and three schools."""
    content = catalog(offers=COURSES, pages={}, followups=real_followups())
    schools = {**content.actors, **SCHOOLS}
    return open_assistant(tmp_path_factory.mktemp("layouts"), catalog(COURSES, schools, {}, followups=real_followups()))


def last_of(assistant: Assistant, *messages: str) -> Answer:
    """The answer to the last of some messages."""
    return talk(assistant, *messages)[-1].answer


def test_two_offers_are_set_side_by_side_field_by_field(assistant: Assistant) -> None:
    answer = last_of(assistant, "Was ist der Unterschied zwischen Malkurs und Backkurs?")
    assert (answer.sort, [card.id for card in answer.offers]) == ("comparison", ["malkurs", "backkurs"])
    assert [statement.text for statement in answer.statements] == [
        "Malkurs: Malkurs mit einem Gespräch am Anfang.",
        "„Malkurs“: Für alle.",
        "Dauer von „Malkurs“: zwei Tage.",
        "Kosten bei „Malkurs“: drei Euro.",
        "Backkurs: Backkurs mit einem Gespräch am Anfang.",
        "Dauer von „Backkurs“: ein Tag.",
    ]


def test_what_was_shown_can_be_compared_without_its_names(assistant: Assistant) -> None:
    shown, compared = talk(assistant, "Malkurs oder Backkurs", "was ist der unterschied zwischen den beiden")
    assert compared.answer.sort == "comparison"
    assert [card.id for card in compared.answer.offers] == [card.id for card in shown.answer.offers][:2]


def test_all_of_a_kind_are_listed(assistant: Assistant) -> None:
    answer = last_of(assistant, "Welche Berufsschulen gibt es?")
    assert answer.sort == "list"
    assert {card.id for card in answer.actors} == set(SCHOOLS)


def test_another_word_beside_the_kind_is_an_ordinary_question(assistant: Assistant) -> None:
    assert last_of(assistant, "Welche Berufsschulen haben einen Malkurs?").sort == "cards"


def test_each_of_several_needs_has_its_topic_in_words(assistant: Assistant) -> None:
    answer = last_of(assistant, "Malkurs")
    grouped = replace(answer, groups=(Group("Kunst und Farbe", ("malkurs",)),))
    assert "Kunst und Farbe" in as_text(grouped, voice())
    pages = Pages(assistant, real_voices(), WEB, 2000)
    [response] = talk(assistant, "Malkurs")
    shown = Shown(answer=grouped, turn=response.conversation.last)
    assert "Kunst und Farbe" in pages.chat(shown)
    assert "Kunst und Farbe" not in pages.chat(replace(shown, answer=answer))


def test_a_comparison_says_for_whom_each_offer_is(assistant: Assistant) -> None:
    [response] = talk(assistant, "Was ist der Unterschied zwischen Malkurs und Backkurs?")
    page = Pages(assistant, real_voices(), WEB, 2000).chat(
        Shown(answer=response.answer, turn=response.conversation.last)
    )
    assert page.count("Für alle.") == 1  # not once more as what to clarify
    assert "Kosten bei „Malkurs“" not in page
