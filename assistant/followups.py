"""Makes sense of a message that stands on the turns before it: "und was kostet das?", "das zweite", "und in Nidda?".

Only what the message wants is told here; answering it is `dialogue`'s.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from assistant.content import FollowUpWords
from assistant.conversation import Conversation
from assistant.situation import compile_patterns
from index.lexical import fold, words

Wish = Literal["field", "choice", "more", "again"]

# Words a message may hold beside what was recognised and still be about the answer before: more is a new question.
SPARE_WORDS = 2
LONGEST_FOLLOW_UP = 90  # characters; a longer message tells something new


@dataclass(frozen=True, slots=True)
class FollowUpWish:
    """What a later message wants: a field of an offer shown, one of the cards, more cards, or the last question again."""

    wish: Wish
    field: str | None = None
    card: int = 0


class FollowUps:
    """The words of later turns, compiled once."""

    def __init__(self, told: FollowUpWords) -> None:
        """Take the words of `content/followups.yaml`."""
        self._told = told

    def understand(self, message: str, conversation: Conversation, learned: Collection[str]) -> FollowUpWish | None:
        """What a message wants of the turn before; None when it stands on its own."""
        last = conversation.last
        if last is None or len(message) > LONGEST_FOLLOW_UP or not (last.offers or last.actors or last.pages):
            return None
        text = fold(message)
        card = next((n - 1 for n, patterns in self._ordinals.items() if _any(patterns, text)), None)
        field = next((name for name, patterns in self._fields.items() if _any(patterns, text)), None)
        if field and self._says_little_else(text, self._fields[field]):
            return FollowUpWish("field", field, card if card is not None else 0)
        if card is not None and card < len(last.offers) and self._says_little_else(text, self._ordinals[card + 1]):
            return FollowUpWish("choice", card=card)
        if _any(self._more, text) and self._says_little_else(text, self._more):
            return FollowUpWish("more")
        if learned and len(words(message)) <= SPARE_WORDS + len(learned):
            return FollowUpWish("again")
        if _any(self._other_person, text):
            return FollowUpWish("again")
        return None

    def is_about_another(self, message: str) -> bool:
        """Whether a later message turns to another person: what is known of the first does not hold for them."""
        return _any(self._other_person, fold(message))

    def compares(self, message: str) -> bool:
        """Whether a message asks how two things differ."""
        return _any(self._compare, fold(message))

    def wants_list(self, message: str) -> bool:
        """Whether a message asks for all of a kind."""
        return _any(self._list, fold(message))

    def _says_little_else(self, text: str, patterns: Iterable[re.Pattern[str]]) -> bool:
        """Whether hardly a word is left once the recognised ones are gone."""
        for pattern in (*patterns, *self._every_ordinal):
            text = pattern.sub(" ", text)
        return len(words(text)) <= SPARE_WORDS

    @cached_property
    def _fields(self) -> dict[str, list[re.Pattern[str]]]:
        return {name: compile_patterns(patterns) for name, patterns in self._told.fields.items()}

    @cached_property
    def _ordinals(self) -> dict[int, list[re.Pattern[str]]]:
        return {number: compile_patterns(patterns) for number, patterns in self._told.ordinals.items()}

    @cached_property
    def _every_ordinal(self) -> list[re.Pattern[str]]:
        return [pattern for patterns in self._ordinals.values() for pattern in patterns]

    @cached_property
    def _more(self) -> list[re.Pattern[str]]:
        return compile_patterns(self._told.more)

    @cached_property
    def _other_person(self) -> list[re.Pattern[str]]:
        return compile_patterns(self._told.other_person)

    @cached_property
    def _compare(self) -> list[re.Pattern[str]]:
        return compile_patterns(self._told.compare)

    @cached_property
    def _list(self) -> list[re.Pattern[str]]:
        return compile_patterns(self._told.list)


def _any(patterns: Iterable[re.Pattern[str]], text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)
