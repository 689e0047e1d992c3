"""The turns so far, carried by the visitor as one short signed string.

The server keeps no session: whoever brings the string back goes on where they were. What a turn means is `dialogue`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from assistant.situation import Situation, Value

REMEMBERED = 20  # turns; with questions cut as below the string stays under 4 KB
LONGEST_QUESTION = 300  # characters kept of the question that later ones stand on: the end, for there stories ask
EARLIER_QUESTION = 100  # … of those before it
OLDER_QUESTION = 40  # … and of those more than five turns back, which are only shown
RECENT = 5
HELPING = frozenset(["answered", "asking", "referred", "declined"])  # outcomes that later questions can stand on


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with what was shown for it, by id; personal data is hidden before it gets here."""

    question: str
    outcome: str
    offers: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    asked_anew: bool = True  # whether the question stood on its own
    lead: str = ""  # what the answer was about first of all, e.g. "actor/vhs-wetterau"

    @property
    def excerpt(self) -> str:
        """The question with a mark where it was cut: of a long one the end is kept, of earlier ones their beginning."""
        if len(self.question) >= LONGEST_QUESTION:
            return f"… {self.question}"
        return f"{self.question} …" if len(self.question) in (EARLIER_QUESTION, OLDER_QUESTION) else self.question


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said so far: the turns, the situation learned, the slots already asked, du or Sie, the languages."""

    turns: tuple[Turn, ...] = ()
    situation: Situation = field(default_factory=Situation)
    asked: tuple[str, ...] = ()
    address: str = ""
    language: str = ""  # the language of the last message
    wished: str = ""  # the language the person asked us to speak

    @property
    def last(self) -> Turn | None:
        """The latest turn; None at the start."""
        return self.turns[-1] if self.turns else None

    @property
    def last_shown(self) -> Turn | None:
        """The latest turn that showed something for its question; a word of thanks in between breaks no thread."""
        showing = [turn for turn in reversed(self.turns) if turn.offers or turn.actors or turn.pages]
        helping = (turn for turn in showing if turn.outcome in HELPING)
        return next(helping, next(iter(showing), None))

    @property
    def awaits(self) -> str | None:
        """The slot that the latest turn asked for."""
        return self.asked[-1] if self.asked and self.last and self.last.outcome == "asking" else None

    def last_with(self, cards: int) -> Turn | None:
        """The latest turn with at least so many offers: what "the second one" can mean."""
        return next((turn for turn in reversed(self.turns) if len(turn.offers) >= cards), None)

    @property
    def last_question(self) -> str:
        """The last question that stood on its own and was answered."""
        answered = (turn for turn in reversed(self.turns) if turn.asked_anew and turn.outcome in HELPING)
        return next((turn.question for turn in answered), self.turns[-1].question if self.turns else "")

    def with_turn(self, turn: Turn) -> Conversation:
        """This conversation with one more turn; the oldest are forgotten."""
        turn = replace(turn, question=turn.question[-LONGEST_QUESTION:])
        return replace(self, turns=(*self.turns, turn)[-REMEMBERED:])


class ConversationLost(Exception):
    """A conversation that was changed, is another server's, or is too old; it starts anew, with a friendly word."""


class ConversationSeal:
    """Signs conversations and reads them back."""

    def __init__(self, secret: str | list[str], hours: int) -> None:
        """Take the secret, or those of before with the newest last, and how many hours a conversation stays valid."""
        self._serializer = URLSafeTimedSerializer(secret, salt="conversation")
        self._seconds = hours * 3600

    def sealed(self, conversation: Conversation) -> str:
        """The conversation as a string that the visitor keeps."""
        sealed = self._serializer.dumps(_packed(conversation))
        return sealed if isinstance(sealed, str) else sealed.decode()

    def opened(self, sealed: str | None) -> Conversation:
        """The conversation of a string; nothing gives an empty one. Raises ConversationLost."""
        if not sealed:
            return Conversation()
        try:
            return _unpacked(self._serializer.loads(sealed, max_age=self._seconds))
        except (BadData, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConversationLost from error


def _packed(conversation: Conversation) -> dict[str, Any]:
    """The conversation as short keys and lists, so that the signed string stays small."""
    count = len(conversation.turns)
    stood_on = conversation.last_question
    return {
        "t": [
            [
                turn.question if turn.question == stood_on else turn.question[: _kept(at, count)],
                turn.outcome,
                list(turn.offers),
                list(turn.actors) if at >= count - RECENT else [],
                list(turn.pages) if at >= count - RECENT else [],
                int(turn.asked_anew),
                turn.lead if at >= count - RECENT else "",
            ]
            for at, turn in enumerate(conversation.turns)
        ],
        "s": {slot: list(values) for slot, values in conversation.situation.slots.items()},
        "a": list(conversation.asked),
        "d": conversation.address,
        "l": [conversation.language, conversation.wished],
    }


def _kept(at: int, count: int) -> int:
    """How many characters of a question are kept that no later one stands on."""
    return EARLIER_QUESTION if at >= count - RECENT else OLDER_QUESTION


def _unpacked(packed: Mapping[str, Any]) -> Conversation:
    slots: dict[str, tuple[Value, ...]] = {slot: tuple(values) for slot, values in packed["s"].items()}
    turns = tuple(Turn(q, out, tuple(o), tuple(a), tuple(p), bool(n), f) for q, out, o, a, p, n, f in packed["t"])
    return Conversation(turns, Situation(slots), tuple(packed["a"]), packed["d"], *packed["l"])
