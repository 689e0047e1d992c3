"""Makes sense of a message that stands on the turns before it: "und was kostet das?", "das zweite", "und in Nidda?".

Only what the message wants is told here; answering it is `dialogue`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from assistant.content import FollowUpWords
from assistant.conversation import Conversation
from assistant.names import Names
from assistant.patterns import Patterns, Text
from assistant.situation import PLACE
from index.lexical import stem, words

Sort = Literal["field", "choice", "more", "again"]

# Words a message may hold beside what was recognised and still be about the answer before: more is a new question.
SPARE_WORDS = 2
REPLY_WORDS = 4  # … and so many more when it answers what was just asked: "ich hab letztes jahr die realschule gemacht"
_WITHOUT_FIELD: Mapping[str, Sort] = {"more": "more", "again": "again"}
LEADS_ON = "leads_on"  # what follows from the thing shown: "muss ich da hin?"
FOLLOW_UP = "followup"  # sources in the index that are later questions, not things to show
# "und wenn ich in Nidda wohne?", "Büdingen wär gut"
_OF_ONESELF = frozenset(map(stem, ("wohne", "lebe", "komme", "ziehe", "arbeite", "gut", "besser", "lieber", "nahe")))
LONGEST_FOLLOW_UP = 90  # characters; a longer message tells something new


@dataclass(frozen=True, slots=True)
class FollowUpWish:
    """What a later message wants: a field of an offer, one of the cards, more cards, or the last question again."""

    wish: Sort
    field: str | None = None
    card: int = 0
    offer: str = ""  # … that is meant instead of one shown: "was kostet so eine Jahreskarte?"
    without: frozenset[str] = frozenset()  # offers that are named only to be refused: "BvB hab ich schon gemacht"


class FollowUps:
    """The words of later turns, compiled once."""

    def __init__(self, told: FollowUpWords, names: Names | None = None) -> None:
        """Take the words of `content/followups.yaml` and the names of all that exists: who says one asks anew."""
        self._told = told
        self._names = names

    def understand(
        self, message: str, conversation: Conversation, learned: Collection[str], without_places: str
    ) -> FollowUpWish | None:
        """What a message wants of the turn before; None when it stands on its own.

        `learned` are the slots it fills, `without_places` is what is left of it without the towns it names.
        """
        last = conversation.last_shown
        if last is None or len(message) > LONGEST_FOLLOW_UP:
            return None
        text = Text.of(message)
        card = self.card(message)
        field = self.field(message)
        if field and self._says_little_else(text, self._fields[field]):
            return FollowUpWish("field", field, card or 0)
        if (
            card is not None
            and conversation.last_with(card + 1)
            and self._says_little_else(text, self._ordinals[card + 1])
        ):
            return FollowUpWish("choice", card=card)
        if self._more.match(text) and self._says_little_else(text, self._more):
            return FollowUpWish("more")
        if self.only_moves(learned, without_places):
            return FollowUpWish("again")
        if self._only_turns_to_another(text) or (learned and self._adds_to_the_last(message, conversation, learned)):
            return FollowUpWish("again")
        return None

    def meant(self, source: str, message: str) -> FollowUpWish | None:
        """The wish whose examples the index found nearest to a message, as `followup/<wish>`; None for another source.

        Words cannot know every language; who names an offer asks anew, however alike the question sounds. What only
        leads on wants nothing of its own.
        """
        kind, _, wish = source.partition("/")
        if kind != FOLLOW_UP or len(message) > LONGEST_FOLLOW_UP or self._names_something(message):
            return None
        if wish == LEADS_ON:
            return None
        if sort := _WITHOUT_FIELD.get(wish):
            return FollowUpWish(sort)
        return FollowUpWish("field", wish, self.card(message) or 0)

    def field(self, message: str) -> str | None:
        """The field of an offer that a message asks for."""
        text = Text.of(message)
        return next((name for name, patterns in self._fields.items() if patterns.match(text)), None)

    def says_more(self, message: str, field: str) -> bool:
        """Whether a message that asks for a field has words beside those that ask: they may say of what."""
        text = Text.of(message)
        return bool(words(self._fields[field].without(text.folded) if field in self._fields else message))

    def card(self, message: str) -> int | None:
        """Which of the cards shown a message speaks of, counted from 0."""
        text = Text.of(message)
        return next((n - 1 for n, patterns in self._ordinals.items() if patterns.match(text)), None)

    def _adds_to_the_last(self, message: str, conversation: Conversation, learned: Collection[str]) -> bool:
        """Whether a message only tells something of the person: "bin 17"."""
        if set(learned) == {PLACE}:
            return False  # a word beside the town is a new question: "Deutschkurs in Nidda"
        said = [word for word in words(message) if stem(word) not in _OF_ONESELF]
        return len(said) <= SPARE_WORDS + len(learned) + REPLY_WORDS * bool(conversation.awaits in learned)

    def only_moves(self, learned: Collection[str], without_places: str) -> bool:
        """Whether a message says nothing but where: "und in Bad Vilbel?"."""
        said = [word for word in words(without_places) if stem(word) not in _OF_ONESELF]
        return set(learned) == {PLACE} and not said

    def _only_turns_to_another(self, text: Text) -> bool:
        """Whether a message asks the same for another person, and not something new for them."""
        left = self._other_person.without(text.folded)
        return self._other_person.match(text) and len(words(left)) <= SPARE_WORDS and not self._names_something(left)

    def is_about_another(self, message: str) -> bool:
        """Whether a later message turns to another person: what is known of the first does not hold for them."""
        return self._other_person.match(Text.of(message))

    def compares(self, message: str) -> bool:
        """Whether a message asks how two things differ."""
        return self._compare.match(Text.of(message))

    def points_back(self, message: str) -> bool:
        """Whether a message that compares speaks of what was shown: "die beiden", "das erste oder das zweite"."""
        return self.card(message) is not None or self._says_little_else(Text.of(message), self._compare)

    def wants_list(self, message: str) -> bool:
        """Whether a message asks for all of a kind."""
        return self._list.match(Text.of(message))

    def _says_little_else(self, text: Text, recognised: Patterns) -> bool:
        """Whether hardly a word is left once the recognised ones are gone, and none that names an offer."""
        left = recognised.without(text.folded)
        for ordinal in self._ordinals.values():
            left = ordinal.without(left)
        return len(words(left)) <= SPARE_WORDS and not self._names_something(text.folded)

    def _names_something(self, message: str) -> bool:
        return self._names is not None and bool(self._names.in_message(message))

    @cached_property
    def _fields(self) -> dict[str, Patterns]:
        return {name: Patterns(patterns) for name, patterns in self._told.fields.items()}

    @cached_property
    def _ordinals(self) -> dict[int, Patterns]:
        return {number: Patterns(patterns) for number, patterns in self._told.ordinals.items()}

    @cached_property
    def _more(self) -> Patterns:
        return Patterns(self._told.more)

    @cached_property
    def _other_person(self) -> Patterns:
        return Patterns(self._told.other_person)

    @cached_property
    def _compare(self) -> Patterns:
        return Patterns(self._told.compare)

    @cached_property
    def _list(self) -> Patterns:
        return Patterns(self._told.list)
