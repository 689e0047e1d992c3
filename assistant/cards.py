"""What an answer is made of: cards to act on, statements, and where each comes from.

Values only; they are filled in `composer` and put together in `answers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Outcome = Literal["answered", "asking", "referred", "unanswered", "declined", "emergency", "smalltalk"]

Sort = Literal["cards", "comparison", "list"]  # how the offers and actors of an answer are laid out

MOST_OFFERS = 3  # cards in one answer: more is a list to read, not help to act on
MOST_ACTORS = 4


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a statement comes from."""

    id: str
    title: str
    url: str
    checked_on: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the answer with the ids of its citations."""

    text: str
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfferCard:
    """An offer to act on: what it is, why it fits, what to do next, whom to ask."""

    id: str
    title: str
    aliases: tuple[str, ...]
    summary: str
    fit: Literal["yes", "unknown"]
    why: str
    next_step: str
    actors: tuple[str, ...]
    url: str
    checked_on: str
    you_get: str = ""
    clarify: str | None = None
    for_whom: str | None = None
    cost: str | None = None
    duration: str | None = None
    citation: str = ""
    reasons: tuple[Chip, ...] = ()  # what is known of the person that suits
    words: tuple[str, ...] = ()  # the words of the question that the quote answers
    quote: str = ""


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """A number as it is shown, as it is dialled, and whose it is when it is not the actor's own."""

    shown: str
    dialled: str
    label: str | None = None
    of: str | None = None


@dataclass(frozen=True, slots=True)
class ActorCard:
    """Whom to ask, by which way, and whether somebody is there now."""

    id: str
    name: str
    aliases: tuple[str, ...]
    phones: tuple[str, ...]
    email: str | None
    address: str | None
    opening_hours: str | None
    open_now: bool | None
    url: str
    role: str = ""
    lines: tuple[PhoneLine, ...] = ()
    web: str = ""
    opening: str | None = None
    distance: str | None = None
    citation: str = ""
    checked_on: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One choice of a follow-up."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The one slot whose value would change the list."""

    slot: str
    question: str
    choices: tuple[Reply, ...]
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Chip:
    """A slot as it was understood, shown back so that it can be taken away."""

    slot: str
    label: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One of several needs: its topic in words, and the ids of the offers that answer it."""

    label: str
    offers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What we say, the contract of `POST /api/chat`; fields it does not name are for the page only."""

    outcome: Outcome
    language: str
    heading: str
    statements: tuple[Statement, ...] = ()
    offers: tuple[OfferCard, ...] = ()
    actors: tuple[ActorCard, ...] = ()
    pages: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    follow_up: FollowUp | None = None
    suggestions: tuple[str, ...] = ()
    situation: tuple[Chip, ...] = ()
    text: str = ""
    remark: str | None = None
    sort: Sort = "cards"
    groups: tuple[Group, ...] = ()
    lead: str = ""  # the source the answer is about first of all
    confidence: float = 0.0
    goes_on: bool = False  # whether it answers a message together with the question before it
    about: str = ""  # without a lead: the rule that was met, or the source that came nearest, e.g. "declined/weather"

    def as_contract(self, conversation: str) -> dict[str, Any]:
        """The answer as the JSON that DESIGN.md fixes."""
        everything = asdict(self)
        shown = {key: everything[key] for key in ("outcome", "language", "text")}
        shown["statements"] = _only(everything["statements"], ("text", "citations"))
        shown["offers"] = _only(everything["offers"], OFFER_KEYS)
        shown["actors"] = _only(everything["actors"], ACTOR_KEYS)
        shown["citations"] = _only(everything["citations"], ("id", "title", "url", "checked_on"))
        follow_up = everything["follow_up"]
        shown["follow_up"] = follow_up and {k: follow_up[k] for k in ("slot", "question", "choices")}
        shown["suggestions"] = everything["suggestions"]
        shown["situation"] = _only(everything["situation"], ("slot", "label"))
        return {**shown, "conversation": conversation}


OFFER_KEYS = ("id", "title", "aliases", "summary", "fit", "why", "next_step", "actors", "url", "checked_on")
ACTOR_KEYS = ("id", "name", "aliases", "phones", "email", "address", "opening_hours", "open_now", "url")


def _only(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[dict[str, Any]]:
    return [{key: row[key] for key in keys} for row in rows]
