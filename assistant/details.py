"""Answers a question about one field of an offer from that field, with its source; or says that it is not there."""

from __future__ import annotations

import re

from assistant.cards import MOST_ACTORS, Answer, Statement
from assistant.composer import Asked, Composer, Sources
from assistant.content import Offer
from assistant.plain_text import german_date
from assistant.sentences import plain_sentences
from index.lexical import fold

_PART_TIME = re.compile(r"teilzeit|halbtag|abend|berufsbegleit|nebenher|stunden")
CONTACT_FIELDS = ("contact", "hours", "way")


def field_answer(composer: Composer, offer_id: str, field: str, asked: Asked) -> Answer:
    """What the content says about a field of an offer; contact, hours and way are answered by its actors' cards."""
    sources = Sources(composer.catalog)
    offer = composer.catalog.offers[offer_id]
    cited = (sources.cite(f"offer/{offer_id}"),)
    actors = composer.contacts(offer, asked.situation)[: MOST_ACTORS if field in CONTACT_FIELDS else 1]
    cards = tuple(composer.actor_card(actor, asked, sources) for actor in actors)
    texts = [_contact_text(field, offer, asked, cards) if field in CONTACT_FIELDS else None]
    if field not in CONTACT_FIELDS:
        value = _value(composer, offer_id, offer, field)
        said = asked.voice.say(f"field_{field}", title=offer.title, value=value) if value else None
        texts = [said or asked.voice.say("field_missing", title=offer.title)]
        if not said and cards:
            texts.append(asked.voice.say("ask_there", actor=cards[0].name))
    return Answer(
        outcome="answered",
        language=asked.language,
        heading=asked.voice.say("heading_field", title=offer.title),
        statements=tuple(Statement(text, cited) for text in texts if text),
        offers=(composer.offer_card(offer_id, asked, sources),),
        actors=cards,
        citations=tuple(sources.found.values()),
    )


def _contact_text(field: str, offer: Offer, asked: Asked, cards: tuple[object, ...]) -> str:
    say = asked.voice.say
    if field == "hours" and not any(getattr(card, "opening", None) for card in cards):
        return f"{say('field_hours_missing')} {say('ask_there', actor=getattr(cards[0], 'name', ''))}"
    if field == "way" and not any(getattr(card, "address", None) for card in cards):
        return f"{say('field_address_missing')} {say('ask_there', actor=getattr(cards[0], 'name', ''))}"
    return say("field_contact", title=offer.title)


def _value(composer: Composer, offer_id: str, offer: Offer, field: str) -> str | None:
    """The words of a field; None where the content has none."""
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
