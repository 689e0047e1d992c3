"""The directory of all offers: which of them a choice of filters leaves, and how many each filter would leave.

What the choices are called is content's; how the list looks is `web/templates/offers.html`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.catalog import Catalog
from assistant.content import Focus, Offer
from index.lexical import stems

FILTERS = ("focus", "topic", "status", "place")
# What the filters are called in an address that people share.
PARAMETERS = {"focus": "schwerpunkt", "topic": "thema", "status": "fuer", "place": "ort", "search": "suche"}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a visitor chose; an empty value leaves everything in."""

    focus: str = ""
    topic: str = ""
    status: str = ""
    place: str = ""
    search: str = ""
    only: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is chosen."""
        return bool(self.focus or self.topic or self.status or self.place or self.search or self.only)


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter, with the number of offers it would leave."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Directory:
    """All offers that are current, ready to be filtered."""

    catalog: Catalog
    offers: Mapping[str, Offer]

    def found(self, filters: Filters) -> list[str]:
        """The ids that a choice leaves, by title; a shared list in the order it was made."""
        ids = [id for id, offer in self.offers.items() if self._suits(id, offer, filters)]
        if filters.only:
            return sorted(ids, key=filters.only.index)
        return sorted(ids, key=lambda id: self.offers[id].title.lower())

    def options(self, name: str, filters: Filters) -> list[Option]:
        """The values of a filter that leave at least one offer, the other filters staying as they are."""
        chosen = getattr(filters, name)
        counted = [
            Option(value, label, self._count(filters, name, value), value == chosen)
            for value, label in self._values(name)
        ]
        return [option for option in counted if option.count or option.chosen]

    def by_topic(self, ids: Sequence[str]) -> list[tuple[str, list[str]]]:
        """Ids under the label of their topic, in the order of `content/topics.yaml`."""
        grouped = [
            (topic.label, [id for id in ids if self.offers[id].topic == key])
            for key, topic in self.catalog.topics.items()
        ]
        return [(label, group) for label, group in grouped if group]

    def _count(self, filters: Filters, name: str, value: str) -> int:
        narrowed = _with(filters, name, value)
        return sum(self._suits(id, offer, narrowed) for id, offer in self.offers.items())

    def _values(self, name: str) -> list[tuple[str, str]]:
        if name == "focus":
            return [(focus.value, focus.value) for focus in Focus]
        if name == "topic":
            return [(id, topic.label) for id, topic in self.catalog.topics.items()]
        if name == "status":
            status = self.catalog.slots.get("status")
            return [(str(choice.value), choice.label) for choice in status.choices] if status else []
        return [(id, place.name) for id, place in sorted(self.catalog.places.items(), key=lambda p: p[1].name)]

    def _suits(self, id: str, offer: Offer, filters: Filters) -> bool:
        if filters.only and id not in filters.only:
            return False
        return (
            (not filters.focus or filters.focus in offer.focus)
            and (not filters.topic or filters.topic == offer.topic)
            and (not filters.status or not offer.audience.status or filters.status in offer.audience.status)
            and (not filters.place or self._is_in(offer, filters.place))
            and (not filters.search or stems(filters.search) <= self._words[id])
        )

    def _is_in(self, offer: Offer, place: str) -> bool:
        """Whether people of a place may come: its audience and its area, where they name places, must name this one."""
        named = offer.audience.place or (offer.area if isinstance(offer.area, tuple) else ())
        return not named or place in named

    @cached_property
    def _words(self) -> Mapping[str, frozenset[str]]:
        """The stems of every offer's title, names, summary, topic and text."""
        catalog = self.catalog
        return {
            id: stems(" ".join([o.title, *o.aliases, o.summary, o.you_get, catalog.topics[o.topic].label]))
            | stems(catalog.texts.get(f"offer/{id}", ""))
            for id, o in self.offers.items()
        }


def _with(filters: Filters, name: str, value: str) -> Filters:
    """A choice with one of its `FILTERS` set to another value."""
    values = {**{key: getattr(filters, key) for key in FILTERS}, name: value}
    return Filters(**values, search=filters.search, only=filters.only)
