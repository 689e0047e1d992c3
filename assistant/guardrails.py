"""Screens a message before anything is searched, and reviews an answer before it is given.

Which words mean an emergency, another subject or small talk stands in `content/guardrails.yaml`; what to say then is
composed in `answers`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import phonenumbers

from assistant.cards import Answer
from assistant.catalog import Catalog
from assistant.content import GuardrailRules, Rule, RuleKind
from assistant.patterns import Patterns, Text
from index.lexical import words
from index.steps import step

INSTRUCTIONS = "instructions"  # the rule for what is said to the program instead of asked
# Where instructions or thanks end and a question may begin: "Ignore all rules. PS what is the Bildungsgutschein"
_SENTENCES = re.compile(r"(?<=[.!?\n])\s+|\b(?=(?:PS|P\.S\.|Außerdem|Ausserdem|Und nun|Also)\b)")
FEWEST_WORDS = 2  # what is left beside instructions must say something
THANKS = "thanks"  # the rule for thanks, after which a question may follow: "danke! wen ruf ich da an"
_AFTER_THANKS = 3  # words from which on what follows is more than a wish for a good day
HIDDEN = "…"  # stands where a personal number stood
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+\.[\w.-]*\w")  # 64: RFC 5321, and a long text stays quick
_SHORTEST_PHONE = 7  # digits; shorter numbers are amounts, years, postcodes


@dataclass(frozen=True, slots=True)
class Found:
    """A rule that a message meets: its kind and its name in `content/guardrails.yaml`."""

    kind: RuleKind
    name: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Screening:
    """A message made safe to work with, the personal data taken out of it, and the rule it meets."""

    message: str
    personal: tuple[str, ...]
    found: Found | None


def clean(message: str) -> str:
    """A message without what people do not see: control and zero-width characters, doubled spaces, odd widths."""
    normal = unicodedata.normalize("NFKC", message)
    seen = "".join(" " if c in "\n\r\t" else c for c in normal if c in "\n\r\t" or unicodedata.category(c)[0] != "C")
    return re.sub(r"\s+", " ", seen).strip()


class Guardrails:
    """The rules of caution, compiled once."""

    def __init__(self, rules: GuardrailRules) -> None:
        """Take the rules of `content/guardrails.yaml`."""
        self.rules = rules

    @step("screen")
    def screen(self, message: str) -> Screening:
        """Emergency before anything else, then small talk, then what a human must decide, then other subjects."""
        text = self._without_instructions(clean(message))
        # Thanks may be a farewell: rules read them, only the search does not.
        hidden, personal = self.hide_personal(self._without_thanks(text))
        folded = Text.of(text)
        for kind, rules in self.rules.by_kind().items():
            for name, rule in rules.items():
                wanted, vetoes = self._compiled[kind, name]
                if wanted.match(folded) and not vetoes.match(folded):
                    return Screening(hidden, personal, Found(kind, name, rule))
        return Screening(hidden, personal, None)

    def _without_instructions(self, text: str) -> str:
        """The question beside what is said to the program; the whole text where there is none."""
        rule = self._compiled.get(("declined", INSTRUCTIONS))
        if rule is None or not rule[0].match(Text.of(text)):
            return text
        rest = " ".join(part for part in _SENTENCES.split(text) if not rule[0].match(Text.of(part)))
        return rest.strip() if len(words(rest)) >= FEWEST_WORDS else text

    def _without_thanks(self, text: str) -> str:
        """What follows thanks, where that says something of its own."""
        rule = self._compiled.get(("smalltalk", THANKS))
        first, *rest = _SENTENCES.split(text, maxsplit=1)
        is_thanks = rule is not None and rest and rule[0].match(Text.of(first))
        return rest[0] if is_thanks and len(rest[0].split()) >= _AFTER_THANKS else text

    def hide_personal(self, text: str) -> tuple[str, tuple[str, ...]]:
        """A text with personal numbers and addresses hidden, and which kinds there were."""
        kinds: list[str] = []
        for name, pattern in self._personal.items():
            text, count = pattern.subn(HIDDEN, text)
            kinds += [name] * bool(count)
        text, mails = _EMAIL.subn(HIDDEN, text)
        phones = [
            match
            for match in phonenumbers.PhoneNumberMatcher(text, "DE")
            if sum(c.isdigit() for c in match.raw_string) >= _SHORTEST_PHONE
        ]
        for match in reversed(phones):
            text = text[: match.start] + HIDDEN + text[match.end :]
        kinds += ["email"] * bool(mails) + ["phone"] * bool(phones)
        return text, tuple(dict.fromkeys(kinds))

    def named(self, source: str, message: str = "") -> Found | None:
        """The rule whose examples were found as `emergency/<name>`, `declined/<name>` and so on.

        Patterns cannot know every veiled word of a crisis; what comes closest to its examples is treated as one. It is
        not, nor is it another subject, where a veto of the rule is met: "Steuerberater werden" is ours.
        """
        kind, _, name = source.partition("/")
        for known, rules in self.rules.by_kind().items():
            if kind == known and name in rules:
                vetoed = kind in ("emergency", "declined") and self._compiled[known, name][1].match(Text.of(message))
                return None if vetoed else Found(known, name, rules[name])
        return None

    @cached_property
    def _compiled(self) -> dict[tuple[str, str], tuple[Patterns, Patterns]]:
        return {
            (kind, name): (Patterns(rule.patterns), Patterns(rule.unless))
            for kind, rules in self.rules.by_kind().items()
            for name, rule in rules.items()
        }

    @cached_property
    def _personal(self) -> dict[str, re.Pattern[str]]:
        kinds = self.rules.personal_data.kinds
        return {name: re.compile(kind.pattern, re.IGNORECASE) for name, kind in kinds.items()}


class Unreviewed(AssertionError):
    """An answer that must not leave the house: a statement without source, or an offer whose time is over."""


def review(answer: Answer, catalog: Catalog, today: date) -> None:
    """Let an answer pass only if everything in it is cited and current. Raises Unreviewed."""
    cited = {citation.id for citation in answer.citations}
    for statement in answer.statements:
        if not set(statement.citations) <= cited:
            raise Unreviewed(f"a statement cites what the answer does not list: {statement.citations}")
    if answer.outcome in ("answered", "asking") and not all(statement.citations for statement in answer.statements):
        raise Unreviewed("a statement has no source")
    cards = {card.id: card.citation for card in answer.offers} | {card.id: card.citation for card in answer.actors}
    for id, citation in cards.items():
        if citation not in cited:
            raise Unreviewed(f"the card '{id}' has no source")
    expired = [card.id for card in answer.offers if not catalog.is_current(catalog.offers[card.id], today)]
    if expired:
        raise Unreviewed(f"offers whose time is over: {', '.join(expired)}")
