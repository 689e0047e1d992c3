"""Tells several needs in one message apart: no job, debts, a small child, little German.

Each part of a story is searched by itself; what is surely meant, and about another topic than the rest, is a need of
its own and gets its best offer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.catalog import Catalog
from assistant.composer import Asked
from assistant.finder import Finder, id_of, kind_of
from index.lexical import words

FEWEST_WORDS = 8  # words that carry meaning; a shorter message has one need
MOST_PARTS = 4  # of a story, the longest ones: each costs a search
PART_WORDS = 2  # a part with fewer says nothing by itself
# From which share and confidence a part is surely a need; lower, ordinary questions fell apart (tuning half, 2026-11).
SHARE = 0.8
SURE = 0.2
MOST_NEEDS = 4
_PARTS = re.compile(r"[.!?;\n]+|,|\b(?:und|außerdem|ausserdem|dazu|aber|sowie|zudem|and|also|but|ve|и|і|та|و)\b")


@dataclass(frozen=True, slots=True)
class Need:
    """A topic that a message is about, and the offer that fits it best."""

    topic: str
    offer: str


class Needs:
    """Looks for needs in the parts of a message."""

    def __init__(self, catalog: Catalog, finder: Finder) -> None:
        """Take the content whose topics tell needs apart, and what finds in it."""
        self._catalog = catalog
        self._finder = finder

    def of(self, asked: Asked, best: str | None) -> list[Need]:
        """The needs of a message, that of its `best` offer first; none unless there are at least two."""
        parts = _parts(asked.message)
        if len(parts) < 2 or len(words(asked.message)) < FEWEST_WORDS:
            return []
        self._finder.foresee(*parts)
        first = [Need(self._catalog.offers[best].topic, best)] if best else []
        needs = {need.topic: need for need in first}
        for part in parts:
            need = self._need(replace(asked, message=part))
            if need and need.topic not in needs:
                needs[need.topic] = need
        return list(needs.values())[:MOST_NEEDS] if len(needs) > 1 else []

    def _need(self, asked: Asked) -> Need | None:
        """The need of one part, if there surely is one."""
        ranking = self._finder.ranking(asked, limit=3)
        hits = [hit for hit in ranking.hits[:1] if kind_of(hit) == "offer" and self._finder.may_show(hit, asked)]
        if not hits or ranking.confidence < SURE or hits[0].score < SHARE:
            return None
        return Need(self._catalog.offers[id_of(hits[0])].topic, id_of(hits[0]))


def _parts(message: str) -> list[str]:
    """The parts of a story that say something, in its order."""
    parts = [part.strip() for part in _PARTS.split(message.lower()) if part]
    telling = [part for part in parts if len(words(part)) >= PART_WORDS]
    longest = sorted(telling, key=len, reverse=True)[:MOST_PARTS]
    return [part for part in telling if part in longest]
