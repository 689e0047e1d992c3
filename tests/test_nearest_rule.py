"""The promises of alarms: a crisis among the nearest is met, what only sounds like one is not."""

from __future__ import annotations

import pytest

from assistant.content import GuardrailRules
from assistant.guardrails import Guardrails
from assistant.nearest_rule import (
    ALARM,
    FAR,
    LIKELY,
    NEAR,
    SAME,
    SURE_OF_IT,
    SURE_OFFER,
    SURELY_A_CRISIS,
    WORRY,
    is_smalltalk,
    nearest_rule,
    perhaps_a_crisis,
)
from index.types import Hit, Likely, Passage, Ranking
from tests.real_words import real_rules


@pytest.fixture(scope="module")
def guardrails() -> Guardrails:
    rules: GuardrailRules = real_rules()
    return Guardrails(rules)


def hit(source: str, score: float, similarity: float) -> Hit:
    return Hit(Passage("p", source, "question", "Text"), score, similarity)


def rule(
    guardrails: Guardrails, *hits: Hit, message: str = "", confidence: float = 0.1, **likely: Likely
) -> str | None:
    found = nearest_rule(Ranking(hits, likely=likely, confidence=confidence), guardrails, THRESHOLD, message)
    return f"{found.kind}/{found.name}" if found else None


def crisis(chance: float, similarity: float = FAR) -> Likely:
    return Likely(CRISIS, chance, similarity)


THRESHOLD = 0.2
CRISIS = "emergency/suicide"
OFFER = hit("offer/quabb", 0.9, 0.7)


def test_a_crisis_is_met_by_the_chance_of_all_of_them_together(guardrails: Guardrails) -> None:
    assert rule(guardrails, OFFER, emergency=crisis(ALARM)) == CRISIS
    assert rule(guardrails, OFFER, emergency=crisis(ALARM - 0.01)) is None
    assert rule(guardrails, OFFER, emergency=crisis(0.23), offer=Likely("offer/quabb", 0.6)) is None
    assert rule(guardrails, OFFER, emergency=crisis(0.25), offer=Likely("offer/quabb", 0.6)) == CRISIS


def test_a_message_far_from_every_example_of_a_crisis_is_one_only_when_that_is_likely(guardrails: Guardrails) -> None:
    assert rule(guardrails, OFFER, emergency=crisis(LIKELY - 0.01, FAR - 0.01)) is None
    assert rule(guardrails, OFFER, emergency=crisis(LIKELY, FAR - 0.01)) == CRISIS
    assert rule(guardrails, OFFER, emergency=crisis(LIKELY - 0.01, FAR)) == CRISIS


def test_who_says_what_an_example_says_is_in_a_crisis_however_likely_unless_a_saying_is_nearer(
    guardrails: Guardrails,
) -> None:
    said, saying = crisis(0.05, SAME), Likely("harmless/speech", 0.5, SAME + 0.1)
    assert rule(guardrails, OFFER, emergency=said) == CRISIS
    assert rule(guardrails, OFFER, emergency=said, harmless=saying) is None


def test_without_a_classifier_a_crisis_is_met_in_first_place_and_near(guardrails: Guardrails) -> None:
    assert rule(guardrails, hit(CRISIS, 0.9, 0.7)) == CRISIS
    assert rule(guardrails, hit(CRISIS, 0.9, 0.3)) is None
    assert rule(guardrails, OFFER, hit(CRISIS, 0.1, 0.6)) is None


def test_another_subject_counts_in_first_place_and_near(guardrails: Guardrails) -> None:
    weather = hit("declined/weather", 0.9, 0.6)
    assert rule(guardrails, weather) == "declined/weather"
    assert rule(guardrails, OFFER, weather) is None
    assert rule(guardrails, hit("declined/weather", 0.9, 0.3)) is None


def test_of_what_is_not_ours_the_likeliest_rule_is_told_if_one_is_near(guardrails: Guardrails) -> None:
    declined, referred = Likely("declined/weather", 0.3, NEAR), Likely("referred/sanction", 0.1, 0.2)
    assert rule(guardrails, OFFER, declined=declined, referred=referred) == "declined/weather"
    assert rule(guardrails, OFFER, declined=Likely("declined/weather", 0.9, NEAR - 0.1)) is None


def test_what_is_ours_meets_no_rule_of_another_subject_but_is_still_a_crisis(guardrails: Guardrails) -> None:
    declined = Likely("declined/weather", 0.9, 0.9)
    weather = hit("declined/weather", 0.9, 0.9)
    assert rule(guardrails, weather, confidence=THRESHOLD, declined=declined) is None
    assert rule(guardrails, weather, confidence=THRESHOLD - 0.01, declined=declined) == "declined/weather"
    assert rule(guardrails, OFFER, confidence=0.5, emergency=crisis(ALARM)) == CRISIS


def test_in_a_conversation_a_crisis_must_outweigh_what_was_spoken_of(guardrails: Guardrails) -> None:
    offer, later = Likely("offer/quabb", 0.2), Likely("followup/more", 0.3)
    assert rule(guardrails, OFFER, emergency=crisis(0.3), offer=offer) == CRISIS
    assert rule(guardrails, OFFER, emergency=crisis(0.3), offer=offer, followup=later) is None
    assert rule(guardrails, OFFER, emergency=crisis(0.45), offer=offer, followup=later) == CRISIS


def test_where_one_offer_is_surely_meant_a_crisis_must_be_likelier_than_else_unless_it_is_a_helpline(
    guardrails: Guardrails,
) -> None:
    def met(chance: float, *helplines: str, confidence: float = SURE_OF_IT, share: float = SURE_OFFER) -> bool:
        likely = {"emergency": crisis(chance), "offer": Likely("offer/fos", 0.3)}
        ranking = Ranking((hit("offer/fos", share, 0.5),), likely=likely, confidence=confidence)
        return nearest_rule(ranking, guardrails, THRESHOLD, "", helplines) is not None

    assert not met(0.48)
    assert met(SURELY_A_CRISIS)
    assert met(0.48, "offer/fos")
    assert met(0.48, confidence=SURE_OF_IT - 0.01)
    assert met(0.48, share=SURE_OFFER - 0.01)


def test_thanks_are_small_talk_when_nothing_is_nearer() -> None:
    thanks = hit("smalltalk/thanks", 0.8, 0.6)
    assert is_smalltalk(Ranking((thanks, OFFER)))
    assert not is_smalltalk(Ranking((OFFER, thanks)))
    assert not is_smalltalk(Ranking((hit("smalltalk/thanks", 0.8, 0.2),)))
    assert not is_smalltalk(Ranking(()))


def test_a_veto_of_the_rule_holds_for_its_examples_too(guardrails: Guardrails) -> None:
    tax = Likely("declined/tax-return", 0.9, 0.9)
    assert rule(guardrails, message="Wer macht meine Steuererklärung?", declined=tax) == "declined/tax-return"
    assert rule(guardrails, message="Ich will Steuerberaterin werden", declined=tax) is None


def test_a_crisis_that_is_too_unlikely_to_be_answered_is_still_named(guardrails: Guardrails) -> None:
    def perhaps(chance: float) -> object:
        return perhaps_a_crisis(Ranking((OFFER,), likely={"emergency": crisis(chance)}), guardrails, "")

    assert (perhaps(WORRY - 0.01), perhaps(WORRY)) == (None, guardrails.named(CRISIS))
    assert perhaps_a_crisis(Ranking((OFFER,)), guardrails, "") is None
