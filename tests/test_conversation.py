"""The conversation that travels with the visitor: signed, small, and lost without harm."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from itsdangerous import URLSafeTimedSerializer

from assistant.catalog import CONTENT
from assistant.conversation import LONGEST_QUESTION, Conversation, ConversationLost, ConversationSeal, Turn
from assistant.labelled import read_questions
from tests.house import situation

HOURS = 24
seal = ConversationSeal("geheim", HOURS)
LIMIT = 4096  # bytes; a hidden field or a URL may hold that much everywhere

TALK = Conversation(
    turns=(
        Turn("Umschulung?", "asking", ("umschulung",), ("agentur",), ("zustaendigkeit",)),
        Turn("und was kostet das?", "answered", ("umschulung",), asked_anew=False),
    ),
    situation=situation(age=17, status=("unemployed", "at_home"), children=True, place="buedingen"),
    asked=("age",),
    address="du",
)


def test_a_conversation_comes_back_as_it_was_sealed() -> None:
    assert seal.opened(seal.sealed(TALK)) == TALK


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_one_a_new_conversation_begins(nothing: str | None) -> None:
    assert seal.opened(nothing) == Conversation()


@pytest.mark.parametrize(
    ("kept", "shown"), [("x" * 300, "… " + "x" * 300), ("x" * 100, "x" * 100 + " …"), ("x" * 299, "x" * 299)]
)
def test_a_question_shows_where_it_was_cut(kept: str, shown: str) -> None:
    assert Turn(kept, "answered").excerpt == shown


def _changed(sealed: str, at: int) -> str:
    other = "A" if sealed[at] != "A" else "B"
    return sealed[:at] + other + sealed[at + 1 :]


@pytest.mark.parametrize("at", [0, 5, 40, -5])
def test_a_changed_conversation_is_lost(at: int) -> None:
    sealed = seal.sealed(TALK)
    with pytest.raises(ConversationLost):
        seal.opened(_changed(sealed, at % len(sealed)))


@pytest.mark.parametrize("text", ["abc", "a.b.c", "…", "null", "." * 9000, "\x00"])
def test_what_never_was_a_conversation_is_lost(text: str) -> None:
    with pytest.raises(ConversationLost):
        seal.opened(text)


def test_a_conversation_of_another_server_is_lost() -> None:
    with pytest.raises(ConversationLost):
        ConversationSeal("anderes Geheimnis", HOURS).opened(seal.sealed(TALK))


@pytest.mark.parametrize(
    "payload", [[], "text", {}, {"t": [[1]], "s": {}, "a": [], "d": ""}, {"t": [], "s": [], "a": [], "d": ""}]
)
def test_a_signed_value_of_another_shape_is_lost(payload: object) -> None:
    """As an older version of this program might have signed it."""
    sealed = str(URLSafeTimedSerializer("geheim", salt="conversation").dumps(payload))
    with pytest.raises(ConversationLost):
        seal.opened(sealed)


@pytest.mark.parametrize(("hours", "is_lost"), [(HOURS - 1, False), (HOURS + 1, True)])
def test_a_conversation_is_lost_after_its_hours(monkeypatch: pytest.MonkeyPatch, hours: int, is_lost: bool) -> None:
    sealed = seal.sealed(TALK)
    later = time.time() + hours * 3600
    monkeypatch.setattr("time.time", lambda: later)
    if is_lost:
        with pytest.raises(ConversationLost):
            seal.opened(sealed)
    else:
        assert seal.opened(sealed) == TALK


# --- size --------------------------------------------------------------------------------------------------------


def _long_talk(turns: int) -> Conversation:
    """A talk as long as they get: every turn another long question, three offers and four actors."""
    told = [asked.question for asked in read_questions(CONTENT / "questions" / "tuning") if asked.language == "de"]
    long = [" ".join(pair)[:100] for pair in pairwise(told) if len(" ".join(pair)) >= 100]
    offers = sorted(path.stem for path in (CONTENT / "offers").glob("*.md"))
    actors = sorted(path.stem for path in (CONTENT / "actors").glob("*.yaml"))
    talk = Conversation(
        situation=situation(
            age=17, status=("unemployed", "at_home"), german="b1", benefit="grundsicherung", place="nidda"
        ),
        asked=("age", "status", "benefit", "german", "place"),
        address="Sie",
    )
    for at in range(turns):
        shown = tuple(offers[(at * 31 + step * 17) % len(offers)] for step in range(3))
        helpers = tuple(actors[(at * 13 + step * 7) % len(actors)] for step in range(4))
        talk = talk.with_turn(Turn(long[at * 2 % len(long)], "answered", shown, helpers))
    return talk


def test_twenty_long_turns_with_five_slots_stay_below_four_kilobytes() -> None:
    talk = _long_talk(20)
    assert len({turn.question for turn in talk.turns}) == 20
    assert all(len(turn.question) == 100 for turn in talk.turns)
    assert len(seal.sealed(talk).encode()) <= LIMIT


def test_after_any_number_of_turns_it_grows_no_more() -> None:
    assert len(seal.sealed(_long_talk(60)).encode()) <= LIMIT


def test_a_shortened_conversation_keeps_what_later_turns_need() -> None:
    talk = _long_talk(20)
    back = seal.opened(seal.sealed(talk))
    assert back.turns[-5:] == talk.turns[-5:]
    assert [turn.offers for turn in back.turns] == [turn.offers for turn in talk.turns]
    assert (back.situation, back.asked, back.address) == (talk.situation, talk.asked, talk.address)


def test_the_oldest_turns_are_forgotten_first() -> None:
    talk = Conversation()
    for at in range(25):
        talk = talk.with_turn(Turn(f"Frage {at}", "answered"))
    assert [turn.question for turn in talk.turns] == [f"Frage {at}" for at in range(5, 25)]


def test_a_question_is_kept_shortened() -> None:
    talk = Conversation().with_turn(Turn("ä" * 3000, "answered"))
    assert talk.turns == (Turn("ä" * LONGEST_QUESTION, "answered"),)


def test_the_last_turn_is_the_latest() -> None:
    assert (TALK.last, Conversation().last) == (TALK.turns[1], None)
