"""Finds what may be shown to one person: asks the index, and leaves out what is not current or cannot fit.

What is made of the hits is `answers`'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from functools import cached_property, lru_cache

from assistant.cards import MOST_OFFERS
from assistant.catalog import Catalog
from assistant.composer import Asked
from assistant.evenhanded import Evenhanded
from assistant.followups import FOLLOW_UP
from assistant.gist import gist
from assistant.situation import FOR_WHOM, Situation, Slots, fit
from index.lexical import words
from index.retriever import Retriever
from index.types import Hit, Query, Ranking

EMERGENCY = "emergency"  # sources in the index that tell a crisis: they answer nothing, `nearest_rule` weighs them
HARMLESS = "harmless"  # … and those that only tell figures of speech from one
UNKNOWN = "unknown"  # sources in the index that tell what nobody here offers
PASSED_OVER = (FOLLOW_UP, HARMLESS, EMERGENCY)  # what is no answer, however near a message is to it
CRISIS = "crisis"  # the topic of helplines
BESIDE = 0.1  # share from which a helpline stands beside other offers
CALM = 0.1  # chance of a crisis up to which the question at the end of a story stands for the story
SURE = 0.2  # … and the confidence it takes for that
COMMON = 3  # passages that hold a word which may be carried on though it is written like a name
SHORTLIST = 12  # sources asked of the index: enough to fill three cards after those that cannot fit are gone
FIRM = "firm"  # the value of `for_whom` that speaks for a business
# Slots of a special group: without a word of it, an offer for them is rarely what is meant.
SPECIAL = frozenset(["german", "residence", "disability"])


class Finder:
    """Searches for one person."""

    def __init__(self, catalog: Catalog, slots: Slots, retriever: Retriever) -> None:
        """Take the content, what can be learned of a person, and the index over the content."""
        self._catalog = catalog
        self._slots = slots
        self._retriever = retriever
        self.even = Evenhanded(catalog.even, lambda word: retriever.index.lexical.knows(word))
        # What is kept may lack a rare word; a name that some example happens to hold must not be kept.
        self.discreet = Evenhanded(catalog.even, lambda word: retriever.index.lexical.uses(word, COMMON))

    def later_chances(self, message: str, language: str) -> Ranking:
        """How likely each kind of source is meant when a message may also stand on the turns before it; no hits."""
        return Ranking((), likely=self._retriever.likely(Query(self.bare(message), language)))

    def chances_of_tags(self, message: str) -> dict[str, float]:
        """How likely a message tells each thing of the person, by its meaning; empty where nothing was taught."""
        return self._retriever.tags(self.bare(message))

    def prepare(self, message: str, language: str) -> None:
        """Look for the words of a message that will be searched for, while it is encoded."""
        self._retriever.prepare(Query(self.bare(message), language))

    def foresee(self, *messages: str) -> None:
        """Begin to encode messages that will be searched for, while what else there is to know is found out."""
        self._retriever.foresee(*map(self.bare, messages))

    def ranking(self, asked: Asked, limit: int = SHORTLIST) -> Ranking:
        """What the index finds; a town in the question must not draw in an office merely because it has its name."""
        ranking = self._of_the_gist(self._search(asked.message, asked, limit), asked, limit)
        town = self._slots.town(asked.message)
        if not ranking.hits or not town or not self._may_be_drawn_in(ranking.hits[0], town):
            return ranking
        bare = self._slots.without_places(asked.message)
        other = self._search(bare, asked, limit) if words(bare) else ranking
        return other if other.hits and kind_of(other.hits[0]) == "offer" else ranking

    def _may_be_drawn_in(self, hit: Hit, town: str) -> bool:
        """Whether a hit may have been found for its town alone: an office, or an offer that is called by its town."""
        offer = self._catalog.offers.get(id_of(hit)) if kind_of(hit) == "offer" else None
        return self._slots.town(offer.title) == town if offer else kind_of(hit) == "actor"

    def _of_the_gist(self, ranking: Ranking, asked: Asked, limit: int) -> Ranking:
        """What a long message asks in the end, where that is surely found and the story tells of no crisis."""
        question = gist(asked.message)
        if question is None or ranking.chance(EMERGENCY) > CALM:
            return ranking
        other = self._search(question, asked, limit)
        shown = other.hits and kind_of(other.hits[0]) in ("offer", "page", "actor")
        return other if shown and other.confidence >= SURE else ranking

    def _search(self, text: str, asked: Asked, limit: int) -> Ranking:
        # Crises never stand among what is found; where no chance can tell them, standing first must.
        without = PASSED_OVER if self._retriever.tells_chances else (FOLLOW_UP, HARMLESS)
        query = Query(self.bare(text), asked.language, {}, limit, without, impossible=(FOLLOW_UP,))
        return self._retriever.search(query)

    @lru_cache(maxsize=16)  # noqa: B019 — one answer searches for the same message several times
    def bare(self, text: str) -> str:
        """A text as it is searched for: without the home town and what must make no difference."""
        return self.even(self._slots.without_home(text))

    def may_show(self, hit: Hit, asked: Asked) -> bool:
        """Whether a hit is current and cannot be ruled out for this person; another subject's rule is not shown."""
        kind, id = kind_of(hit), id_of(hit)
        if kind == "offer":
            return self.fits(id, asked)
        if kind == "page":
            page = self._catalog.pages.get(id)
            return page is not None and self._catalog.is_current(page, asked.moment.date())
        return kind == "actor" and self.exists(id, asked)

    def exists(self, actor: str, asked: Asked) -> bool:
        """Whether an actor is known and its file still valid."""
        known = self._catalog.actors.get(actor)
        return known is not None and self._catalog.is_current(known, asked.moment.date())

    def fits(self, id: str, asked: Asked) -> bool:
        """Whether an offer is known, still current, and cannot be ruled out for this person."""
        offer = self._catalog.offers.get(id)
        return (
            offer is not None
            and self._catalog.is_current(offer, asked.moment.date())
            and fit(offer.audience, asked.situation).verdict != "no"
        )

    def ruled_out_by(self, id: str, situation: Situation) -> str | None:
        """The slot for which a known offer cannot fit a person."""
        verdict = fit(self._catalog.offers[id].audience, situation) if id in self._catalog.offers else None
        return verdict.slot if verdict and verdict.verdict == "no" else None

    def chosen(self, suitable: Sequence[Hit], near_from: float, asked: Asked) -> list[str]:
        """At most three offers, none far behind the best; below it, those for a group nobody spoke of come last."""
        near = [
            id_of(hit)
            for at, hit in enumerate(suitable)
            if hit.score >= near_from and (at == 0 or hit.score >= BESIDE or not self._is_for_a_crisis(hit))
        ]
        if near and not self._is_for_firms(near[0]) and FIRM not in asked.situation.get(FOR_WHOM):
            near = [id for id in near if not self._is_for_firms(id)]
        return [*near[:1], *sorted(near[1 : 2 * MOST_OFFERS], key=lambda id: self._is_special(id, asked))][:MOST_OFFERS]

    def _is_for_firms(self, id: str) -> bool:
        """Whether only a firm can have an offer: beside one for people, it is nobody's."""
        return self._catalog.offers[id].audience.for_whom == (FIRM,)

    def _is_for_a_crisis(self, hit: Hit) -> bool:
        """Whether an offer is a helpline: beside a course it frightens, and is no third choice."""
        return hit.source in self.helplines

    @cached_property
    def helplines(self) -> frozenset[str]:
        """The sources of the offers that help in a crisis."""
        return frozenset(f"offer/{id}" for id, offer in self._catalog.offers.items() if offer.topic == CRISIS)

    def _is_special(self, id: str, asked: Asked) -> bool:
        """Whether an offer is for a group that this person may or may not belong to."""
        return fit(self._catalog.offers[id].audience, asked.situation).slot in SPECIAL

    def open_slot(self, offers: Sequence[str], situation: Situation, known: Collection[str]) -> str | None:
        """The unknown slot that decides at least half of the offers, if it is none of those already asked for."""
        verdicts = [fit(self._catalog.offers[id].audience, situation) for id in offers]
        open_slots = Counter(v.slot for v in verdicts if v.slot and v.slot not in known)
        for slot, count in open_slots.most_common():
            if slot in self._catalog.slots and 2 * count >= len(offers):
                return slot
        return None


def kind_of(hit: Hit) -> str:
    """`offer`, `actor`, `page`, or the kind of a rule."""
    return hit.source.partition("/")[0]


def id_of(hit: Hit) -> str:
    """The id of what was found."""
    return hit.source.partition("/")[2]
