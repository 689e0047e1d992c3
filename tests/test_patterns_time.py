"""No text keeps the rules of the real content busy for long: 8,000 characters are what the API takes."""

from __future__ import annotations

from time import process_time

import pytest

from assistant.catalog import read_content
from assistant.guardrails import Guardrails
from assistant.situation import Slots

LENGTH = 8000
EVERYDAY = "Ich suche eine Umschulung in Friedberg und habe zwei Kinder. "
# Measured: at most 3 times the everyday text; a pattern that read to the end from every letter took over 60.
AT_MOST = 15

catalog = read_content()[0]
guardrails = Guardrails(catalog.rules)
slots = Slots(catalog.slots, catalog.places)


def _cost(words: str) -> float:
    """Seconds of processor time for a text that repeats some words; the better of two, as the first may warm up."""
    text = (words * LENGTH)[:LENGTH]
    costs = []
    for _ in range(2):
        start = process_time()
        guardrails.screen(text)
        costs.append(process_time() - start)
    return min(costs)


@pytest.fixture(scope="module")
def everyday() -> float:
    return _cost(EVERYDAY)


@pytest.mark.parametrize(
    "words",
    ["a-", "ß-", "я-", "0-", "1-", "1/", "1", "a.", "a_", "+", "a@", "wohne A", "lebe am A-", "ich bin ", "born ", "x"],
)
def test_no_repeated_words_keep_the_rules_busy(words: str, everyday: float) -> None:
    assert _cost(words) < AT_MOST * everyday


@pytest.mark.parametrize("words", ["wenn ", "hab ", "mein ", "in x ", "falls und ", "'a "])
def test_no_repeated_words_keep_the_learning_busy(words: str) -> None:
    costs = []
    for text in (EVERYDAY, words):
        start = process_time()
        slots.learn((text * LENGTH)[:LENGTH])
        costs.append(process_time() - start)
    assert costs[1] < 3 * costs[0]  # measured: at most as long as the everyday text
