"""Learns what a person's situation is from what they say, and tells which offers fit it.

What there is to learn, and the words that reveal it, stand in `content/situation.yaml`. Asking and answering are in
`dialogue`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from assistant.bystanders import Clauses
from assistant.content import Audience, Bystanders, Place, Slot
from assistant.numerals import in_digits
from assistant.patterns import Patterns, Text, filled
from assistant.spelling import Spelling
from assistant.towns import Towns
from index.lexical import words

Value = int | str | bool
AGE = "age"
PLACE = "place"
CHILDREN = "children"
FOR_WHOM = "for_whom"
FIRM = "firm"


@dataclass(frozen=True, slots=True)
class Situation:
    """The slots filled so far; a slot may hold several values at once (unemployed and a parent at home)."""

    slots: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    def get(self, slot: str) -> tuple[Value, ...]:
        """The values of a slot; empty while unknown."""
        return self.slots.get(slot, ())

    def first(self, slot: str) -> Value | None:
        """The first value of a slot; None while unknown."""
        return next(iter(self.get(slot)), None)

    def learned(self, newer: Mapping[str, tuple[Value, ...]]) -> Situation:
        """This situation with newer values in place of older ones, slot by slot."""
        return Situation({**self.slots, **{slot: values for slot, values in newer.items() if values}})

    def without(self, slot: str, value: Value | None = None) -> Situation:
        """This situation without a slot, or without one of its values."""
        kept = tuple(v for v in self.get(slot) if value is not None and v != value)
        slots = {s: v for s, v in self.slots.items() if s != slot}
        return Situation({**slots, slot: kept} if kept else slots)


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether an offer suits a situation; for `unknown` and `no` the slot that decides."""

    verdict: Literal["yes", "no", "unknown"]
    slot: str | None = None


PERSONAL = frozenset(["age", "german", "residence", "disability", "children", "certificate", "vocational", "benefit"])
YES = Fit("yes")
# Who is new here or asks for somebody else also works, learns or looks for work: that alone excludes nothing.
_SAYS_LITTLE = {("status", "newcomer"), ("status", "helper")}


def fit(audience: Audience, situation: Situation) -> Fit:
    """Compare an audience with a situation: one slot that excludes is a no, one that is open an unknown."""
    open_slot: str | None = None
    for slot, allowed in _conditions(audience):
        if slot in PERSONAL and FIRM in situation.get(FOR_WHOM):
            continue  # a firm's "speaks little German" is said of the people it employs
        known = situation.get(slot) or _implied(slot, situation)
        deciding = [value for value in known if (slot, value) not in _SAYS_LITTLE]
        if not deciding and not any(allowed(value) for value in known):
            open_slot = open_slot or slot
        elif not any(allowed(value) for value in known):
            return Fit("no", slot)
    return Fit("unknown", open_slot) if open_slot else YES


def _implied(slot: str, situation: Situation) -> tuple[Value, ...]:
    """Who tells their age, their certificate or their schooling asks for themselves, unless they say otherwise."""
    runs_a_firm = {"employer", "self_employed"} & set(situation.get("status"))
    tells_of_oneself = situation.get(AGE) or situation.get("certificate") or "pupil" in situation.get("status")
    return ("me",) if slot == "for_whom" and tells_of_oneself and not runs_a_firm else ()


@lru_cache(maxsize=4096)  # as many as there are offers and contacts, asked about again and again
def _conditions(audience: Audience) -> tuple[tuple[str, _Allows], ...]:
    """The slots an audience restricts, each with a test of one value."""
    return tuple(_restricted(audience))


def _restricted(audience: Audience) -> Iterator[tuple[str, _Allows]]:
    if audience.min_age is not None or audience.max_age is not None:
        yield AGE, _Between(audience.min_age or 0, audience.max_age or 99)
    for slot in ("status", "benefit", "certificate", "vocational", "german", "residence", PLACE, "for_whom"):
        values: tuple[str, ...] = getattr(audience, slot)
        if values:
            yield slot, _Among(frozenset(values))
    for slot in ("disability", "children"):
        if (wanted := getattr(audience, slot)) is not None:
            yield slot, _Among(frozenset([wanted]))


@dataclass(frozen=True, slots=True)
class _Between:
    low: int
    high: int

    def __call__(self, value: Value) -> bool:
        return self.low <= int(value) <= self.high


@dataclass(frozen=True, slots=True)
class _Among:
    values: frozenset[Value]

    def __call__(self, value: Value) -> bool:
        return value in self.values


_Allows = _Between | _Among


@dataclass(frozen=True)
class Slots:
    """What there is to learn, ready to be looked for in messages."""

    slots: Mapping[str, Slot]
    places: Mapping[str, Place]

    def learn(self, message: str) -> dict[str, tuple[Value, ...]]:
        """The slots a message reveals; what it leaves open is missing from the result."""
        spelled = self._spelling(self._clauses.unquoted(message))
        particular = self._clauses.of_somebody(spelled)
        own = self._clauses.of_oneself(spelled)
        of_anybody = Text.of(own if particular == spelled else self._clauses.of_oneself(particular))
        text, in_full = self._clauses.told(of_anybody), self._clauses.told(Text.of(own if particular else ""))
        texts = {
            # Where a slot leaves questions aside by itself, it needs them whole: "was ist Gestattung und Duldung?"
            **{name: in_full for name, slot in self.slots.items() if slot.aside},
            AGE: Text.of(in_digits(own)),  # "ist man mit 50 zu alt" asks for oneself
            # whoever's children they are, they live with the one who writes
            CHILDREN: self._clauses.told(Text.of(particular)),
            FOR_WHOM: of_anybody,  # what may come is asked for somebody, too
        }
        found = {name: tuple(self._values(name, slot, texts.get(name, text))) for name, slot in self.slots.items()}
        town = self._home(Text.of(own))
        found[PLACE] = (town,) if town else ()
        if FIRM in found.get(FOR_WHOM, ()):
            found = {name: values for name, values in found.items() if name not in PERSONAL}
        return {name: values for name, values in found.items() if values}

    def values(self, slot: str) -> tuple[Value, ...]:
        """The values of a slot that some words reveal."""
        revealing, _ = self._patterns[slot]
        return tuple(map(_typed, revealing))

    def _values(self, name: str, slot: Slot, text: Text) -> Iterator[Value]:
        revealing, vetoes = self._patterns[name]
        text = self._asides[name].cut(self._telling(name, text))
        if name == AGE:
            if AGE in vetoes and vetoes[AGE].match(text):
                return
            yield from list(dict.fromkeys(int(hit["age"]) for hit in revealing[AGE].found(text)))[:1]
            return
        plain = {value for value, patterns in self._surely[name].items() if patterns.match(text)}
        overruled = {other for value in plain for other in slot.gives_way.get(value, ())} - plain
        told = {
            value
            for value, patterns in revealing.items()
            if patterns.match(text) and not (value in vetoes and vetoes[value].match(text))
        } - overruled
        told -= {value for value in told if set(slot.gives_way.get(value, ())) & told}
        learned = told | plain if slot.many else plain or told
        values = [_typed(value) for value in dict.fromkeys((*revealing, *plain)) if value in learned]
        yield from values if slot.many else values[:1]

    def _home(self, text: Text) -> str | None:
        """The town of whom a message tells; with a home beyond the district only one they say they live in."""
        _, vetoes = self._patterns.get(PLACE, ({}, {}))
        is_beyond = any(beyond.match(text) for beyond in vetoes.values())
        return self._towns.in_message(self._telling(PLACE, text).folded, only_home=is_beyond)

    def town(self, message: str) -> str | None:
        """The town that a message says somebody lives in."""
        return self._towns.in_message(message)

    def without_places(self, message: str) -> str:
        """A message without the names of towns and their postcodes: where somebody lives is not what they ask for."""
        return self._towns.without(message)

    def without_home(self, message: str) -> str:
        """A message without where somebody says they live, as long as something is left to search for."""
        rest = self._towns.without_home(message)
        return rest if words(rest) else message

    def _telling(self, name: str, text: Text) -> Text:
        """A message without the clauses that tell nothing of a slot."""
        return self._clauses.telling(text, self._untold[name]) if name in self._untold else text

    @cached_property
    def _untold(self) -> dict[str, Patterns]:
        return {name: Patterns(filled(s.untold, word_lists(self.slots, name))) for name, s in self.slots.items()}

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling(word for slot in self.slots.values() for word in slot.spelled)

    @cached_property
    def _clauses(self) -> Clauses:
        if FOR_WHOM not in self.slots:
            return Clauses(Bystanders())
        return Clauses(self.slots[FOR_WHOM].bystanders, word_lists(self.slots, FOR_WHOM))

    @cached_property
    def _towns(self) -> Towns:
        return Towns(self.places)

    @cached_property
    def _patterns(self) -> dict[str, tuple[dict[str, Patterns], dict[str, Patterns]]]:
        """What reveals and what vetoes each value, by slot."""
        compiled = {}
        for name, slot in self.slots.items():
            lists = word_lists(self.slots, name)
            compiled[name] = _by_value(slot.patterns, lists), _by_value(slot.unless, lists)
        return compiled

    @cached_property
    def _surely(self) -> dict[str, dict[str, Patterns]]:
        """What reveals a value whatever else is said, by slot."""
        return {name: _by_value(slot.surely, word_lists(self.slots, name)) for name, slot in self.slots.items()}

    @cached_property
    def _asides(self) -> dict[str, Patterns]:
        """What is said without telling of anybody, by slot: "suche einen B1-Kurs", "was ist eine Duldung?"."""
        return {name: Patterns(filled(s.aside, word_lists(self.slots, name))) for name, s in self.slots.items()}

    def label(self, slot: str, value: Value) -> str:
        """How a value is shown: its choice's label, a town's name, or the number itself."""
        if slot == PLACE and value in self.places:
            return self.places[str(value)].name
        choices = self.slots[slot].choices
        return next((c.label for c in choices if c.value == value and slot != AGE), str(value))

    def chip(self, slot: str, value: Value) -> str:
        """What was understood, as shown back: `Ort: Büdingen`."""
        return self.slots[slot].chip.format(label=self.label(slot, value), value=value)


def word_lists(slots: Mapping[str, Slot], slot: str) -> dict[str, tuple[str, ...]]:
    """The lists of words that a slot's patterns may name: its own, and those of the others."""
    return {name: words for one in (*slots.values(), slots[slot]) for name, words in one.words.items()}


def _by_value(
    patterns: Mapping[str, tuple[str, ...]] | tuple[str, ...], lists: Mapping[str, tuple[str, ...]]
) -> dict[str, Patterns]:
    """Patterns by value; those of the age stand alone."""
    by_value = patterns if isinstance(patterns, Mapping) else {AGE: patterns}
    return {value: Patterns(filled(texts, lists)) for value, texts in by_value.items()}


def _typed(value: str) -> Value:
    return {"true": True, "false": False}.get(value.lower(), value)
