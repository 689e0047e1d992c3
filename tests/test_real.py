"""The promises about the real content and the real index: breadth, and figures that do not fall."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from assistant.cards import Answer
from assistant.catalog import Catalog, read_content
from assistant.checking import check
from assistant.conversation import Conversation
from assistant.dialogue import Assistant
from assistant.evaluation import below_record, evaluate_half
from assistant.house import open_assistant
from assistant.labelled import LabelledQuestion, read_questions
from assistant.settings import Settings

SETTINGS = Settings()
QUESTIONS = SETTINGS.content / "questions"


@cache
def assistant() -> Assistant:
    return open_assistant(SETTINGS)


def both_halves() -> list[LabelledQuestion]:
    return [question for half in ("tuning", "test") for question in read_questions(QUESTIONS / half)]


def test_the_content_has_the_promised_breadth() -> None:
    catalog = Catalog.read()
    assert len(catalog.offers) >= 110
    assert len(catalog.actors) >= 40
    assert len(catalog.places) == 25
    assert len(catalog.pages) >= 10
    assert all(len(offer.questions) >= 8 for offer in catalog.offers.values())


def test_the_content_has_no_errors() -> None:
    catalog, problems = read_content()
    problems = [*problems, *check(catalog, Path("content"), date.today())]
    assert [str(problem) for problem in problems if problem.severity == "error"] == []


def test_there_are_enough_questions_of_each_sort() -> None:
    questions = both_halves()
    assert len(questions) >= 500
    assert sum(question.language != "de" for question in questions) >= 60
    assert sum(question.kind == "out_of_scope" for question in questions) >= 40


PAIRS = yaml.safe_load((Path(__file__).parent / "fairness.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("pair", [case["pair"] for case in PAIRS], ids=[case["differs"] for case in PAIRS])
def test_gender_name_and_origin_change_nothing(pair: list[str]) -> None:
    first, second = (assistant().respond(Conversation(), message).answer for message in pair)
    assert _shown(first) == _shown(second)


def _shown(answer: Answer) -> tuple[str, list[str], list[str]]:
    return answer.outcome, [card.id for card in answer.offers], [card.id for card in answer.actors]


def test_no_question_stands_in_both_halves() -> None:
    asked = [question.question.casefold() for question in both_halves()]
    assert len(asked) == len(set(asked))


def test_no_question_of_the_test_half_is_an_example_in_the_content() -> None:
    catalog = Catalog.read()
    examples = {q.casefold() for offer in catalog.offers.values() for q in offer.questions}
    assert [q.question for q in read_questions(QUESTIONS / "test") if q.question.casefold() in examples] == []


def test_no_figure_of_the_test_half_fell() -> None:
    assert below_record(evaluate_half(assistant(), QUESTIONS / "test"), "test") == []


@pytest.mark.parametrize(
    ("question", "offers", "actor"),
    [
        (
            "bin 16, nach der zehnten klasse hab ich null plan was ich werden soll",
            {"berufsberatung-vor-dem-erwerbsleben", "jugendberufsagentur", "berufsinformationszentrum", "check-u"},
            "berufsberatung-giessen",
        ),
        (
            "Ich bin 45, seit zwei Monaten arbeitslos und finde allein nichts. Wer hilft mir bei der Suche?",
            {"arbeitsvermittlung", "bewerbungscoaching", "avgs", "jobsuche"},
            "agentur-fuer-arbeit-giessen",
        ),
        (
            "Ich arbeite im Büro und möchte mich weiterbilden. Zahlt da jemand mit?",
            {"weiterbildung-beschaeftigter", "berufsberatung-im-erwerbsleben", "bildungsurlaub", "aufstiegs-bafoeg"},
            "agentur-fuer-arbeit-giessen",
        ),
    ],
)
def test_each_audience_gets_its_offer_and_somebody_to_call(question: str, offers: set[str], actor: str) -> None:
    answer = assistant().respond(Conversation(), question).answer
    assert answer.outcome in ("answered", "asking")
    assert {card.id for card in answer.offers} & offers
    assert any(card.lines for card in answer.actors)
    assert all(card.next_step for card in answer.offers)
    assert actor in [card.id for card in answer.actors]


@pytest.mark.parametrize(
    "name", ["Hartz IV", "hartz 4", "ALG II", "Arbeitslosengeld 2", "Bürgergeld", "Buergergeld", "Grundsicherungsgeld"]
)
def test_a_benefit_is_found_by_each_of_its_names(name: str) -> None:
    answer = assistant().respond(Conversation(), f"{name} beantragen").answer
    assert answer.offers[0].id == "grundsicherungsgeld"
