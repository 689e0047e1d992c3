"""Tells what a later message means: alone, as a later question of a known kind, or with the question before it.

"Und wenn ich durchfalle?", "muss ich da hin?", "erfährt das mein Chef?" mean nothing alone, and yet some offer is
always nearest to them. So the classifier, which knows later messages by example, says how likely one stands on the
turn before.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.composer import Asked
from assistant.conversation import Conversation
from assistant.finder import Finder, kind_of
from assistant.followups import FOLLOW_UP, LONGEST_FOLLOW_UP, FollowUps, FollowUpWish
from assistant.languages import GERMAN
from assistant.names import Names
from assistant.nearest_rule import REFUSED, is_smalltalk
from index.lexical import words
from index.types import Hit, Ranking

# Chosen on tuning/dialogues (2026-11-30); within .1 of each, at most two of 308 later turns change.
MEANT = 0.7  # chance of a later question from which its kind is believed
ALONE = 0.8  # share from which a message means what it says without the last question
REFUSED_MEANT = 0.4  # … and that something else is wanted, where what was shown or is behind somebody is named
OFF_TOPIC = 0.5  # chance from which it is another subject's
TOGETHER = 0.5  # confidence that it takes together with the last question
# What says that something is behind somebody or not for them; without it who names what was not shown wants that.
_REFUSED = re.compile(
    r"\b(?:nicht|nich|nit|net|ned|nix|kein\w*|nie|schon|bereits|abgelehnt|abgebrochen|not|never|already|refused|n.t)\b",
    re.IGNORECASE,
)
# What says in a question that something else is wanted; in other languages only the meaning tells.
_ELSE = re.compile(r"\b(?:sonst|ander\w*|lieber|statt\w*|alternativ\w*|else|other|instead|rather)\b", re.IGNORECASE)
_TOLD_BY_WORDS = (GERMAN, "en")


class Thread:
    """Reads a message in its place in a conversation."""

    def __init__(self, finder: Finder, followups: FollowUps, names: Names) -> None:
        """Take what finds, what knows later messages, and the names of all there is: who says one asks anew."""
        self._finder = finder
        self._followups = followups
        self._names = names

    def wish(self, message: str, language: str, meant: float = MEANT) -> FollowUpWish | None:
        """What a later message wants by its meaning; None where it may as well be a question of its own."""
        later = self._finder.later_chances(message, language)
        if later.chance(FOLLOW_UP) < meant:
            return None
        return self._followups.meant(later.likely[FOLLOW_UP].source, message)

    def refuses(self, asked: Asked, conversation: Conversation) -> FollowUpWish | None:
        """The wish for something else than what is named: "bei der EQ haben sie mich nicht genommen".

        Who only names what was not shown wants that: "am besten was mit Minijob".
        """
        named = self._named(asked.message)
        bare = self._names.without(asked.message)
        if not self._may_refuse(asked.message, named, conversation, asked.language) or not words(bare):
            return None
        wish = self.wish(bare, asked.language, REFUSED_MEANT)
        return replace(wish, without=frozenset(named)) if wish and wish.wish == "more" else None

    def foresee(self, message: str, conversation: Conversation) -> None:
        """Begin to encode what will be searched for, while what else there is to know is found out."""
        named = self._named(message) if conversation.last_shown else set()
        refused = named and self._may_refuse(message, named, conversation, conversation.language)
        self._finder.foresee(message, *([self._names.without(message)] if refused else []))

    def _named(self, message: str) -> set[str]:
        """The ids of what a message names."""
        return {source.partition("/")[2] for sources in self._names.in_message(message) for source in sources}

    @staticmethod
    def _may_refuse(message: str, named: set[str], conversation: Conversation, language: str) -> bool:
        """Whether what a message names may be named only to want something else."""
        if len(message) > LONGEST_FOLLOW_UP or not named:
            return False
        if _REFUSED.search(message):
            return True
        shown = {id for turn in conversation.turns for id in turn.offers}
        only_asks = "?" in message and language in _TOLD_BY_WORDS and not _ELSE.search(message)
        return bool(named & shown) and not only_asks

    def ranking(self, asked: Asked, conversation: Conversation) -> Ranking:
        """What a message means alone, as far as it is sure of itself; for the rest, with the last question."""
        alone = self._finder.ranking(asked)
        if conversation.last_shown is None or len(asked.message) > LONGEST_FOLLOW_UP:
            return alone
        if is_smalltalk(alone) or self._names.in_message(asked.message):
            return alone
        later = self._finder.later_chances(asked.message, asked.language)
        share = min(alone.confidence, 1 - later.chance(FOLLOW_UP))
        if share >= ALONE or later.chance(*REFUSED) >= OFF_TOPIC:
            return alone
        together = self._finder.ranking(replace(asked, message=f"{conversation.last_question} {asked.message}"))
        if together.confidence < TOGETHER or not any(map(self._is_shown, together.hits[:1])):
            return alone
        return replace(alone.mixed(together, share), likely=later.likely)

    def _is_shown(self, hit: Hit) -> bool:
        """Whether a hit is something to show, and no helpline, which stands beside nothing else."""
        return kind_of(hit) in ("offer", "page", "actor") and hit.source not in self._finder.helplines


def goes_on(ranking: Ranking) -> bool:
    """Whether a ranking is of a message together with the question before it."""
    return ranking.chance(FOLLOW_UP) > 0
