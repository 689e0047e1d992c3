"""Lists all of a kind: "Welche Berufsschulen gibt es?", "alle Deutschkurse".

A kind is a word that the names of at least three things begin with; what has no such word is an ordinary question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from assistant.cards import ActorCard, Answer, OfferCard, Statement
from assistant.catalog import Catalog
from assistant.composer import Asked, Composer, Sources
from assistant.finder import Finder
from assistant.situation import PLACE
from index.lexical import stem, words

FEWEST = 3  # fewer are cards, not a list
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
            actors = [id for id in self._actors.get(stem(word), ()) if self._finder.exists(id, asked)]
            offers = [id for id in self._offers.get(stem(word), ()) if self._finder.fits(id, asked)]
            if max(len(actors), len(offers)) >= FEWEST:
                return self._listed(offers if len(offers) > len(actors) else [], actors, asked)
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
        """Actors by their distance from the person's town, in the content's order where it is unknown."""
        place = asked.situation.first(PLACE)
        far = {id: self._catalog.distance(str(place), self._catalog.actors[id]) if place else None for id in actors}
        return sorted(actors, key=lambda id: (far[id] is None, far[id] or 0.0))

    @cached_property
    def _actors(self) -> dict[str, list[str]]:
        return _by_first_word((id, (actor.name, *actor.aliases)) for id, actor in self._catalog.actors.items())

    @cached_property
    def _offers(self) -> dict[str, list[str]]:
        return _by_first_word((id, (offer.title, *offer.aliases)) for id, offer in self._catalog.offers.items())


def _by_first_word(named: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    """Ids by the stem of the first word of their names: `Berufsschule Butzbach` is one of the Berufsschulen."""
    found: dict[str, dict[str, None]] = {}
    for id, names in named:
        for name in names:
            first = words(" ".join(_TOKEN.findall(name)[:1]))
            for word in first:
                found.setdefault(stem(word), {})[id] = None
    return {word: list(ids) for word, ids in found.items()}


def _line(card: OfferCard | ActorCard) -> Statement:
    name, told = (card.title, card.summary) if isinstance(card, OfferCard) else (card.name, card.role)
    return Statement(f"{name}: {told}", (card.citation,))
