"""Lists all of a kind: "Welche Berufsschulen gibt es?", "alle Deutschkurse".

A kind is a word that at least three things are called by: a word of their names, or the end of one, for a
Berufsfachschule is a Schule. What has no such word is an ordinary question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from assistant.cards import ActorCard, Answer, OfferCard, Statement
from assistant.catalog import Catalog
from assistant.composer import Asked, Composer, Sources
from assistant.finder import Finder
from assistant.situation import PLACE
from index.lexical import fold, stem, words

FEWEST = 3  # fewer are cards, not a list
SHORTEST = 5  # letters of a word that a longer one may end in
MOST = 12  # more is a directory, which /angebote is
_HERE = frozenset(map(stem, ("wetterau", "wetteraukreis", "kreis", "landkreis", "region", "nahe", "umgebung")))
_TOKEN = re.compile(r"[^\W_]+")


class Lists:
    """Lists what bears the same name."""

    def __init__(self, catalog: Catalog, composer: Composer, finder: Finder) -> None:
        """Take the content, what makes its cards, and what tells which may be shown."""
        self._catalog = catalog
        self._slots = composer.slots
        self._composer = composer
        self._finder = finder

    def answer(self, asked: Asked) -> Answer | None:
        """All actors, or all offers, of the kind that a message asks for; None where it names no kind."""
        said = [word for word in words(self._slots.without_places(asked.message)) if stem(word) not in _HERE]
        for word in said[: len(said) == 1]:  # another word beside the kind narrows it: "Zuschüsse für Betriebe"
            actors = [id for id in _called(stem(word), self._actors) if self._finder.exists(id, asked)]
            offers = [id for id in _called(stem(word), self._offers) if self._finder.fits(id, asked)]
            if max(len(actors), len(offers)) >= FEWEST:
                is_there = self._slots.town(asked.message) is not None and len(actors) >= FEWEST
                return self._listed(offers if len(offers) > len(actors) and not is_there else [], actors, asked)
        return None

    def _listed(self, offers: list[str], actors: list[str], asked: Asked) -> Answer:
        sources = Sources(self._catalog)
        offer_cards = tuple(self._composer.offer_card(id, asked, sources) for id in offers[:MOST])
        near = [] if offers else self._nearest_first(actors, asked)
        actor_cards = self._composer.actor_cards(near[:MOST], asked, sources)
        count = len(offer_cards) or len(actor_cards)
        return Answer(
            outcome="answered",
            language=asked.language,
            heading=asked.voice.say("heading_list", count=count),
            statements=tuple(_line(card) for card in offer_cards or actor_cards),
            offers=offer_cards,
            actors=actor_cards,
            citations=tuple(sources.found.values()),
            sort="list",
        )

    def _nearest_first(self, actors: list[str], asked: Asked) -> list[str]:
        """Actors called by the person's town, then by their distance, in the content's order where it is unknown."""
        place = str(asked.situation.first(PLACE) or "")
        if place not in self._catalog.places:
            return actors
        town = fold(self._catalog.places[place].name)

        def far(id: str) -> tuple[bool, float]:
            actor = self._catalog.actors[id]
            kilometres = 0.0 if town in fold(actor.name) else self._catalog.distance(place, actor)
            return kilometres is None, kilometres or 0.0

        return sorted(actors, key=far)

    @cached_property
    def _actors(self) -> dict[str, frozenset[str]]:
        return {id: _kinds(actor.name, actor.aliases) for id, actor in self._catalog.actors.items()}

    @cached_property
    def _offers(self) -> dict[str, frozenset[str]]:
        return {id: _kinds(offer.title, offer.aliases) for id, offer in self._catalog.offers.items()}


def _kinds(name: str, aliases: Iterable[str]) -> frozenset[str]:
    """The stems of what something is called by: all words of its name before a bracket, the first of its other names.

    Of words with hyphens the last part tells the kind: a Johann-Philipp-Reis-Schule is a school, Schüler-BAföG is none.
    """
    called = [*name.partition("(")[0].split(), *(alias.split()[0] for alias in aliases)]
    heads = [part[-1] for word in called if (part := _TOKEN.findall(word))]
    return frozenset(stem(word) for head in heads for word in words(head))


def _called(kind: str, named: Mapping[str, frozenset[str]]) -> list[str]:
    """The ids of what is called by a kind, or by a longer word that ends in it."""
    ending = kind if len(kind) >= SHORTEST else " "
    return [id for id, kinds in named.items() if any(k == kind or k.endswith(ending) for k in kinds)]


def _line(card: OfferCard | ActorCard) -> Statement:
    name, told = (card.title, card.summary) if isinstance(card, OfferCard) else (card.name, card.role)
    return Statement(f"{name}: {told}", (card.citation,))
