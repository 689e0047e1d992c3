"""`Assistant.respond` gives the next turn: the whole path from a message to an answer.

Each step is another module's: screening (`guardrails`), learning (`situation`), finding (`index`), composing
(`answers`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from assistant.answers import Answers
from assistant.cards import Answer
from assistant.catalog import Catalog
from assistant.comparison import Comparison
from assistant.composer import Asked, Composer
from assistant.conversation import Conversation, Turn
from assistant.finder import Finder, id_of, kind_of
from assistant.followups import LONGEST_FOLLOW_UP, FollowUps, FollowUpWish
from assistant.guardrails import Guardrails, Screening, clean, review
from assistant.languages import GERMAN, Voice, in_voice, tell_language, wished_language
from assistant.later_turns import LaterTurns
from assistant.lists import Lists
from assistant.names import Names
from assistant.nearest_rule import nearest_rule, perhaps_a_crisis
from assistant.plain_text import as_text
from assistant.situation import AGE, FOR_WHOM, PLACE, Situation, Slots, Value
from assistant.switch import ON, Switch, switched
from assistant.thread import Thread, goes_on
from assistant.understanding import Understanding
from index.lexical import fold, words
from index.retriever import Retriever
from index.steps import step
from index.types import Ranking

LANGUAGE_WISH = "language_wish"  # the rule of content/guardrails.yaml that asks for another language
TOLD_BY_NAME = ("cost", "duration", "papers", "hours")  # "what is X?" is better answered by the whole card
LONGEST_FIELD = 45  # characters: "welche zettel braucht man fürs kindergeld"
# From which confidence a message that tells of the person is a question of its own and adds nothing to the last.
QUESTION_SURE = 0.3
STATEMENT_SURE = 0.8
# Share of one offer from which a question for a field is of that offer, and confidence for one that was not shown.
MEANS_AN_OFFER = 0.75
MEANS_ANOTHER = 0.5
SAYS_NO_MORE = 4  # words beside personal data: who they are, with nothing asked
# What only sounds like another subject by its words is answered from this confidence on: a dentist from Syria asks for
# recognition, no medical advice.
SURELY_OURS = 0.9
OVERRULED = ("declined", "referred")
# Share of one offer, and confidence, from which what would rule it out was misunderstood: where a status or whom it is
# for, learned of the same message, ruled out such an offer, it was the right one eight times of eight (2026-12).
SURELY_MEANT = 0.8
MISUNDERSTOOD = ("status", FOR_WHOM)
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
        self.understanding = Understanding(self.slots, self._finder)
        self._answers = Answers(catalog, self.composer, self._finder)
        self._names = Names(catalog)
        self._comparison = Comparison(catalog, self.composer, self._finder, self._answers, self._names)
        self._lists = Lists(catalog, self.composer, self._finder)
        self._later = LaterTurns(self.composer, self._finder, self._answers)
        self._followups = FollowUps(catalog.followups, self._names)
        self._thread = Thread(self._finder, self._followups, self._names)
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
        self._thread.foresee(clean(message), conversation)
        screening = self.guardrails.screen(message)
        told = language or self._language(screening.message, conversation.language)
        if not screening.found:
            self._finder.prepare(screening.message, told)
        learned = self._learned(screening, conversation) if learn else {}
        situation = self._before(screening.message, conversation, learned).learned(learned)
        address = self._address(conversation, message, situation)
        conversation = replace(conversation, situation=situation, address=address, language=told)
        asked = Asked(screening.message, told, situation, self.voice(address), self.now())
        wish = self._wish(screening, asked, conversation, learned)
        continued = self._continued(wish, asked, conversation) if wish else None
        if not (continued or screening.found):
            situation = self._corrected(asked, learned)
            conversation, asked = replace(conversation, situation=situation), replace(asked, situation=situation)
        answer = continued or self._anew(screening, asked, conversation)
        if answer.outcome == "unanswered" and (led_on := self._led_on(asked, conversation, learned)):
            answer = continued = led_on
        conversation = replace(conversation, wished=self._wished(screening, conversation))
        answer = self._finished(answer, asked, screening, conversation)
        by_rule = screening.found is not None and answer.outcome == screening.found.kind
        anew = continued is None and not by_rule and not answer.goes_on
        return Response(answer, self._next(conversation, screening, answer, anew))

    def searched(self, message: str) -> str:
        """A first message as it is searched for."""
        return self._finder.bare(self.guardrails.screen(message).message)

    def learned(self, message: str) -> dict[str, tuple[Value, ...]]:
        """What a first message tells of the person."""
        return self._learned(self.guardrails.screen(message), Conversation())

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
        return next((c.label for c in choices if str(c.value) == value), conversation.last_question)

    def now(self) -> datetime:
        """The moment it is, with time zone."""
        return self._clock()

    # --- the ways an answer can go -------------------------------------------------------------------------------

    def _wish(
        self, screening: Screening, asked: Asked, conversation: Conversation, learned: Collection[str]
    ) -> FollowUpWish | None:
        """What the message wants of the turns before, by its words, else by its meaning; None when it asks anew."""
        if screening.found:
            wishes_language = screening.found.name == LANGUAGE_WISH and self._wished(screening, conversation)
            return FollowUpWish("again") if wishes_language and conversation.last_shown else None
        without_places = self.slots.without_places(asked.message)
        if wish := self._followups.understand(asked.message, conversation, learned, without_places):
            if wish.wish == "again" and self._stands_alone(asked, conversation, learned):
                return self._thread.refuses(asked, conversation)
            return self._of_what_it_means(wish, asked, conversation)
        if screening.personal and conversation.last_shown and len(words(asked.message)) <= SAYS_NO_MORE:
            return FollowUpWish("again")
        if conversation.last_shown is None or self._followups.compares(asked.message):
            return None
        meant = self._thread.refuses(asked, conversation) or self._thread.wish(asked.message, asked.language)
        turns = learned or self._followups.is_about_another(asked.message)
        if meant is None or (meant.wish == "again" and not turns):
            return None
        return self._of_what_it_means(meant, asked, conversation)

    def _of_what_it_means(self, wish: FollowUpWish, asked: Asked, conversation: Conversation) -> FollowUpWish:
        """The wish for a field, of the offer that the other words surely mean: "was kostet so eine Jahreskarte?"."""
        if wish.wish != "field" or wish.card or not self._followups.says_more(asked.message, wish.field or ""):
            return wish
        ranking = self._finder.ranking(asked)
        best = [hit for hit in ranking.hits[:1] if kind_of(hit) == "offer" and hit.score >= MEANS_AN_OFFER]
        shown = conversation.last_shown.offers if conversation.last_shown else ()
        sure = ranking.confidence >= MEANS_ANOTHER
        ids = [id_of(hit) for hit in best if self._finder.may_show(hit, asked) and (sure or id_of(hit) in shown)]
        return replace(wish, offer=ids[0]) if ids else wish

    def _stands_alone(self, asked: Asked, conversation: Conversation, learned: Collection[str]) -> bool:
        """Whether what seems to add to the last question is surely one of its own."""
        moves = self._followups.only_moves(learned, self.slots.without_places(asked.message))
        if conversation.awaits in learned or moves:
            return False
        ranking = self._finder.ranking(asked)  # at hand when it does, and is answered
        asks = asked.message.rstrip().endswith("?") or self._followups.is_about_another(asked.message)
        surely = QUESTION_SURE if asks else STATEMENT_SURE
        return bool(ranking.hits) and kind_of(ranking.hits[0]) in ("offer", "page") and ranking.confidence >= surely

    def _anew(self, screening: Screening, asked: Asked, conversation: Conversation) -> Answer:
        """The answer to a message that stands on its own: a rule's, what the index finds, or honestly nothing."""
        if screening.found and screening.found.kind not in OVERRULED:
            return self._answers.ruled(screening.found, asked)
        # Only what the message itself says can overrule what its words meet, not the question before it.
        ranking = self._finder.ranking(asked) if screening.found else self._thread.ranking(asked, conversation)
        met = screening.found if ranking.confidence < SURELY_OURS else None
        helplines = self._finder.helplines
        unsure = ranking.confidence < self._threshold
        least = 0.0 if unsure and self._names_the_best(asked, ranking) else self._threshold
        if ruled := met or nearest_rule(ranking, self.guardrails, least, asked.message, helplines):
            return self._answers.ruled(ruled, asked)
        answer = replace(self._searched(asked, ranking, conversation), goes_on=goes_on(ranking))
        crisis = perhaps_a_crisis(ranking, self.guardrails, asked.message)
        return self._answers.with_helpline(answer, crisis, asked) if crisis else answer

    def _corrected(self, asked: Asked, learned: Collection[str]) -> Situation:
        """The situation without what this message taught and what would rule out the very offer it surely asks for."""
        situation = asked.situation
        if not set(MISUNDERSTOOD) & set(learned):
            return situation
        ranking = self._finder.ranking(asked)
        best = ranking.hits[0] if ranking.hits and ranking.confidence >= SURELY_OURS else None
        if best is None or kind_of(best) != "offer" or best.score < SURELY_MEANT:
            return situation
        while slot := self._finder.ruled_out_by(id_of(best), situation):
            if slot in MISUNDERSTOOD and slot in learned and situation.get(slot):
                situation = situation.without(slot)
            elif slot == FOR_WHOM and not situation.get(slot):  # only taken to ask for themselves
                situation = situation.learned({slot: self.catalog.offers[id_of(best)].audience.for_whom})
            else:
                return asked.situation
        return situation

    def _searched(self, asked: Asked, ranking: Ranking, conversation: Conversation) -> Answer:
        """The answer made of what was found; honestly nothing where that is too little."""
        if answer := self._laid_out(asked, ranking, conversation):
            return answer
        named, field = self._names_the_best(asked, ranking), self._field(asked)
        if field and (offer := self._one_offer_named(asked, ranking if named else None)):
            return self._later.field(offer, field, asked)
        if not named and ranking.confidence < self._threshold:
            return self._answers.unanswered(asked, ranking)
        return self._answers.found(asked, ranking, conversation.asked, field)

    def _names_the_best(self, asked: Asked, ranking: Ranking) -> bool:
        """Whether the message says the very name of the best hit: as sure a sign as any evidence."""
        named = {source for sources in self._names.in_message(asked.message) for source in sources}
        return any(hit.source in named for hit in ranking.hits[:1])

    def _field(self, asked: Asked) -> str | None:
        """The field that a message asks for: by its words, or by its meaning beside a name."""
        field = self._followups.field(asked.message)
        # To look for the meaning of the rest takes as long as all else; in German most questions say it in known words.
        longest = LONGEST_FIELD if asked.language == GERMAN else LONGEST_FOLLOW_UP
        if field or len(asked.message) > longest or len(self._names.in_message(asked.message)) != 1:
            return field
        bare = self._names.without(asked.message)
        wish = self._thread.wish(bare, asked.language) if words(bare) else None
        return wish.field if wish and wish.field in TOLD_BY_NAME else None

    def _led_on(self, asked: Asked, conversation: Conversation, learned: Collection[str]) -> Answer | None:
        """The answer to what tells of the person and is no question alone: "bin aber schon 45"."""
        short = conversation.last_shown is not None and len(asked.message) <= LONGEST_FOLLOW_UP
        tells = learned or self._followups.is_about_another(asked.message)
        return self._continued(FollowUpWish("again"), asked, conversation) if short and tells else None

    def _one_offer_named(self, asked: Asked, ranking: Ranking | None) -> str | None:
        """The offer that a short message calls by its name, where it calls only one."""
        if ranking and kind_of(ranking.hits[0]) == "offer" and self._finder.may_show(ranking.hits[0], asked):
            return id_of(ranking.hits[0])
        if len(asked.message) > LONGEST_FOLLOW_UP:
            return None
        named = [source for sources in self._names.in_message(asked.message) for source in sources]
        offers = [source.partition("/")[2] for source in named if source.startswith("offer/")]
        return offers[0] if len(offers) == 1 and self._finder.fits(offers[0], asked) else None

    def _laid_out(self, asked: Asked, ranking: Ranking, conversation: Conversation) -> Answer | None:
        """Offers side by side, or all of a kind, where the message asks for that and no page tells it."""
        page_tells = bool(ranking.hits) and kind_of(ranking.hits[0]) == "page"
        if self._followups.compares(asked.message):
            before = conversation.last_with(1)
            offers = self._comparison.named(asked, before.offers[0] if before else None)
            offers = offers or self._pointed_at(asked, conversation)
            offers = offers or ([] if page_tells else self._comparison.meant(asked))
            return self._comparison.answer(offers, asked) if offers else None
        return self._lists.answer(asked) if self._followups.wants_list(asked.message) and not page_tells else None

    def _pointed_at(self, asked: Asked, conversation: Conversation) -> list[str]:
        """The first two offers shown before, for "how do these two differ?"."""
        last = conversation.last_with(2)
        if last is None or not self._followups.points_back(asked.message):
            return []
        return [id for id in last.offers if self._finder.fits(id, asked)][:2]

    def _continued(self, wish: FollowUpWish, asked: Asked, conversation: Conversation) -> Answer | None:
        """The answer to a message that stands on the turns before: from what they showed, or the last question anew.

        None where that question has no answer for this other person or place: then what they say now is the question.
        """
        if answer := self._later.answer(wish, asked, conversation):
            return answer
        question = conversation.last_question
        before = replace(asked, message=question, language=self._language(question))
        answer = self._anew(self.guardrails.screen(question), before, replace(conversation, turns=()))
        return None if answer.outcome == "unanswered" else answer

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

    def _finished(self, answer: Answer, asked: Asked, screening: Screening, conversation: Conversation) -> Answer:
        """The answer with what was understood, a word on personal data, and its whole text; reviewed."""
        answer = switched(answer, self.switch(), self.catalog, self.composer, asked)
        private = in_voice(self.catalog.rules.personal_data, "say", asked.voice) if screening.personal else None
        remark = " ".join(filter(None, (answer.remark, private))) or None
        chips = () if answer.outcome == "emergency" else self.composer.chips(asked.situation)
        language = conversation.wished or conversation.language
        answer = replace(answer, situation=chips, remark=remark, language=language)
        review(answer, self.catalog, asked.moment.date())
        return replace(answer, text=as_text(answer, asked.voice))

    def _before(self, message: str, conversation: Conversation, learned: Mapping[str, tuple[Value, ...]]) -> Situation:
        """What is known from before: of another person nothing but the place, for they live in the same one."""
        known = conversation.situation
        other = learned.get(FOR_WHOM, known.get(FOR_WHOM)) != known.get(FOR_WHOM)
        if other or (conversation.turns and self._followups.is_about_another(message)):
            return Situation({PLACE: known.get(PLACE)} if known.get(PLACE) else {})
        return known

    def _language(self, text: str, before: str = "") -> str:
        return tell_language(text, self.retriever.index.lexical.knows, before)

    def _wished(self, screening: Screening, conversation: Conversation) -> str:
        """The language to speak from now on: the one just wished for, else the one wished before."""
        named = screening.found and screening.found.name == LANGUAGE_WISH
        return (wished_language(screening.message, self._voices) if named else "") or conversation.wished

    @step("learn")
    def _learned(self, screening: Screening, conversation: Conversation) -> dict[str, tuple[Value, ...]]:
        """What a message tells of the person; repeating a choice of the follow-up just asked fills its slot."""
        message, understanding = screening.message, self.understanding
        # What a rule has met is hardly ever searched for, and its meaning is not waited for.
        learned = understanding.by_words(message) if screening.found else understanding.learn(message)
        slot = self.catalog.slots.get(conversation.awaits or "")
        if slot and conversation.awaits:
            said = fold(message)
            chosen = [c.value for c in slot.choices if said in (fold(c.label), fold(str(c.value)))]
            return {**learned, conversation.awaits: tuple(chosen[:1])} if chosen else learned
        return learned

    def _next(self, conversation: Conversation, screening: Screening, answer: Answer, anew: bool) -> Conversation:
        kept = self._finder.discreet.without_names(screening.message)
        turn = Turn(
            question=kept if answer.outcome != "emergency" else "",
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
