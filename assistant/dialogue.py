"""`Assistant.respond` gives the next turn: the whole path from a message to an answer.

Each step is another module's: screening (`guardrails`), learning (`situation`), finding (`index`), composing
(`answers`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from assistant.answers import (
    MOST_ACTORS,
    MOST_OFFERS,
    Answer,
    Asked,
    Composer,
    FollowUp,
    Reply,
    Sources,
    Statement,
    as_text,
    plain_sentences,
)
from assistant.catalog import Catalog
from assistant.content import Redirection, Rule
from assistant.conversation import Conversation, Turn
from assistant.details import CONTACT_FIELDS, field_answer
from assistant.followups import FollowUps, FollowUpWish
from assistant.guardrails import Found, Guardrails, Screening, review
from assistant.languages import GERMAN, Voice, tell_language
from assistant.situation import AGE, PLACE, Situation, Slots, Value, fit
from index.lexical import fold, words
from index.retriever import Retriever
from index.types import Hit, Query, Ranking

SHORTLIST = 12  # sources asked of the index: enough to fill three cards after those that cannot fit are gone
# Below this share of the best hit's fused score a further offer is noise beside it.
CLOSE_ENOUGH = 0.55
# Slots of a special group: without a word of it, an offer for them is rarely what is meant.
SPECIAL = frozenset(["german", "residence", "disability"])
# Who can help when we cannot: the Kreis itself, and the number that knows every office.
LAST_RESORT = ("kreisverwaltung-wetterau", "behoerdennummer-115")
YOUNG = 21  # younger people are spoken to with du (WEB.md, conversation rules)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a message, and the conversation that goes on from it."""

    answer: Answer
    conversation: Conversation


class Assistant:
    """Answers residents' questions from checked content."""

    def __init__(
        self,
        catalog: Catalog,
        retriever: Retriever,
        voices: dict[str, Voice],
        threshold: float,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Take the content, the index over it, the voices, and the confidence from which on we answer."""
        self.catalog = catalog
        self.retriever = retriever
        self.slots = Slots(catalog.slots, catalog.places)
        self.guardrails = Guardrails(catalog.rules)
        self.composer = Composer(catalog, self.slots)
        self._followups = FollowUps(catalog.followups, (offer.title for offer in catalog.offers.values()))
        self._voices = voices
        self._threshold = threshold
        self._clock = clock

    def respond(
        self, conversation: Conversation, message: str, language: str | None = None, learn: bool = True
    ) -> Response:
        """The next turn: screen, tell the language, learn, search, sort by fit, compose, review.

        `learn` is off when a question is answered again after the person took away what was learned from it.
        """
        screening = self.guardrails.screen(message)
        learned = self.slots.learn(screening.message) if learn else {}
        if replied := self._reply(screening.message, conversation):
            learned |= replied
        wish = self._followups.understand(screening.message, conversation, learned)
        before = conversation.situation
        if wish and self._followups.is_about_another(screening.message):
            # What is known of the first person does not hold for the second; they live in the same place, though.
            before = Situation({PLACE: before.get(PLACE)} if before.get(PLACE) else {})
        situation = before.learned(learned)
        conversation = replace(
            conversation, situation=situation, address=self._address(conversation, message, situation)
        )
        asked = Asked(
            message=screening.message,
            language=language or tell_language(screening.message, self.retriever.index.lexical.knows),
            situation=situation,
            voice=self.voice(conversation.address),
            moment=self.now(),
        )
        found = screening.found
        if found:
            answer = self._ruled(found, asked)
        elif wish:
            answer = self._continued(wish, asked, conversation)
        else:
            answer = self._searched(asked, conversation)
        answer = self._finished(answer, asked, screening)
        return Response(answer, self._next(conversation, screening, answer, anew=wish is None and found is None))

    def forget(self, conversation: Conversation, slot: str, value: str) -> Conversation:
        """The conversation without one thing that was understood; the same slot is not asked again."""
        if slot not in self.catalog.slots:
            return conversation
        known = {str(known): known for known in conversation.situation.get(slot)}
        situation = conversation.situation.without(slot, known.get(value))
        return replace(conversation, situation=situation, asked=tuple(dict.fromkeys((*conversation.asked, slot))))

    def choice_words(self, conversation: Conversation, value: str) -> str:
        """What pressing a choice of the last follow-up says; refusing to say asks the last question again."""
        slot = conversation.asked[-1] if conversation.asked else ""
        choices = self.catalog.slots[slot].choices if slot in self.catalog.slots else ()
        return next((c.label for c in choices if str(c.value) == value), self._last_question(conversation))

    def now(self) -> datetime:
        """The moment it is, with time zone."""
        return self._clock()

    # --- the ways an answer can go -------------------------------------------------------------------------------

    def _ruled(self, found: Found, asked: Asked) -> Answer:
        """The ready answer of a rule: a crisis, small talk, another subject, a matter for a human."""
        sources = Sources(self.catalog)
        say = _in_voice(found.rule, "say", asked.voice)
        go = _in_voice(found.rule, "go", asked.voice) if isinstance(found.rule, Redirection) else None
        offers = [] if found.kind == "emergency" else [o for o in found.rule.offers if self._fits(o, asked)]
        cards = tuple(self.composer.offer_card(id, asked, sources) for id in offers[:MOST_OFFERS])
        actors = [id for id in found.rule.actors if self._exists(id, asked)]
        actor_cards = self.composer.actor_cards(actors[:MOST_ACTORS], asked, sources)
        statements = [Statement(text, ()) for text in (go,) if text]
        return Answer(
            outcome=found.kind,
            language=asked.language,
            heading=say or "",
            statements=tuple(statements),
            offers=cards,
            actors=actor_cards,
            citations=tuple(sources.found.values()),
        )

    def _searched(self, asked: Asked, conversation: Conversation) -> Answer:
        ranking = self._ranking(asked)
        ruled = self.guardrails.named(ranking.hits[0].source) if ranking.hits else None
        if ruled:
            return self._ruled(ruled, asked)
        if ranking.confidence < self._threshold:
            return self._unanswered(asked, ranking)
        return self._found(asked, ranking, conversation)

    def _ranking(self, asked: Asked) -> Ranking:
        """What the index finds; a town in the question must not draw in an office merely because it has its name."""
        ranking = self.retriever.search(Query(asked.message, asked.language, limit=SHORTLIST))
        if not ranking.hits or _kind(ranking.hits[0]) != "actor" or not self.slots.learn(asked.message).get(PLACE):
            return ranking
        bare = self.slots.without_places(asked.message)
        other = self.retriever.search(Query(bare, asked.language, limit=SHORTLIST)) if words(bare) else ranking
        return other if other.hits and _kind(other.hits[0]) == "offer" else ranking

    def _unanswered(self, asked: Asked, ranking: Ranking, heading: str = "unanswered") -> Answer:
        """Honestly nothing, with the best human to ask."""
        sources = Sources(self.catalog)
        actors = [id for id in LAST_RESORT if id in self.catalog.actors]
        say = asked.voice.say
        return Answer(
            outcome="unanswered",
            language=asked.language,
            heading=say(heading),
            statements=tuple(Statement(say(key), ()) for key in ("unanswered_scope", "unanswered_human", "rephrase")),
            actors=self.composer.actor_cards(actors, asked, sources),
            citations=tuple(sources.found.values()),
            suggestions=tuple(say(key) for key in TOPIC_CHIPS),
            confidence=ranking.confidence,
        )

    def _found(self, asked: Asked, ranking: Ranking, conversation: Conversation) -> Answer:
        """Offers as cards, the people to call, and where each statement comes from."""
        sources = Sources(self.catalog)
        hits = [hit for hit in ranking.hits if self._may_show(hit, asked)]
        # The confidence was the best hit's: when that one may not be shown, a far weaker one is no answer.
        top = ranking.hits[0]
        if not hits or hits[0].score < CLOSE_ENOUGH * top.score or (top.words and not hits[0].words):
            return self._unanswered(asked, ranking)
        first = hits[0]
        suitable = [hit for hit in hits if _kind(hit) == "offer"]
        offers = self._chosen(suitable, first, asked)
        pages = [hit for hit in hits[:1] if _kind(hit) == "page"]
        statements: list[Statement] = []
        for page in pages:
            statements += self._page_statements(page, asked, sources)
            offers = offers or [o for o in self.catalog.pages[_id(page)].offers if self._fits(o, asked)][:2]
        cards = tuple(self.composer.offer_card(id, asked, sources) for id in offers)
        actors = self._actors(first, offers, asked)
        actor_cards = self.composer.actor_cards(actors, asked, sources)
        if _kind(first) == "actor":
            card = next(c for c in actor_cards if c.id == _id(first))
            statements.append(Statement(f"{card.name}: {card.role}", (card.citation,)))
        elif cards and not pages:
            best = cards[0]
            statements.append(Statement(best.summary, (best.citation,)))
            statements.append(Statement(asked.voice.say("first_step", step=best.next_step), (best.citation,)))
        follow_up = self._follow_up([_id(hit) for hit in suitable[:5]], conversation)
        return Answer(
            outcome="asking" if follow_up else "answered",
            language=asked.language,
            heading=self._heading(first, cards, actor_cards, asked.voice),
            statements=tuple(statements),
            offers=cards,
            actors=actor_cards,
            pages=tuple(_id(page) for page in pages),
            citations=tuple(sources.found.values()),
            follow_up=follow_up,
            suggestions=self._suggestions(offers, asked.voice),
            lead=first.source,
            confidence=ranking.confidence,
        )

    def _continued(self, wish: FollowUpWish, asked: Asked, conversation: Conversation) -> Answer:
        """The answer to a message that stands on the turn before."""
        last = conversation.last_shown
        assert last is not None  # noqa: S101 — a wish is only understood where there is a turn before
        offers = [id for id in last.offers if self._fits(id, asked)]
        if wish.field in CONTACT_FIELDS and (last.lead.startswith("actor/") or not last.offers):
            named = [last.lead.partition("/")[2]] if last.lead.startswith("actor/") else last.actors
            if actors := [id for id in named if self._exists(id, asked)]:
                return self._contacts(actors, asked)
        if wish.wish == "field" and wish.field and wish.card < len(offers):
            if wish.field == "explain":
                return self._explained(offers[wish.card], asked)
            return field_answer(self.composer, offers[wish.card], wish.field, asked)
        if wish.wish == "choice" and wish.card < len(offers):
            return self._explained(offers[wish.card], asked)
        question = self._last_question(conversation)
        asked = replace(asked, message=question, language=tell_language(question, self.retriever.index.lexical.knows))
        if wish.wish == "more":
            return self._more(asked, conversation)
        return self._searched(asked, conversation)

    def _contacts(self, actors: Sequence[str], asked: Asked) -> Answer:
        """The actors of the turn before, with all the ways to them."""
        sources = Sources(self.catalog)
        cards = self.composer.actor_cards(actors[:MOST_ACTORS], asked, sources)
        return Answer(
            outcome="answered",
            language=asked.language,
            heading=asked.voice.say("unanswered_human"),
            statements=tuple(Statement(f"{card.name}: {card.role}", (card.citation,)) for card in cards),
            actors=cards,
            citations=tuple(sources.found.values()),
        )

    def _last_question(self, conversation: Conversation) -> str:
        """The last question that stood on its own."""
        return next((turn.question for turn in reversed(conversation.turns) if turn.asked_anew), "")

    def _explained(self, id: str, asked: Asked) -> Answer:
        """One offer in more words."""
        sources = Sources(self.catalog)
        offer = self.catalog.offers[id]
        cited = (sources.cite(f"offer/{id}"),)
        texts = [offer.summary, *plain_sentences(self.catalog.texts[f"offer/{id}"])[:4]]
        return Answer(
            outcome="answered",
            language=asked.language,
            heading=asked.voice.say("heading_field", title=offer.title),
            statements=tuple(Statement(text, cited) for text in texts),
            offers=(self.composer.offer_card(id, asked, sources),),
            actors=self.composer.actor_cards(self.composer.contacts(offer, asked.situation)[:2], asked, sources),
            citations=tuple(sources.found.values()),
            suggestions=self._suggestions([id], asked.voice),
        )

    def _more(self, asked: Asked, conversation: Conversation) -> Answer:
        """The next offers for the last question, without those shown before."""
        shown = {id for turn in conversation.turns for id in turn.offers}
        ranking = self.retriever.search(Query(asked.message, asked.language, limit=SHORTLIST + len(shown)))
        left = [
            hit
            for hit in ranking.hits
            if _kind(hit) == "offer" and self._may_show(hit, asked) and _id(hit) not in shown
        ]
        offers = [_id(hit) for hit in left[:MOST_OFFERS]]
        if not offers:
            return self._unanswered(asked, ranking, heading="heading_no_more")
        sources = Sources(self.catalog)
        cards = tuple(self.composer.offer_card(id, asked, sources) for id in offers)
        actors = list(dict.fromkeys(actor for card in cards for actor in card.actors[:1]))
        return Answer(
            outcome="answered",
            language=asked.language,
            heading=asked.voice.say("heading_more"),
            statements=tuple(Statement(f"{card.title}: {card.summary}", (card.citation,)) for card in cards),
            offers=cards,
            actors=self.composer.actor_cards(actors, asked, sources),
            citations=tuple(sources.found.values()),
            suggestions=self._suggestions(offers, asked.voice),
            confidence=ranking.confidence,
        )

    # --- choosing ------------------------------------------------------------------------------------------------

    def _may_show(self, hit: Hit, asked: Asked) -> bool:
        """Whether a hit is current and cannot be ruled out for this person; another subject's rule is not shown."""
        kind, id = _kind(hit), _id(hit)
        if kind == "offer":
            return self._fits(id, asked)
        if kind == "page":
            page = self.catalog.pages.get(id)
            return page is not None and self.catalog.is_current(page, asked.moment.date())
        return kind == "actor" and self._exists(id, asked)

    def _exists(self, actor: str, asked: Asked) -> bool:
        """Whether an actor is known and its file still valid."""
        known = self.catalog.actors.get(actor)
        return known is not None and self.catalog.is_current(known, asked.moment.date())

    def _fits(self, id: str, asked: Asked) -> bool:
        offer = self.catalog.offers.get(id)
        return (
            offer is not None
            and self.catalog.is_current(offer, asked.moment.date())
            and fit(offer.audience, asked.situation).verdict != "no"
        )

    def _chosen(self, suitable: Sequence[Hit], first: Hit, asked: Asked) -> list[str]:
        """At most three offers, none far behind the best; below it, those for a group nobody spoke of come last."""
        near = [_id(hit) for hit in suitable if hit.score >= CLOSE_ENOUGH * first.score]
        return [*near[:1], *sorted(near[1 : 2 * MOST_OFFERS], key=lambda id: self._is_special(id, asked))][:MOST_OFFERS]

    def _is_special(self, id: str, asked: Asked) -> bool:
        """Whether an offer is for a group that this person may or may not belong to."""
        return fit(self.catalog.offers[id].audience, asked.situation).slot in SPECIAL

    def _actors(self, first: Hit, offers: Sequence[str], asked: Asked) -> list[str]:
        """The actor asked for, then the first contacts of the best offer, then one of each other offer."""
        named = [_id(first)] if _kind(first) == "actor" else []
        if _kind(first) == "page":
            named += self.catalog.pages[_id(first)].actors[:2]
        for at, id in enumerate(offers):
            contacts = self.composer.contacts(self.catalog.offers[id], asked.situation)
            named += contacts[: 2 if at == 0 else 1]
        return [id for id in dict.fromkeys(named) if self._exists(id, asked)][:MOST_ACTORS]

    def _page_statements(self, hit: Hit, asked: Asked, sources: Sources) -> list[Statement]:
        id = _id(hit)
        cited = (sources.cite(f"page/{id}"),)
        quote = self.composer.page_quote(id, hit.passage.text) if hit.passage.kind == "text" else ""
        summary = self.catalog.pages[id].summary
        return [Statement(text, cited) for text in dict.fromkeys([summary, quote]) if text]

    def _follow_up(self, offers: Sequence[str], conversation: Conversation) -> FollowUp | None:
        """The unknown slot that decides most of the offers just found, if it was not asked before."""
        verdicts = [fit(self.catalog.offers[id].audience, conversation.situation) for id in offers]
        open_slots = Counter(v.slot for v in verdicts if v.slot and v.slot not in conversation.asked)
        for slot, count in open_slots.most_common():
            definition = self.catalog.slots.get(slot)
            if definition is None or 2 * count < len(offers):
                continue
            return self._asking(slot, conversation.address)
        return None

    def _asking(self, slot: str, address: str) -> FollowUp:
        definition = self.catalog.slots[slot]
        question, why = definition.question, definition.why
        if address == "du":
            question, why = definition.question_du or question, definition.why_du or why
        choices = tuple(Reply(choice.label, str(choice.value)) for choice in definition.choices if choice.ask)
        return FollowUp(slot, question, choices, why)

    def _suggestions(self, offers: Sequence[str], voice: Voice) -> tuple[str, ...]:
        """What can be asked next about the best offer: only what its content can answer."""
        if not offers:
            return ()
        best = self.catalog.offers[offers[0]]
        known = (("ask_cost", best.cost), ("ask_duration", best.duration), ("ask_papers", best.papers))
        return (*(voice.say(key) for key, value in known if value), voice.say("ask_more"))

    def _heading(self, first: Hit, offers: Sequence[object], actors: Sequence[object], voice: Voice) -> str:
        if _kind(first) == "actor":
            return voice.say("actor_heading", name=self.catalog.actors[_id(first)].name)
        if _kind(first) == "page":
            return voice.say("page_heading", title=self.catalog.pages[_id(first)].title)
        if not offers:
            return voice.say("unanswered_human")
        many = voice.say("offers_many", count=len(offers))
        shown = voice.say("offers_one", title=offers[0].title) if len(offers) == 1 else many  # type: ignore[attr-defined]
        helpers = voice.say("actors_one") if len(actors) == 1 else voice.say("actors_many", count=len(actors))
        return voice.say("offers_and_actors", offers=shown, actors=helpers) if actors else shown

    # --- voice and conversation ----------------------------------------------------------------------------------

    def _address(self, conversation: Conversation, message: str, situation: Situation) -> str:
        """Du or Sie: the person's own word first, then their age or school, else Sie."""
        if spoken := spoken_address(message):
            return spoken
        if conversation.address:
            return conversation.address
        age = situation.first(AGE)
        young = (age is not None and int(age) < YOUNG) or "pupil" in situation.get("status")
        return "du" if young and not situation.get("for_whom") else ""

    def voice(self, address: str) -> Voice:
        """The voice that says du or Sie."""
        return self._voices["de-du" if address == "du" else GERMAN]

    def _finished(self, answer: Answer, asked: Asked, screening: Screening) -> Answer:
        """The answer with what was understood, a word on personal data, and its whole text; reviewed."""
        remark = _in_voice(self.catalog.rules.personal_data, "say", asked.voice) if screening.personal else None
        chips = () if answer.outcome == "emergency" else self.composer.chips(asked.situation)
        answer = replace(answer, situation=chips, remark=remark)
        review(answer, self.catalog, asked.moment.date())
        return replace(answer, text=as_text(answer, asked.voice))

    def _reply(self, message: str, conversation: Conversation) -> dict[str, tuple[Value, ...]]:
        """The slot a message fills by repeating a choice of the follow-up just asked."""
        if not conversation.asked or conversation.last is None or conversation.last.outcome != "asking":
            return {}
        slot = conversation.asked[-1]
        said = fold(message)
        choices = self.catalog.slots[slot].choices if slot in self.catalog.slots else ()
        return next(({slot: (c.value,)} for c in choices if said in (fold(c.label), fold(str(c.value)))), {})

    def _next(self, conversation: Conversation, screening: Screening, answer: Answer, anew: bool) -> Conversation:
        turn = Turn(
            question=screening.message if answer.outcome != "emergency" else "",
            outcome=answer.outcome,
            offers=tuple(card.id for card in answer.offers),
            actors=tuple(card.id for card in answer.actors),
            pages=answer.pages,
            asked_anew=anew,
            lead=answer.lead,
        )
        asked = (*conversation.asked, answer.follow_up.slot) if answer.follow_up else conversation.asked
        return replace(conversation, asked=asked).with_turn(turn)


TOPIC_CHIPS = ("topic_training", "topic_work", "topic_german", "topic_qualification", "topic_recognition", "topic_lost")


def spoken_address(message: str) -> str:
    """The form the person uses towards us: "du", "Sie" or "" when they use none."""
    tokens = message.replace("?", " ").replace(",", " ").split()
    if any(word in ("Sie", "Ihnen", "Ihr", "Ihre", "Ihren") for word in tokens[1:]):
        return "Sie"
    if any(word.lower() in ("du", "dir", "dich", "dein", "deine", "kannste", "haste", "weißt") for word in tokens):
        return "du"
    return ""


def _kind(hit: Hit) -> str:
    return hit.source.partition("/")[0]


def _id(hit: Hit) -> str:
    return hit.source.partition("/")[2]


def _in_voice(rule: Rule | object, key: str, voice: Voice) -> str | None:
    """A rule's sentence in the voice's form of address."""
    du: str | None = getattr(rule, f"{key}_du", None) if voice.language.endswith("-du") else None
    said: str | None = du or getattr(rule, key)
    return said
