"""A pattern that is passed over would not have matched."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.catalog import read_content
from assistant.followups import FollowUps
from assistant.guardrails import Guardrails
from assistant.patterns import Patterns, Text
from assistant.prefilter import grams_of, needed
from assistant.situation import Slots

CONTENT = Path("content")
EVERY = 8  # questions apart: all of them take two minutes, and passed too (2026-11)
WORDS = st.sampled_from(["kinder", "garten", "gart", "ab", "abc", "xyz", "aaaa", "sohn", "17", "мужу", "ß", ".", "\n"])
PIECES = st.sampled_from(
    [
        *("kind", "kind(?:er)?", "(?:garten|gart)", "gar[tn]", "[ab]c", "a{2,3}", "(?:xyz)+", "(?:xyz)*", "(?!sohn)"),
        *(r"\b", r"\w*", ".", "ab?c", "(?<=a)bc", "(?i:ABC)", "муж[уа]", "(?:a|b|)", "(ich|du)(?:bin|ist)?", "^", "$"),
    ]
)


@cache
def every_pattern() -> list[re.Pattern[str]]:
    """All patterns of the content's rules."""
    catalog, _ = read_content(CONTENT)
    slots = Slots(catalog.slots, catalog.places)
    followups = FollowUps(catalog.followups)
    found: list[Patterns] = []
    for pair in Guardrails(catalog.rules)._compiled.values():
        found += pair
    for values, vetoes in slots._patterns.values():
        found += [*values.values(), *vetoes.values()]
    found += [*followups._fields.values(), *followups._ordinals.values(), followups._more, followups._other_person]
    return [pattern for patterns in found for pattern, _ in (*patterns._latin, *patterns._foreign)]


def test_no_question_loses_a_pattern_that_matches_it() -> None:
    files = sorted((CONTENT / "questions" / "tuning").glob("*.yaml"))
    questions = [row["question"] for file in files for row in yaml.safe_load(file.read_text()) if "question" in row]
    texts = [Text.of(question) for question in questions[::EVERY]]
    assert len(texts) > 50
    for pattern in every_pattern():
        grams = needed(pattern)
        for text in texts:
            if grams is not None and grams.isdisjoint(text.grams):
                assert not pattern.search(text.folded), (pattern.pattern, text.folded)


def test_most_patterns_of_the_rules_can_be_passed_over() -> None:
    nameless = [pattern for pattern in every_pattern() if needed(pattern) is None]
    assert len(nameless) < 0.1 * len(every_pattern())


@given(st.lists(PIECES, min_size=1, max_size=6), st.lists(WORDS, max_size=6), st.booleans())
def test_what_a_pattern_matches_holds_what_it_needs(pieces: list[str], words: list[str], spaced: bool) -> None:
    pattern = re.compile("".join(pieces))
    grams = needed(pattern)
    text = (" " if spaced else "").join(words)
    if pattern.search(text):
        assert grams is None or not grams.isdisjoint(grams_of(text))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("gekundigt", {"gek"}),
        ("alg ?(?:1|2)", {"alg"}),
        ("einkochen", {"ink"}),  # not the group that every third message holds
        (r"sch \w+ ofen", {" of"}),
        ("(?:sohn|tochter)", {"soh", "toc"}),
        (r"\w+ 17", {" 17"}),
        ("ab", None),
        ("(?:kind)?", None),
        ("(?i)kind", None),
    ],
)
def test_one_group_of_letters_is_named_for_every_way_to_match(pattern: str, expected: set[str] | None) -> None:
    assert needed(re.compile(pattern)) == expected


def test_a_rule_without_patterns_matches_nothing() -> None:
    assert not Patterns(()).match(Text.of("irgendwas"))


def test_of_a_pattern_of_several_ways_each_is_passed_over_on_its_own() -> None:
    sought = Patterns([r"§ ?\d|wohnung (?:a|b)|[|(]x"]).likely(Text.of("eine Wohnung b"))
    assert [pattern.pattern for pattern in sought] == ["wohnung (?:a|b)", "[|(]x"]
