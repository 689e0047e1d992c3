"""`Assistant.respond` gives the next turn: the whole path from a message to an answer.

Each step is another module's: screening (`guardrails`), learning (`situation`), finding (`index`), composing
(`answers`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from assistant.answers import Answers
from assistant.cards import Answer
from assistant.catalog import Catalog
from assistant.composer import Asked, Composer
from assistant.conversation import Conversation, Turn
from assistant.details import CONTACT_FIELDS, field_answer
from assistant.finder import Finder
from assistant.followups import FollowUps, FollowUpWish
from assistant.guardrails import Guardrails, Screening, review
from assistant.languages import GERMAN, Voice, in_voice, tell_language
from assistant.plain_text import as_text
from assistant.situation import AGE, PLACE, Situation, Slots, Value
from assistant.switch import ON, Switch, switched
from index.lexical import fold
from index.retriever import Retriever
from index.steps import step

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
        switch: Callable[[], Switch] = lambda: ON,
    ) -> None:
        """Take the content, the index over it, the voices, the confidence from which on we answer, and what is off."""
        self.catalog = catalog
        self.retriever = retriever
        self.slots = Slots(catalog.slots, catalog.places)
        self.guardrails = Guardrails(catalog.rules)
        self.composer = Composer(catalog, self.slots)
        self._finder = Finder(catalog, self.slots, retriever)
        self._answers = Answers(catalog, self.composer, self._finder)
        self._followups = FollowUps(catalog.followups, (offer.title for offer in catalog.offers.values()))
        self._voices = voices
        self._threshold = threshold
        self._clock = clock
        self.switch = switch

    @step("answer")
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
            answer = self._answers.ruled(found.kind, found.rule, asked)
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

    def _searched(self, asked: Asked, conversation: Conversation) -> Answer:
        ranking = self._finder.ranking(asked)
        ruled = self.guardrails.named(ranking.hits[0].source) if ranking.hits else None
        if ruled:
            return self._answers.ruled(ruled.kind, ruled.rule, asked)
        if ranking.confidence < self._threshold:
            return self._answers.unanswered(asked, ranking)
        return self._answers.found(asked, ranking, conversation.asked)

    def _continued(self, wish: FollowUpWish, asked: Asked, conversation: Conversation) -> Answer:
        """The answer to a message that stands on the turn before."""
        last = conversation.last_shown
        assert last is not None  # noqa: S101 — a wish is only understood where there is a turn before
        offers = [id for id in last.offers if self._finder.fits(id, asked)]
        if wish.field in CONTACT_FIELDS and (last.lead.startswith("actor/") or not last.offers):
            named = [last.lead.partition("/")[2]] if last.lead.startswith("actor/") else last.actors
            if actors := [id for id in named if self._finder.exists(id, asked)]:
                return self._answers.contacts(actors, asked)
        if wish.wish == "field" and wish.field and wish.card < len(offers):
            if wish.field == "explain":
                return self._answers.explained(offers[wish.card], asked)
            return field_answer(self.composer, offers[wish.card], wish.field, asked)
        if wish.wish == "choice" and wish.card < len(offers):
            return self._answers.explained(offers[wish.card], asked)
        question = self._last_question(conversation)
        asked = replace(asked, message=question, language=tell_language(question, self.retriever.index.lexical.knows))
        if wish.wish == "more":
            return self._answers.more(asked, {id for turn in conversation.turns for id in turn.offers})
        return self._searched(asked, conversation)

    def _last_question(self, conversation: Conversation) -> str:
        """The last question that stood on its own."""
        return next((turn.question for turn in reversed(conversation.turns) if turn.asked_anew), "")

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
        answer = switched(answer, self.switch(), self.catalog, self.composer, asked)
        remark = in_voice(self.catalog.rules.personal_data, "say", asked.voice) if screening.personal else None
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


def spoken_address(message: str) -> str:
    """The form the person uses towards us: "du", "Sie" or "" when they use none."""
    tokens = message.replace("?", " ").replace(",", " ").split()
    if any(word in ("Sie", "Ihnen", "Ihr", "Ihre", "Ihren") for word in tokens[1:]):
        return "Sie"
    if any(word.lower() in ("du", "dir", "dich", "dein", "deine", "kannste", "haste", "weißt") for word in tokens):
        return "du"
    return ""
