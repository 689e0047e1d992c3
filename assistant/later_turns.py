"""Answers a message that stands on the turns before it: a field of a card, one of the cards, more cards, the same anew.

What a message wants is told by `followups`; which messages come here is decided in `dialogue`.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.answers import Answers
from assistant.cards import Answer
from assistant.composer import Asked, Composer
from assistant.conversation import Conversation, Turn
from assistant.details import CONTACT_FIELDS, field_answer
from assistant.finder import Finder
from assistant.followups import FollowUpWish


class LaterTurns:
    """Answers from what was shown before."""

    def __init__(self, composer: Composer, finder: Finder, answers: Answers) -> None:
        """Take what makes cards, what finds, and what composes."""
        self._composer = composer
        self._finder = finder
        self._answers = answers

    def answer(self, wish: FollowUpWish, asked: Asked, conversation: Conversation) -> Answer | None:
        """What the wish asks for; None where it asks for the last question anew."""
        if wish.wish == "more":
            shown = {id for turn in conversation.turns for id in turn.offers} | wish.without
            return self._answers.more(replace(asked, message=conversation.last_question), shown)
        if wish.offer:
            return self.field(wish.offer, wish.field or "explain", asked)
        turn = conversation.last_with(wish.card + 1) if wish.card else conversation.last_shown
        if turn is None or wish.wish == "again":
            return None
        if wish.field in CONTACT_FIELDS and (actors := self._actors(turn, asked)):
            return self._answers.contacts(actors, asked, wish.field)
        offers = [id for id in turn.offers if self._finder.fits(id, asked)]
        if wish.card >= len(offers):
            return None
        # Why an offer fits is told by what was asked for, not by "the second one".
        before = replace(asked, message=conversation.last_question)
        return self.field(offers[wish.card], wish.field or "explain", before)

    def field(self, offer: str, field: str, asked: Asked) -> Answer:
        """What the content says about a field of an offer; more of its text where nothing special is asked."""
        if field == "explain":
            return self._answers.explained(offer, asked)
        return field_answer(self._composer, offer, field, asked)

    def _actors(self, turn: Turn, asked: Asked) -> list[str]:
        """The actors a turn was about, when it was about no offer."""
        if not turn.lead.startswith("actor/") and turn.offers:
            return []
        named = [turn.lead.partition("/")[2]] if turn.lead.startswith("actor/") else turn.actors
        return [id for id in named if self._finder.exists(id, asked)]
