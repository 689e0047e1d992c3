"""Turns ids that were found into cards for one person: why it fits, what to do next, whom to call, who is there now.

Nothing is invented: every sentence is a field or a sentence of checked content, or a fixed sentence of the assistant's
(`content/languages/`). What to look for, and for whom, is decided in `dialogue`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from assistant.cards import ActorCard, Chip, Citation, OfferCard, PhoneLine
from assistant.catalog import Catalog
from assistant.content import Actor, Audience, Contact, Offer, Page
from assistant.hours import BERLIN, Opening, opening
from assistant.languages import GERMAN, Voice
from assistant.plain_text import german_time
from assistant.sentences import best_sentence, commonplace, plain_sentences
from assistant.situation import PLACE, Situation, Slots, fit

MATCHED_WORDS = 3  # words of the question quoted in a reason


@dataclass(slots=True)
class Sources:
    """The citations of one answer, numbered in the order they are needed."""

    catalog: Catalog
    found: dict[str, Citation] = field(default_factory=dict)

    def cite(self, key: str) -> str:
        """The citation id of "offer/<id>", "page/<id>" or "actor/<id>"."""
        if key not in self.found:
            self.found[key] = self._citation(key, f"c{len(self.found) + 1}")
        return self.found[key].id

    def _citation(self, key: str, id: str) -> Citation:
        kind, _, name = key.partition("/")
        if kind == "actor":
            actor = self.catalog.actors[name]
            return Citation(id, actor.name, str(actor.sources[0].url), str(actor.checked_on), bool(actor.checked_by))
        thing: Offer | Page = self.catalog.offers[name] if kind == "offer" else self.catalog.pages[name]
        return Citation(id, thing.title, str(thing.source_url), str(thing.checked_on), bool(thing.checked_by))


@dataclass(frozen=True)
class Asked:
    """A question ready to be answered: its words, what is known of the person, in which voice, at which moment."""

    message: str
    language: str
    situation: Situation
    voice: Voice
    moment: datetime


class Composer:
    """Turns ids that were found into cards."""

    def __init__(self, catalog: Catalog, slots: Slots) -> None:
        """Take the content the cards are made of."""
        self.catalog = catalog
        self.slots = slots

    def offer_card(self, id: str, asked: Asked, sources: Sources) -> OfferCard:
        """The card of an offer for this person."""
        offer = self.catalog.offers[id]
        verdict = fit(offer.audience, asked.situation)
        clarify = offer.audience.note if verdict.verdict != "yes" else None
        reasons = self._reasons(offer.audience, asked.situation)
        matched, quote = best_sentence(asked.message, self._sentences(f"offer/{id}"), self._commonplace)
        return OfferCard(
            id=id,
            title=offer.title,
            aliases=offer.aliases,
            summary=offer.summary,
            fit="yes" if verdict.verdict == "yes" else "unknown",
            why=self._why(offer, reasons, matched, quote, asked.voice),
            next_step=offer.first_step,
            actors=tuple(self.contacts(offer, asked.situation)[:2]),
            url=f"/angebote/{id}",
            checked_on=str(offer.checked_on),
            you_get=offer.you_get,
            clarify=asked.voice.say("clarify", note=clarify) if clarify else None,
            for_whom=offer.audience.note,
            cost=offer.cost,
            duration=offer.duration,
            citation=sources.cite(f"offer/{id}"),
            reasons=reasons,
            words=tuple(matched[:MATCHED_WORDS]),
            quote=quote,
        )

    def contacts(self, offer: Offer, situation: Situation) -> list[str]:
        """Whom to ask, best first: who is named for this very situation, then who is for everybody.

        One without a phone is not the first where another can be rung, unless that one is only perhaps in charge.
        """
        rated = sorted((self._rank(contact, situation), at, contact.actor) for at, contact in enumerate(offer.contacts))
        actors = dict.fromkeys(actor for rank, _, actor in rated if rank < _EXCLUDED)
        first = next((actor for rank, _, actor in rated if rank < _PERHAPS and self._can_be_rung(actor)), None)
        return sorted(actors, key=lambda actor: actor != first)

    def _can_be_rung(self, id: str) -> bool:
        actor = self.catalog.actors[id]
        stand_in = self.catalog.actors.get(actor.service_line or "", actor)
        return any(site.phones for site in (*actor.sites, *stand_in.sites))

    def _rank(self, contact: Contact, situation: Situation) -> int:
        if contact.when is None:
            return 1
        verdict = fit(contact.when, situation).verdict
        return {"yes": 0, "unknown": _PERHAPS, "no": _EXCLUDED}[verdict]

    def _why(self, offer: Offer, reasons: Sequence[Chip], matched: Sequence[str], quote: str, voice: Voice) -> str:
        """Why an offer fits: what is known of the person, and the words of the question its text answers."""
        known = ", ".join(chip.label.replace(": ", " ", 1) for chip in reasons)  # the sentence has a colon already
        parts = [voice.say("why_situation", reasons=known)] if reasons else []
        if matched:
            quoted = listed([f"„{word}“" for word in matched[:MATCHED_WORDS]], voice.say("and"))
            parts.append(voice.say("why_words", words=quoted, quote=quote))
        elif not reasons:
            topic = self.catalog.topics[offer.topic].label
            parts.append(voice.say("why_topic", topic=topic, quote=offer.you_get))
        return " ".join(parts)

    def _reasons(self, audience: Audience, situation: Situation) -> tuple[Chip, ...]:
        """The slots this audience asks for that are known to suit."""
        named = {**audience.model_dump(exclude_defaults=True), "age": audience.min_age or audience.max_age}
        return tuple(
            Chip(slot, self.slots.chip(slot, value), str(value))
            for slot, values in situation.slots.items()
            for value in values
            if named.get(slot) and slot in self.slots.slots and _allows(audience, slot, value)
        )

    @cached_property
    def _commonplace(self) -> frozenset[str]:
        return commonplace(self._sentences(f"offer/{id}") for id in self.catalog.offers)

    def _sentences(self, key: str) -> tuple[str, ...]:
        id = key.partition("/")[2]
        thing: Offer | Page = self.catalog.offers[id] if key.startswith("offer/") else self.catalog.pages[id]
        # Summary and next step stand on the card anyway: a reason that repeats them says nothing.
        fields = [thing.you_get] if isinstance(thing, Offer) else []
        return (*fields, *plain_sentences(self.catalog.texts[key]))

    def page_quote(self, id: str, passage: str, limit: int = 320) -> str:
        """The sentences of a page's passage, cut at a sentence's end."""
        quote = ""
        for sentence in plain_sentences(passage):
            if quote and len(quote) + len(sentence) > limit:
                break
            quote = f"{quote} {sentence}".strip()
        return quote or self.catalog.pages[id].summary

    def actor_card(self, id: str, asked: Asked, sources: Sources) -> ActorCard:
        """The card of an actor: its own ways in, or the service line that stands in."""
        actor = self.catalog.actors[id]
        site = self._nearest_site(actor, asked.situation)
        lines = list(_lines(actor, site, None))
        stand_in = self.catalog.actors.get(actor.service_line or "")
        if not lines and stand_in:
            lines = list(_lines(stand_in, None, stand_in.name))
        hours = (site.opening_hours if site else None) or _phone_hours(
            stand_in if not _lines(actor, site, None) else actor
        )
        now = opening(hours, asked.moment) if hours else None
        return ActorCard(
            id=id,
            name=actor.name,
            aliases=actor.aliases,
            phones=tuple(line.dialled for line in lines),
            email=site.email if site else None,
            address=f"{site.address.street}, {site.address.postcode} {site.address.town}"
            if site and site.address
            else None,
            opening_hours=hours,
            open_now=now.open_now if now else None,
            url=f"/stellen/{id}",
            role=actor.role,
            lines=tuple(lines),
            web=str(site.appointment_url or actor.web) if site else str(actor.web),
            opening=opening_words(now, asked.moment, asked.voice) if now else None,
            distance=self._distance_words(actor, asked),
            citation=sources.cite(f"actor/{id}"),
            checked_on=str(actor.checked_on),
        )

    def actor_cards(self, ids: Iterable[str], asked: Asked, sources: Sources) -> tuple[ActorCard, ...]:
        """The cards of several actors, in their order."""
        return tuple(self.actor_card(id, asked, sources) for id in ids)

    def _nearest_site(self, actor: Actor, situation: Situation) -> Any:
        """The site in charge of the person's town, else the first one."""
        place = situation.first(PLACE)
        serving = [site for site in actor.sites if place in site.serves]
        return next(iter(serving or actor.sites), None)

    def _distance_words(self, actor: Actor, asked: Asked) -> str | None:
        place = asked.situation.first(PLACE)
        kilometres = self.catalog.distance(str(place), actor) if place else None
        if kilometres is None or kilometres < 2:
            return None
        return asked.voice.say("distance", km=round(kilometres), place=self.catalog.places[str(place)].name)

    def chips(self, situation: Situation) -> tuple[Chip, ...]:
        """What was understood, one chip a value."""
        return tuple(
            Chip(slot, self.slots.chip(slot, value), str(value))
            for slot, values in situation.slots.items()
            if slot in self.slots.slots
            for value in values
        )


_PERHAPS, _EXCLUDED = 2, 9  # ranks of a contact whose condition is not known of the person, or not met


def _allows(audience: Audience, slot: str, value: Any) -> bool:
    if slot == "age":
        return (audience.min_age or 0) <= int(value) <= (audience.max_age or 99)
    wanted = getattr(audience, slot)
    return value in wanted if isinstance(wanted, tuple) else value == wanted


def _lines(actor: Actor, site: Any, of: str | None) -> Iterable[PhoneLine]:
    """An actor's numbers, those of the chosen site first."""
    sites = [site, *[s for s in actor.sites if s is not site]] if site else actor.sites
    return tuple(
        PhoneLine(phone.number, re.sub(r"[^\d+]", "", phone.number), phone.label, of)
        for s in sites
        for phone in s.phones
    )


def _phone_hours(actor: Actor | None) -> str | None:
    phones = [phone for site in actor.sites for phone in site.phones] if actor else []
    return next((phone.hours for phone in phones if phone.hours), None)


def opening_words(now: Opening, moment: datetime, voice: Voice) -> str:
    """`jetzt erreichbar bis 18 Uhr`, `öffnet am 12.06. um 8 Uhr`, `open now until 18:00`: an opening in words."""
    if now.changes is None:
        return voice.say("open_now" if now.open_now else "closed")
    german = voice.language.startswith(GERMAN)
    time = german_time(f"{now.changes:%H:%M}") if german else f"{now.changes:%H:%M}"
    today = now.changes.date() == moment.astimezone(BERLIN).date()
    if now.open_now:
        return voice.say("open_until", time=time) if today else voice.say("open_now")
    return voice.say("opens_today", time=time) if today else voice.say("opens", day=f"{now.changes:%d.%m.}", time=time)


def listed(items: Sequence[str], conjunction: str) -> str:
    """`„a“, „b“ und „c“`."""
    return f" {conjunction} ".join(filter(None, [", ".join(items[:-1]), items[-1]]))
