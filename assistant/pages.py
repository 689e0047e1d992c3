"""Renders the pages from `web/templates`: the only place where an answer becomes HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup

from assistant.answers import Answer, Asked, Sources, german_date
from assistant.conversation import Conversation, Turn
from assistant.dialogue import TOPIC_CHIPS, Assistant
from assistant.situation import Situation

TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "table", "thead", "tbody", "tr", "th", "td", "br"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a chat page shows: the turns before, the new answer, what is wrong with the input."""

    before: Conversation = field(default_factory=Conversation)
    answer: Answer | None = None
    turn: Turn | None = None
    conversation: str = ""
    error: str | None = None
    draft: str = ""
    notice: str | None = None


@lru_cache(maxsize=1024)
def as_html(markdown: str) -> Markup:
    """Markdown of a content file as safe HTML."""
    return Markup(nh3.clean(MarkdownIt("commonmark").enable("table").render(markdown), tags=TAGS))


class Pages:
    """The pages, each a method."""

    def __init__(self, assistant: Assistant, templates: Path, longest: int) -> None:
        """Take the assistant whose content is shown, and the folder of the templates."""
        self.assistant = assistant
        self._longest = longest
        self._environment = Environment(
            loader=FileSystemLoader(templates),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"markdown": as_html, "day": lambda day: german_date(str(day))}

    def chat(self, shown: Shown) -> str:
        """The chat: all turns, the new answer, the form."""
        address = shown.before.address
        return self._render("chat.html", address, shown=shown, turns=shown.before.turns, chips=TOPIC_CHIPS)

    def offers(self) -> str:
        """All offers by topic."""
        by_topic: dict[str, list[tuple[str, Any]]] = {}
        for id, offer in sorted(self.assistant.catalog.offers.items(), key=lambda item: item[1].title.lower()):
            by_topic.setdefault(offer.topic, []).append((id, offer))
        ordered = [(topic, by_topic[id]) for id, topic in self.assistant.catalog.topics.items() if id in by_topic]
        return self._render("offers.html", "", by_topic=ordered)

    def offer(self, id: str) -> str:
        """One offer with its contacts."""
        catalog = self.assistant.catalog
        offer = catalog.offers[id]
        asked, sources = self._nobody(), Sources(catalog)
        composer = self.assistant.composer
        actors = [composer.actor_card(actor, asked, sources) for actor in composer.contacts(offer, Situation())]
        related = [(other, catalog.offers[other].title) for other in offer.related]
        return self._render(
            "offer.html", "", id=id, offer=offer, text=catalog.texts[f"offer/{id}"], actors=actors, related=related
        )

    def actor(self, id: str) -> str:
        """One actor with its ways in and its offers."""
        catalog = self.assistant.catalog
        card = self.assistant.composer.actor_card(id, self._nobody(), Sources(catalog))
        offers = [
            (other, offer.title) for other, offer in catalog.offers.items() if id in [c.actor for c in offer.contacts]
        ]
        return self._render("actor.html", "", actor=catalog.actors[id], card=card, offers=sorted(offers))

    def missing(self) -> str:
        """The page for an address that leads nowhere."""
        return self._render("missing.html", "")

    def _render(self, template: str, address: str, **values: object) -> str:
        voice = self.assistant.voice(address)
        return self._environment.get_template(template).render(
            say=voice.say, catalog=self.assistant.catalog, longest=self._longest, **values
        )

    def _nobody(self) -> Asked:
        """A question of nobody in particular, for pages that show content as it is."""
        return Asked("", "de", Situation(), self.assistant.voice(""), self.assistant.now())
