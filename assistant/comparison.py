"""Sets two or three offers side by side, for who asks how they differ: "EQ oder BvB?".

What is compared are fields of the content, each with its source; which one is better is for a person to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.answers import Answers
from assistant.cards import MOST_OFFERS, Answer, Statement
from assistant.catalog import Catalog
from assistant.composer import Asked, Composer, Sources
from assistant.finder import Finder, id_of, kind_of
from assistant.names import Names

_BETWEEN = re.compile(r"\b(?:zwischen|und|oder|vs\.?|versus|statt|between|and|or|with)\b|[,/?]", re.IGNORECASE)


class Comparison:
    """Compares what a message names."""

    def __init__(self, catalog: Catalog, composer: Composer, finder: Finder, answers: Answers, names: Names) -> None:
        """Take the content, what makes its cards, what finds in it, what tells the contacts, and the names."""
        self._catalog = catalog
        self._composer = composer
        self._finder = finder
        self._answers = answers
        self._names = names

    def named(self, asked: Asked, before: str | None = None) -> list[str]:
        """The offers that a message calls by name, one beside the offer shown before; or nothing to compare."""
        found = [_offer(sources) for sources in self._names.in_message(asked.message)]
        offers = list(dict.fromkeys(id for id in found if id and self._finder.fits(id, asked)))
        if len(offers) == 1 and before and before != offers[0] and self._finder.fits(before, asked):
            return [before, *offers]
        return offers[:MOST_OFFERS] if len(offers) > 1 else []

    def meant(self, asked: Asked) -> list[str]:
        """The best offer for each side of "… between A and B", for what has no name of ours."""
        found = []
        for side in _sides(asked.message):
            hits = self._finder.ranking(replace(asked, message=side), limit=1).hits
            found += [id_of(hit) for hit in hits if kind_of(hit) == "offer" and self._finder.may_show(hit, asked)]
        offers = list(dict.fromkeys(found))
        return offers if len(offers) > 1 else []

    def answer(self, offers: Sequence[str], asked: Asked) -> Answer:
        """The offers side by side, field by field."""
        sources = Sources(self._catalog)
        cards = tuple(self._composer.offer_card(id, asked, sources) for id in offers)
        statements = [s for id in offers for s in self._facts(id, asked, sources.cite(f"offer/{id}"))]
        return Answer(
            outcome="answered",
            language=asked.language,
            heading=asked.voice.say("heading_compare"),
            statements=tuple(statements),
            offers=cards,
            actors=self._composer.actor_cards(self._answers.contacts_of(offers, asked), asked, sources),
            citations=tuple(sources.found.values()),
            sort="comparison",
        )

    def _facts(self, id: str, asked: Asked, citation: str) -> list[Statement]:
        """What can be compared of an offer, as far as the content has it."""
        offer, say = self._catalog.offers[id], asked.voice.say
        facts = [
            f"{offer.title}: {offer.summary}",
            offer.audience.note and say("field_audience", title=offer.title, value=offer.audience.note),
            offer.duration and say("field_duration", title=offer.title, value=offer.duration),
            offer.cost and say("field_cost", title=offer.title, value=offer.cost),
        ]
        return [Statement(fact, (citation,)) for fact in facts if fact]


def _offer(sources: Sequence[str]) -> str | None:
    return next((source.partition("/")[2] for source in sources if source.startswith("offer/")), None)


def _sides(message: str) -> list[str]:
    """What stands between the words that compare; the first piece is the question itself, if there are three."""
    pieces = [piece.strip() for piece in _BETWEEN.split(message) if len(piece.strip()) > 1]
    return pieces[-2:] if len(pieces) >= 2 else []
