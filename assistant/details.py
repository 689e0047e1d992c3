"""Answers a question about one field of an offer from that field, with its source; or says that it is not there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.cards import MOST_ACTORS, ActorCard, Answer, Statement
from assistant.composer import Asked, Composer, Sources
from assistant.plain_text import german_date, german_hours
from assistant.sentences import plain_sentences
from index.lexical import fold

_PART_TIME = re.compile(r"teilzeit|halbtag|abend|berufsbegleit|nebenher|stunden")
MOST_TOLD = 3  # actors whose hours or address are said in words; the cards tell the rest
CONTACT_FIELDS = ("contact", "hours", "way")


def field_answer(composer: Composer, offer_id: str, field: str, asked: Asked) -> Answer:
    """What the content says about a field of an offer; contact, hours and way are answered by its actors' cards."""
    sources = Sources(composer.catalog)
    offer = composer.catalog.offers[offer_id]
    cited = (sources.cite(f"offer/{offer_id}"),)
    actors = composer.contacts(offer, asked.situation)[: MOST_ACTORS if field in CONTACT_FIELDS else 1]
    cards = tuple(composer.actor_card(actor, asked, sources) for actor in actors)
    if field in CONTACT_FIELDS:
        told = contact_statements(field, cards, asked)
        texts = [asked.voice.say("field_contact", title=offer.title)]
    else:
        said, told = field_sentence(composer, offer_id, field, asked), ()
        texts = [said or asked.voice.say("field_missing", title=offer.title)]
        if not said and cards:
            texts.append(asked.voice.say("ask_there", actor=cards[0].name))
    return Answer(
        outcome="answered",
        language=asked.language,
        heading=asked.voice.say("heading_field", title=offer.title),
        statements=(*told, *(Statement(text, cited) for text in texts)),
        offers=(composer.offer_card(offer_id, asked, sources),),
        actors=cards,
        citations=tuple(sources.found.values()),
    )


def field_sentence(composer: Composer, offer_id: str, field: str, asked: Asked) -> str | None:
    """A field of an offer as a sentence; None where the content has none, or its actors' cards tell it."""
    if field in CONTACT_FIELDS or field == "explain":
        return None
    offer = composer.catalog.offers[offer_id]
    value = field_value(composer, offer_id, field)
    return asked.voice.say(f"field_{field}", title=offer.title, value=value) if value else None


def missing_sentence(field: str | None, card: ActorCard, asked: Asked) -> str | None:
    """That an actor's hours or address are asked for and not known; None where they are, or were not asked for."""
    known = {"hours": card.opening_hours, "way": card.address}
    if field not in known or known[field]:
        return None
    return asked.voice.say("field_hours_missing" if field == "hours" else "field_address_missing")


def contact_statements(field: str, cards: Sequence[ActorCard], asked: Asked) -> tuple[Statement, ...]:
    """The hours or the address of the actors: of the first one also that they are not known, and whom to ask."""
    if field not in ("hours", "way") or not cards:
        return ()
    told = [(card, _hours(card, asked) if field == "hours" else _address(card, asked)) for card in cards]
    said = [Statement(text, (card.citation,)) for card, text in told if text]
    missing = missing_sentence(field, cards[0], asked)
    there = asked.voice.say("ask_there", actor=cards[0].name)
    return (*([Statement(f"{missing} {there}", (cards[0].citation,))] if missing else []), *said[:MOST_TOLD])


def _hours(card: ActorCard, asked: Asked) -> str | None:
    """When somebody can be reached in a week, and whether now."""
    if not card.opening_hours:
        return None
    week = german_hours(card.opening_hours)
    hours = f"{week}, {card.opening}" if card.opening else week
    return asked.voice.say("field_hours", name=card.name, hours=hours)


def _address(card: ActorCard, asked: Asked) -> str | None:
    return asked.voice.say("field_address", name=card.name, address=card.address) if card.address else None


def field_value(composer: Composer, offer_id: str, field: str) -> str | None:
    """The words of a field of an offer; None where the content has none."""
    offer = composer.catalog.offers[offer_id]
    values = {
        "cost": offer.cost,
        "duration": offer.duration,
        "papers": ", ".join(offer.papers),
        "start": offer.first_step,
        "audience": offer.audience.note,
        "benefit": offer.you_get,
        "law": ", ".join(offer.law),
        "dates": ", ".join(f"{day.label} ({german_date(str(day.start))})" for day in offer.dates),
        "part_time": _part_time(composer.catalog.texts[f"offer/{offer_id}"]),
    }
    found = values.get(field)
    return found.rstrip(".") + ("." if field in ("start", "audience", "part_time") else "") if found else None


def _part_time(text: str) -> str | None:
    """The sentence of a text that speaks of hours or part time."""
    return next((sentence for sentence in plain_sentences(text) if _PART_TIME.search(fold(sentence))), None)
