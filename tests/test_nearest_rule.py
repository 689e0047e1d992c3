"""The promises of alarms: a crisis among the nearest is met, what only sounds like one is not."""

from __future__ import annotations

import pytest

from assistant.content import GuardrailRules
from assistant.guardrails import Guardrails
from assistant.nearest_rule import nearest_rule
from index.types import Hit, Passage, Ranking
from tests.house import real_rules


@pytest.fixture(scope="module")
def guardrails() -> Guardrails:
    rules: GuardrailRules = real_rules()
    return Guardrails(rules)


def hit(source: str, score: float, similarity: float) -> Hit:
    return Hit(Passage("p", source, "question", "Text"), score, similarity)


def rule(guardrails: Guardrails, confidence: float, *hits: Hit) -> str | None:
    found = nearest_rule(Ranking(hits, confidence=confidence), guardrails, {"offer/telefonseelsorge"})
    return f"{found.kind}/{found.name}" if found else None


CRISIS = "emergency/suicide"


def test_a_crisis_is_met_in_first_place_and_near_behind_it(guardrails: Guardrails) -> None:
    assert rule(guardrails, 0.5, hit(CRISIS, 0.9, 0.7)) == CRISIS
    assert rule(guardrails, 0.5, hit("offer/tafel", 0.6, 0.4), hit(CRISIS, 0.2, 0.6)) == CRISIS


def test_beside_a_helpline_less_is_enough(guardrails: Guardrails) -> None:
    assert rule(guardrails, 0.3, hit("offer/telefonseelsorge", 0.5, 0.4), hit(CRISIS, 0.05, 0.45)) == CRISIS


def test_an_example_that_is_clearly_meant_needs_no_other_evidence(guardrails: Guardrails) -> None:
    assert rule(guardrails, 0.02, hit(CRISIS, 0.12, 0.65)) == CRISIS


@pytest.mark.parametrize(
    ("confidence", "hits"),
    [
        (0.04, (hit("offer/quabb", 0.4, 0.5), hit(CRISIS, 0.2, 0.55))),  # the evidence is next to nothing
        (0.5, (hit("offer/quabb", 0.9, 0.7), hit(CRISIS, 0.02, 0.6))),  # far behind
        (0.5, (hit("offer/quabb", 0.4, 0.5), hit(CRISIS, 0.2, 0.4))),  # not near
        (0.5, (hit(CRISIS, 0.5, 0.6), hit("harmless/figures-of-speech", 0.4, 0.7))),  # a figure of speech is nearer
    ],
)
def test_what_only_sounds_like_a_crisis_raises_no_alarm(
    guardrails: Guardrails, confidence: float, hits: tuple[Hit, ...]
) -> None:
    assert rule(guardrails, confidence, *hits) is None


def test_another_subject_counts_only_in_first_place_and_near(guardrails: Guardrails) -> None:
    weather = hit("declined/weather", 0.9, 0.6)
    assert rule(guardrails, 0.01, weather) == "declined/weather"
    assert rule(guardrails, 0.5, hit("offer/quabb", 0.9, 0.6), weather) is None
    assert rule(guardrails, 0.5, hit("declined/weather", 0.9, 0.3)) is None
