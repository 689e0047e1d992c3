"""Turns the assistant or one topic off at run time, with a sentence to show; emergencies are answered all the same.

Who turned it off, when and why stands in the same file, `switch.yaml` below `var`; `assistant switch` writes it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import yaml
from pydantic import ValidationError

from assistant.answers import LAST_RESORT
from assistant.cards import MOST_ACTORS, Answer
from assistant.catalog import Catalog
from assistant.composer import Asked, Composer, Sources
from assistant.content import ContentError, Shape, Text

SWITCH = "switch.yaml"


class Off(Shape):
    """What visitors read instead, and for the operator who turned it off, when and why."""

    say: Text
    reason: Text
    by: Text
    at: datetime


class Switch(Shape):
    """What is turned off now: everything, or some topics of `content/topics.yaml`."""

    everything: Off | None = None
    topics: Mapping[str, Off] = {}

    def without(self, topic: str | None) -> Switch:
        """The switch with a topic, or everything, turned on again."""
        if topic is None:
            return self.model_copy(update={"everything": None})
        return self.model_copy(update={"topics": {t: off for t, off in self.topics.items() if t != topic}})

    def turned_off(self, topic: str | None, off: Off) -> Switch:
        """The switch with a topic, or everything, turned off."""
        if topic is None:
            return self.model_copy(update={"everything": off})
        return self.model_copy(update={"topics": {**self.topics, topic: off}})


ON = Switch()


def read_switch(var: Path) -> Switch:
    """What is turned off; no file means nothing is. Raises ContentError for a file of wrong shape."""
    file = var / SWITCH
    try:
        return Switch.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except FileNotFoundError:
        return ON
    except (OSError, ValueError, yaml.YAMLError) as error:
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ContentError(f"{SWITCH} cannot be read ({said}). See: assistant switch --help") from error


def write_switch(var: Path, switch: Switch) -> None:
    """Write the file in one step, so that nobody reads half of it."""
    var.mkdir(parents=True, exist_ok=True)
    aside = var / f".{SWITCH}.{os.getpid()}"
    said = switch.model_dump(mode="json", exclude_defaults=True)
    aside.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
    aside.replace(var / SWITCH)


def switched(answer: Answer, switch: Switch, catalog: Catalog, composer: Composer, asked: Asked) -> Answer:
    """An answer as the switch allows it: an emergency's always, one about a topic that is off never."""
    if switch == ON or answer.outcome == "emergency":
        return answer
    about = answer.lead or next((f"offer/{card.id}" for card in answer.offers), "")
    off = switch.everything or switch.topics.get(_topic(about, catalog))
    if off:
        return _instead(off, answer, catalog, composer, asked)
    gone = {card.id: card.citation for card in answer.offers if _topic(f"offer/{card.id}", catalog) in switch.topics}
    return replace(
        answer,
        offers=tuple(card for card in answer.offers if card.id not in gone),
        statements=tuple(s for s in answer.statements if not s.citations or set(s.citations) - set(gone.values())),
    )


def _topic(source: str, catalog: Catalog) -> str:
    kind, _, id = source.partition("/")
    things: Mapping[str, Mapping[str, object]] = {
        "offer": catalog.offers,
        "page": catalog.pages,
        "actor": catalog.actors,
    }
    return str(getattr(things.get(kind, {}).get(id), "topic", ""))


def _instead(off: Off, answer: Answer, catalog: Catalog, composer: Composer, asked: Asked) -> Answer:
    """The operator's sentence, and the humans who can help."""
    sources = Sources(catalog)
    actors = [id for id in LAST_RESORT if id in catalog.actors]
    return Answer(
        outcome="referred",
        language=answer.language,
        heading=off.say,
        actors=composer.actor_cards(actors[:MOST_ACTORS], asked, sources),
        citations=tuple(sources.found.values()),
    )
