"""An answer as plain text, as the command line and a screen without HTML show it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.cards import ActorCard, Answer
from assistant.languages import Voice


def german_date(iso: str) -> str:
    """`2026-11-23` → `23.11.2026`."""
    return ".".join(reversed(iso.split("-")))


def german_time(time: str) -> str:
    """`08:00` → `8`, `08:30` → `8:30`: what stands before "Uhr"."""
    return time.removesuffix(":00").removeprefix("0") or "0"


_GERMAN_DAYS = {"Tu": "Di", "We": "Mi", "Th": "Do", "Su": "So", "PH off": "feiertags geschlossen", "off": "geschlossen"}
_SPANS = re.compile(r"\d\d:\d\d-\d\d:\d\d(?:, ?\d\d:\d\d-\d\d:\d\d)*")


def german_hours(hours: str) -> str:
    """`Mo-Th 08:00-12:30; PH off` → `Mo–Do 8–12:30 Uhr; feiertags geschlossen` (OpenStreetMap's `opening_hours`)."""
    if hours == "24/7":
        return "Tag und Nacht"
    for written, said in _GERMAN_DAYS.items():
        hours = hours.replace(written, said)
    return _SPANS.sub(_german_spans, hours).replace("-", "–")


def _german_spans(found: re.Match[str]) -> str:
    spans = [map(german_time, span.strip().split("-")) for span in found[0].split(",")]
    return " und ".join("–".join(span) for span in spans) + " Uhr"


def as_text(answer: Answer, voice: Voice) -> str:
    """The whole answer as plain text, as the command line and a screen without HTML show it."""
    on_cards = {text for card in answer.offers for text in (card.summary, voice.say("first_step", step=card.next_step))}
    on_cards |= {f"{card.name}: {card.role}" for card in answer.actors}
    lines = [answer.heading, *filter(None, [answer.remark])]
    lines += [statement.text for statement in answer.statements if statement.text not in on_cards]
    topics = {id: group.label for group in answer.groups for id in group.offers}
    for number, offer in enumerate(answer.offers, start=1):
        lines += [
            "",
            *filter(None, [topics.get(offer.id)]),
            f"{number}. {offer.title}",
            offer.summary,
            offer.why,
            *filter(None, [offer.clarify]),
        ]
        lines.append(f"{voice.say('next_step')}: {offer.next_step}")
    for actor in answer.actors:
        lines += ["", f"{actor.name}: {actor.role}", " · ".join(_ways(actor, voice))]
    if answer.follow_up:
        lines += ["", answer.follow_up.question, " / ".join(choice.label for choice in answer.follow_up.choices)]
    if answer.citations:
        checked = [voice.say("checked", date=german_date(c.checked_on)) for c in answer.citations]
        cited = [f"[{c.id[1:]}] {c.title}: {c.url} ({day})" for c, day in zip(answer.citations, checked, strict=True)]
        lines += ["", f"{voice.say('sources')}:", *cited]
    return "\n".join(lines)


def _ways(actor: ActorCard, voice: Voice) -> Iterable[str]:
    """The ways to an actor, a number that is another's with its owner's name."""
    for line in actor.lines[:2]:
        of = f" ({voice.say('service_line', name=line.of)})" if line.of else ""
        yield f"{voice.say('phone')} {line.shown}{of}"
    yield from (way for way in (actor.opening, actor.email, actor.address, actor.web) if way)
