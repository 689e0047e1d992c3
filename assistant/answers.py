"""Composes an Answer of each sort: a rule's, what was found, honestly nothing, the people to ask, more of the same.

Cards are `composer`'s; which sort of answer a message gets is decided in `dialogue`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from assistant.cards import (
    MOST_ACTORS,
    MOST_OFFERS,
    ActorCard,
    Answer,
    FollowUp,
    Group,
    OfferCard,
    Reply,
    Statement,
)
from assistant.catalog import Catalog
from assistant.composer import Asked, Composer, Sources
from assistant.content import Redirection
from assistant.details import contact_statements, field_sentence
from assistant.finder import SHORTLIST, Finder, id_of, kind_of
from assistant.guardrails import Found
from assistant.languages import Voice, in_voice
from assistant.nearest_rule import NEAR
from assistant.needs import Needs
from assistant.sentences import plain_sentences
from index.steps import step
from index.types import Hit, Ranking

# Who can help when we cannot: the Kreis itself, and the number that knows every office.
LAST_RESORT = ("kreisverwaltung-wetterau", "behoerdennummer-115")
TOPIC_CHIPS = ("topic_training", "topic_work", "topic_german", "topic_qualification", "topic_recognition", "topic_lost")
EXPLAINED = 4  # sentences of an offer's text in an answer that tells more of it


class Answers:
    """Puts answers together from what the finder found."""

    def __init__(self, catalog: Catalog, composer: Composer, finder: Finder) -> None:
        """Take the content, what makes its cards, and what finds in it."""
        self._catalog = catalog
        self._composer = composer
        self._finder = finder
        self._needs = Needs(catalog, finder)

    def ruled(self, found: Found, asked: Asked) -> Answer:
        """The ready answer of a rule: a crisis, small talk, another subject, a matter for a human."""
        kind, rule, sources = found.kind, found.rule, Sources(self._catalog)
        go = in_voice(rule, "go", asked.voice) if isinstance(rule, Redirection) else None
        offers = [] if kind == "emergency" else [o for o in rule.offers if self._finder.fits(o, asked)]
        cards = tuple(self._composer.offer_card(id, asked, sources) for id in offers[:MOST_OFFERS])
        actors = [id for id in rule.actors if self._finder.exists(id, asked)]
        return Answer(
            outcome=kind,
            language=asked.language,
            heading=in_voice(rule, "say", asked.voice) or "",
            statements=(Statement(go, ()),) if go else (),
            offers=cards,
            actors=self._composer.actor_cards(actors[:MOST_ACTORS], asked, sources),
            citations=tuple(sources.found.values()),
            about=f"{found.kind}/{found.name}",
        )

    def with_helpline(self, answer: Answer, crisis: Found, asked: Asked) -> Answer:
        """An answer with the helpline for what may be a crisis last, unless it is there already."""
        shown = {card.id for card in answer.actors}
        helplines = [id for id in crisis.rule.actors if self._finder.exists(id, asked)]
        if not helplines or shown & set(helplines):
            return answer
        sources = Sources(self._catalog, {citation.id: citation for citation in answer.citations})
        card = self._composer.actor_card(helplines[0], asked, sources)
        remark = asked.voice.say("in_need", name=card.name)
        return replace(answer, remark=remark, actors=(*answer.actors, card), citations=tuple(sources.found.values()))

    def unanswered(self, asked: Asked, ranking: Ranking, heading: str = "unanswered") -> Answer:
        """Honestly nothing, with the best human to ask."""
        sources = Sources(self._catalog)
        actors = [id for id in LAST_RESORT if id in self._catalog.actors]
        say = asked.voice.say
        return Answer(
            outcome="unanswered",
            language=asked.language,
            heading=say(heading),
            statements=tuple(Statement(say(key), ()) for key in ("unanswered_scope", "unanswered_human", "rephrase")),
            actors=self._composer.actor_cards(actors, asked, sources),
            citations=tuple(sources.found.values()),
            suggestions=tuple(say(key) for key in TOPIC_CHIPS),
            confidence=ranking.confidence,
            about=next((hit.source for hit in ranking.hits[:1] if hit.similarity >= NEAR or hit.words), ""),
        )

    @step("compose")
    def found(self, asked: Asked, ranking: Ranking, asked_before: Collection[str], field: str | None = None) -> Answer:
        """Offers as cards, the people to call, and where each statement comes from; perhaps one question back.

        `field` is what the message asks of the best offer or actor: its price, its length, its hours.
        """
        hits = [hit for hit in ranking.hits if self._finder.may_show(hit, asked)]
        # The confidence was the best hit's: when that one may not be shown, a far weaker one is no answer.
        top = ranking.hits[0]
        if not hits or self._is_far_weaker(hits[0], top, ranking.near):
            return self.unanswered(asked, ranking)
        first = hits[0]
        suitable = [hit for hit in hits if kind_of(hit) == "offer"]
        offers, groups = self._offers(first, suitable, min(ranking.near, first.score), asked)
        if kind_of(first) == "actor" and field in ("hours", "way"):
            offers = []  # who asks for an office's hours wants to know no more than that
        sources = Sources(self._catalog)
        cited = sources.cite(first.source)
        cards = tuple(self._composer.offer_card(id, asked, sources) for id in offers)
        actors = self._composer.actor_cards(self.contacts_of(offers, asked, self._named(first)), asked, sources)
        slot = self._finder.open_slot([id_of(hit) for hit in suitable[:5]], asked.situation, asked_before)
        return Answer(
            outcome="asking" if slot else "answered",
            language=asked.language,
            heading=self._heading(first, cards, actors, asked.voice),
            statements=tuple(Statement(text, (cited,)) for text in self._texts(first, cards, actors, field, asked)),
            offers=cards,
            actors=actors,
            pages=(id_of(first),) if kind_of(first) == "page" else (),
            citations=tuple(sources.found.values()),
            follow_up=self._asking(slot, asked.voice) if slot else None,
            suggestions=self._suggestions(offers, asked.voice),
            lead=first.source,
            confidence=ranking.confidence,
            groups=groups,
        )

    def _is_far_weaker(self, first: Hit, top: Hit, near: float) -> bool:
        """Whether what may be shown is no answer; another offer of the same topic is, where the top one cannot fit."""
        if first is not top and kind_of(first) == kind_of(top) == "offer":
            topics = [self._catalog.offers[id_of(hit)].topic for hit in (first, top)]
            if topics[0] == topics[1]:
                return False
        return first.score < near or bool(top.words and not first.words)

    def _offers(
        self, first: Hit, suitable: Sequence[Hit], near: float, asked: Asked
    ) -> tuple[list[str], tuple[Group, ...]]:
        """The offers to show, and the needs they answer when the message tells of several."""
        offers = self._finder.chosen(suitable, near, asked)
        if kind_of(first) == "page" and not offers:
            offers = [id for id in self._catalog.pages[id_of(first)].offers if self._finder.fits(id, asked)][:2]
        needs = self._needs.of(asked, offers[0]) if offers and kind_of(first) == "offer" else []
        groups = tuple(Group(self._catalog.topics[need.topic].label, (need.offer,)) for need in needs)
        return ([need.offer for need in needs] or offers), groups

    def _texts(
        self,
        first: Hit,
        offers: Sequence[OfferCard],
        actors: Sequence[ActorCard],
        field: str | None,
        asked: Asked,
    ) -> list[str]:
        """What is said of the first hit: the field asked for, then what it is and how it starts."""
        kind, id = kind_of(first), id_of(first)
        if kind == "page":
            return self._page_texts(first)
        if kind == "actor":
            card = next(card for card in actors if card.id == id)
            asked_for = contact_statements(field or "", [card], asked)
            return [*(statement.text for statement in asked_for), _role(card)]
        best = offers[0]
        said = field_sentence(self._composer, best.id, field, asked) if field else None
        return list(filter(None, [said, best.summary, asked.voice.say("first_step", step=best.next_step)]))

    def contacts(self, actors: Sequence[str], asked: Asked, field: str = "contact") -> Answer:
        """Actors with all the ways to them, and first what is asked of them: their hours, their address."""
        sources = Sources(self._catalog)
        cards = self._composer.actor_cards(actors[:MOST_ACTORS], asked, sources)
        return Answer(
            outcome="answered",
            language=asked.language,
            heading=asked.voice.say("unanswered_human"),
            statements=(
                *contact_statements(field, cards, asked),
                *(Statement(_role(card), (card.citation,)) for card in cards),
            ),
            actors=cards,
            citations=tuple(sources.found.values()),
        )

    def explained(self, id: str, asked: Asked) -> Answer:
        """One offer in more words."""
        sources = Sources(self._catalog)
        offer = self._catalog.offers[id]
        cited = (sources.cite(f"offer/{id}"),)
        texts = [offer.summary, *plain_sentences(self._catalog.texts[f"offer/{id}"])[:EXPLAINED]]
        return Answer(
            outcome="answered",
            language=asked.language,
            heading=asked.voice.say("heading_field", title=offer.title),
            statements=tuple(Statement(text, cited) for text in texts),
            offers=(self._composer.offer_card(id, asked, sources),),
            actors=self._composer.actor_cards(self._composer.contacts(offer, asked.situation)[:2], asked, sources),
            citations=tuple(sources.found.values()),
            suggestions=self._suggestions([id], asked.voice),
        )

    def more(self, asked: Asked, shown: Collection[str]) -> Answer:
        """The next offers for a question, without those shown before."""
        ranking = self._finder.ranking(asked, SHORTLIST + len(shown))
        left = [hit for hit in ranking.hits if kind_of(hit) == "offer" and self._finder.may_show(hit, asked)]
        offers = [id_of(hit) for hit in left if id_of(hit) not in shown][:MOST_OFFERS]
        if not offers:
            return self.unanswered(asked, ranking, heading="heading_no_more")
        sources = Sources(self._catalog)
        cards = tuple(self._composer.offer_card(id, asked, sources) for id in offers)
        actors = list(dict.fromkeys(actor for card in cards for actor in card.actors[:1]))
        return Answer(
            outcome="answered",
            language=asked.language,
            heading=asked.voice.say("heading_more"),
            statements=tuple(Statement(f"{card.title}: {card.summary}", (card.citation,)) for card in cards),
            offers=cards,
            actors=self._composer.actor_cards(actors, asked, sources),
            citations=tuple(sources.found.values()),
            suggestions=self._suggestions(offers, asked.voice),
            confidence=ranking.confidence,
        )

    def contacts_of(self, offers: Sequence[str], asked: Asked, named: Sequence[str] = ()) -> list[str]:
        """Whom to ask: who is `named`, then the first contacts of the best offer, then one of each other offer."""
        named = list(named)
        for at, id in enumerate(offers):
            contacts = self._composer.contacts(self._catalog.offers[id], asked.situation)
            named += contacts[: 2 if at == 0 else 1]
        return [id for id in dict.fromkeys(named) if self._finder.exists(id, asked)][:MOST_ACTORS]

    def _named(self, first: Hit) -> Sequence[str]:
        """The actor asked for, or those of the page that answers."""
        if kind_of(first) == "page":
            return self._catalog.pages[id_of(first)].actors[:2]
        return [id_of(first)] if kind_of(first) == "actor" else []

    def _page_texts(self, hit: Hit) -> list[str]:
        quote = self._composer.page_quote(id_of(hit), hit.passage.text) if hit.passage.kind == "text" else ""
        return [text for text in dict.fromkeys([self._catalog.pages[id_of(hit)].summary, quote]) if text]

    def _asking(self, slot: str, voice: Voice) -> FollowUp:
        definition = self._catalog.slots[slot]
        choices = tuple(Reply(choice.label, str(choice.value)) for choice in definition.choices if choice.ask)
        question = in_voice(definition, "question", voice) or definition.question
        return FollowUp(slot, question, choices, in_voice(definition, "why", voice))

    def _suggestions(self, offers: Sequence[str], voice: Voice) -> tuple[str, ...]:
        """What can be asked next about the best offer: only what its content can answer."""
        if not offers:
            return ()
        best = self._catalog.offers[offers[0]]
        known = (("ask_cost", best.cost), ("ask_duration", best.duration), ("ask_papers", best.papers))
        return (*(voice.say(key) for key, value in known if value), voice.say("ask_more"))

    def _heading(self, first: Hit, offers: Sequence[OfferCard], actors: Sequence[ActorCard], voice: Voice) -> str:
        if kind_of(first) == "actor":
            return voice.say("actor_heading", name=self._catalog.actors[id_of(first)].name)
        if kind_of(first) == "page":
            return voice.say("page_heading", title=self._catalog.pages[id_of(first)].title)
        if not offers:
            return voice.say("unanswered_human")
        many = voice.say("offers_many", count=len(offers))
        shown = voice.say("offers_one", title=offers[0].title) if len(offers) == 1 else many
        helpers = voice.say("actors_one") if len(actors) == 1 else voice.say("actors_many", count=len(actors))
        return voice.say("offers_and_actors", offers=shown, actors=helpers) if actors else shown


def _role(card: ActorCard) -> str:
    return f"{card.name}: {card.role}"
