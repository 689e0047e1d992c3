"""The promises of a thread: a later message means what it says where that is sure, else what it says with the last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from assistant.composer import Asked
from assistant.conversation import Conversation, Turn
from assistant.finder import Finder
from assistant.followups import FollowUps, FollowUpWish
from assistant.languages import Voice
from assistant.names import Names
from assistant.situation import Situation
from assistant.thread import ALONE, MEANT, OFF_TOPIC, TOGETHER, Thread, goes_on
from index.types import Hit, Likely, Passage, Ranking
from tests.house import catalog
from tests.real_words import real_followups

LAST = "Wie bekomme ich einen Platz?"
SHORT = "muss ich da hin"


def hit(source: str, score: float, similarity: float = 0.5) -> Hit:
    return Hit(Passage("p", source, "question", "Text"), score, similarity)


def later(chance: float, source: str = "followup/leads_on", refused: float = 0.0) -> Ranking:
    likely = {"followup": Likely(source, chance), "declined": Likely("declined/weather", refused)}
    return Ranking((), likely=likely)


@dataclass
class Found:
    """What is found for a message alone, with the last question, and as a later one."""

    alone: Ranking
    together: Ranking = field(default_factory=lambda: Ranking((hit("offer/old", 0.9),), confidence=0.9))
    as_later: Ranking = field(default_factory=lambda: later(0.5))
    helplines: frozenset[str] = frozenset(["offer/helpline"])

    def ranking(self, asked: Asked) -> Ranking:
        return self.together if asked.message.startswith(LAST) else self.alone

    def later_chances(self, message: str, language: str) -> Ranking:
        return self.as_later


def thread(found: Found) -> Thread:
    names = Names(catalog())
    return Thread(cast(Finder, found), FollowUps(real_followups(), names), names)


def question(message: str) -> Asked:
    voice = cast(Voice, cast(Any, None))
    return Asked(message, "de", Situation({}), voice, datetime(2026, 10, 7, tzinfo=UTC))


def ranked(found: Found, message: str = SHORT, begun: bool = True) -> Ranking:
    turns = (Turn(LAST, "answered", offers=("old",)),) if begun else ()
    return thread(found).ranking(question(message), Conversation(turns=turns))


def unsure(confidence: float = 0.3) -> Ranking:
    return Ranking((hit("offer/new", 0.8), hit("offer/old", 0.2)), confidence=confidence)


def test_what_is_unsure_alone_is_mixed_with_what_it_means_after_the_last_question() -> None:
    mixed = ranked(Found(unsure(0.3)))
    assert [(hit.source, round(hit.score, 2)) for hit in mixed.hits] == [("offer/old", 0.69), ("offer/new", 0.24)]
    assert mixed.confidence == 0.9
    assert goes_on(mixed)


def test_the_likelier_it_is_a_later_message_the_less_it_means_alone() -> None:
    mixed = ranked(Found(unsure(1.0), as_later=later(0.9)))
    assert round(mixed.hits[1].score, 2) == round(0.1 * 0.8, 2)


@pytest.mark.parametrize(
    ("found", "message", "begun"),
    [
        pytest.param(Found(unsure()), SHORT, False, id="at the beginning"),
        pytest.param(Found(unsure()), "so viel " * 20, True, id="a long message"),
        pytest.param(Found(unsure()), "Umschulung", True, id="an offer by its name"),
        pytest.param(Found(unsure(ALONE), as_later=later(1 - ALONE - 0.01)), SHORT, True, id="sure of itself"),
        pytest.param(Found(Ranking((hit("smalltalk/thanks", 0.9),))), SHORT, True, id="thanks"),
        pytest.param(Found(unsure(), as_later=later(0.1, refused=OFF_TOPIC)), SHORT, True, id="another subject"),
        pytest.param(
            Found(unsure(), Ranking((hit("offer/old", 0.9),), confidence=TOGETHER - 0.01)), SHORT, True, id="no sense"
        ),
        pytest.param(
            Found(unsure(), Ranking((hit("offer/helpline", 0.9),), confidence=0.9)), SHORT, True, id="a helpline"
        ),
        pytest.param(Found(unsure(), Ranking((), confidence=0.9)), SHORT, True, id="nothing"),
    ],
)
def test_else_it_means_what_it_says_alone(found: Found, message: str, begun: bool) -> None:
    assert ranked(found, message, begun) is found.alone
    assert not goes_on(found.alone)


def test_a_later_question_of_a_known_kind_is_believed_from_a_chance_on() -> None:
    surely = Found(unsure(), as_later=later(MEANT, "followup/cost"))
    perhaps = Found(unsure(), as_later=later(MEANT - 0.01, "followup/cost"))
    leading_on = Found(unsure(), as_later=later(MEANT))
    assert thread(surely).wish("kost des was", "de") == FollowUpWish("field", "cost")
    assert thread(perhaps).wish("kost des was", "de") is None
    assert thread(leading_on).wish("muss ich da hin", "de") is None
    assert thread(surely).wish("kost Umschulung was", "de") is None


REFUSED = "bei der Umschulung ham die mich nicht genommen"
ELSE = FollowUpWish("more", without=frozenset(["umschulung"]))


@pytest.mark.parametrize(
    ("message", "meant", "shown", "wish"),
    [
        (REFUSED, "followup/more", "umschulung", ELSE),
        (REFUSED, "followup/more", "old", ELSE),
        (REFUSED, "followup/cost", "umschulung", None),
        ("am besten was mit Umschulung abends", "followup/more", "old", None),
        ("am besten was mit Umschulung abends", "followup/more", "umschulung", ELSE),
        ("wer bezahlt die Umschulung?", "followup/more", "umschulung", None),  # only asks
        ("was geht sonst statt Umschulung?", "followup/more", "umschulung", ELSE),
        ("Umschulung", "followup/more", "umschulung", None),  # nothing beside the name
    ],
)
def test_who_names_an_offer_only_to_refuse_it_wants_something_else(
    message: str, meant: str, shown: str, wish: FollowUpWish | None
) -> None:
    talk = Conversation(turns=(Turn(LAST, "answered", offers=(shown,)),))
    found = Found(unsure(), as_later=later(MEANT, meant))

    assert thread(found).refuses(question(message), talk) == wish
