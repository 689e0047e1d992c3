"""What an answer is about, in the words of the catalogue: its topic, its focus, the town. Never in the person's words.

Of an emergency nothing is told, not even the town: on a quiet day that would point to somebody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistant.cards import Answer
from assistant.catalog import Catalog
from assistant.content import Actor, Offer, Page
from assistant.situation import PLACE, Situation

UNKNOWN = "unknown"  # no topic is near; also what nobody offers: `unknown/<name>` of content/guardrails.yaml
HELPING = ("answered", "asking")  # outcomes in which the offers and actors shown tell what was meant


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic of `content/topics.yaml`, or a rule as `declined/weather`; its focus; the town, or nothing."""

    topic: str
    focus: str = ""
    place: str = ""


def subject(answer: Answer, situation: Situation, catalog: Catalog) -> Subject:
    """The subject of an answer given to a person in a situation."""
    if answer.outcome in ("emergency", "smalltalk"):
        return Subject(answer.outcome)
    place = str(situation.first(PLACE) or "")
    return replace(subject_of(_source(answer), catalog), place=place if place in catalog.places else "")


def subject_of(source: str, catalog: Catalog) -> Subject:
    """The topic and focus of a source: "offer/umschulung", "declined/weather"."""
    kind, _, id = source.partition("/")
    things: Mapping[str, Mapping[str, Offer | Page | Actor]] = {
        "offer": catalog.offers,
        "page": catalog.pages,
        "actor": catalog.actors,
    }
    thing = things.get(kind, {}).get(id)
    if thing is None:
        return Subject(source if kind in ("declined", "referred", "unknown") else UNKNOWN)
    own = () if isinstance(thing, Actor) else thing.focus
    return Subject(thing.topic, own[0].value if own else _usual_focus(thing.topic, catalog))


def _source(answer: Answer) -> str:
    """What the answer names as its source, else the first card of one that helped."""
    if answer.lead or answer.about or answer.outcome not in HELPING:
        return answer.lead or answer.about
    cards = [f"offer/{card.id}" for card in answer.offers] + [f"page/{id}" for id in answer.pages]
    return next(iter([*cards, *(f"actor/{card.id}" for card in answer.actors)]), "")


def _usual_focus(topic: str, catalog: Catalog) -> str:
    """The focus that most offers of a topic have."""
    counted = Counter(offer.focus[0].value for offer in catalog.offers.values() if offer.topic == topic)
    return counted.most_common(1)[0][0] if counted else ""
