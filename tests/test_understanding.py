"""Words and meaning together: what is surely meant needs no word, words that mean nothing of the kind teach nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from assistant.content import Slot
from assistant.finder import Finder
from assistant.situation import Slots
from assistant.understanding import AIMED_AT, HARDLY, LONG, SURE, Understanding

STATUS = Slot(
    label="Lage",
    question="?",
    many=True,
    patterns={"unemployed": ("arbeitslos",), "employed": ("arbeite",), "employer": ("betrieb",)},
)
GERMAN = Slot(label="Deutsch", question="?", patterns={"a1": ("a1",), "b1": ("b1",)})
CHILDREN = Slot(label="Kinder", question="?", patterns={"false": ("kinderlos",), "true": ("kinder",)})
CERTIFICATE = Slot(label="Abschluss", question="?", patterns={"realschule": ("zeugnis",)})
WHOM = Slot(label="für wen", question="?", patterns={"firm": ("unseren betrieb",)})
AGE = Slot(label="Alter", question="?", patterns=("bin {age}",))
SLOTS = Slots(
    {
        "age": AGE,
        "status": STATUS,
        "german": GERMAN,
        "children": CHILDREN,
        "certificate": CERTIFICATE,
        "for_whom": WHOM,
    },
    {},
)
STORY = "und dann kam eins zum andern wie das eben so geht"  # makes a message long


@dataclass
class Meant:
    """A finder that only says what is meant."""

    chances: dict[str, float]
    asked: list[str] = field(default_factory=list)

    @property
    def even(self) -> Meant:
        return self

    def same_origins(self, message: str) -> str:
        return message

    def chances_of_tags(self, message: str) -> dict[str, float]:
        self.asked.append(message)
        return self.chances


def learned(message: str, **chances: float) -> dict[str, tuple[object, ...]]:
    meant = Meant({tag.replace("_is_", "="): chance for tag, chance in chances.items()})
    return dict(Understanding(SLOTS, cast(Finder, meant)).learn(message))


def test_what_is_surely_meant_is_learned_without_a_word_for_it() -> None:
    assert learned("die Bude hat dichtgemacht", status_is_unemployed=SURE) == {"status": ("unemployed",)}
    assert learned("die Bude hat dichtgemacht", status_is_unemployed=SURE - 0.01) == {}


def test_a_certificate_must_be_meant_more_surely_because_it_is_asked_for_in_the_same_words() -> None:
    held = AIMED_AT["certificate"]
    assert learned("mittlere reife machen, wo?", certificate_is_realschule=(SURE + held) / 2) == {}
    assert learned("hab mittlere reife", certificate_is_realschule=held) == {"certificate": ("realschule",)}


def test_what_is_no_word_is_learned_as_what_it_is() -> None:
    assert learned("zwei Kleine daheim", children_is_true=0.9) == {"children": (True,)}


def test_words_that_mean_nothing_of_the_kind_are_passed_over_in_a_long_message() -> None:
    assert learned(f"arbeitslos {STORY}", status_is_unemployed=HARDLY / 2) == {}
    assert learned(f"arbeitslos {STORY}", status_is_unemployed=HARDLY) == {"status": ("unemployed",)}


def test_in_a_short_message_words_are_believed() -> None:
    message = "arbeitslos, was nun"
    assert len(message.split()) < LONG
    assert learned(message, status_is_unemployed=0.0) == {"status": ("unemployed",)}


def test_what_was_never_taught_is_believed_by_its_words() -> None:
    assert learned(f"arbeitslos {STORY}", german_is_a1=0.0) == {"status": ("unemployed",)}


def test_of_one_value_the_word_counts_before_the_meaning() -> None:
    assert learned(f"hab B1 {STORY}", german_is_b1=0.5, german_is_a1=0.95) == {"german": ("b1",)}
    assert learned(f"hab B1 {STORY}", german_is_b1=0.0, german_is_a1=0.95) == {"german": ("a1",)}
    assert learned("hab was", german_is_b1=0.9, german_is_a1=0.95) == {"german": ("a1",)}


def test_of_several_values_words_and_meaning_add_up() -> None:
    found = learned("arbeite noch", status_is_unemployed=0.9, status_is_employed=0.9)
    assert found == {"status": ("employed", "unemployed")}


def test_of_a_firm_nothing_personal_is_learned() -> None:
    found = learned("jemand für uns, A1", for_whom_is_firm=0.9, children_is_true=0.99)
    assert found == {"for_whom": ("firm",)}


def test_an_age_is_only_ever_said() -> None:
    assert learned(f"bin 50 {STORY}", age_is_50=0.0, age_is_17=1.0) == {"age": (50,)}


@pytest.mark.parametrize("message", ["bin 50", "arbeitslos", "hallo"])
def test_without_a_tagger_the_words_are_all(message: str) -> None:
    assert learned(message) == SLOTS.learn(message)
