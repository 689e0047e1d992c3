"""Leaves out what a message tells of people it does not ask for: "mein Bruder hat Abi, ich hab nix".

Whom a message asks for, where it asks for somebody else, is a slot like any other (`situation`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from assistant.content import Bystanders
from assistant.patterns import Patterns, Text, alternatives, filled

# What somebody else said, in quotation marks and with words around it: two words are a name or a term.
_QUOTED = re.compile(r"""(?<!\w)(?:„[^„“”"]+[“”"]|“[^“”]+”|»[^»«]+«|«[^»«]+»|"[^"]+"|'[^']+'|‚[^‚‘]+‘)(?!\w)""")
QUOTED_WORDS = 3


class Clauses:
    """The words that show of whom a clause speaks, compiled once."""

    def __init__(self, told: Bystanders, lists: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """Take the words of the slot `for_whom` in `content/situation.yaml`, and the lists that they name."""

        def patterns(texts: Iterable[str]) -> Patterns:
            return Patterns(filled(texts, lists or {}))

        joins = alternatives(told.joins)
        self._split = re.compile(rf"[,.;:!?،؟\n]+|\s(?=(?:{joins})\s)", re.IGNORECASE)
        self._untold, self._goes_on = patterns(told.untold), patterns(told.goes_on)
        self._others, self._first_person = patterns(told.others), patterns(told.first_person)
        self._oneself, self._asks_for_them = patterns(told.oneself), patterns(told.asks_for_them)
        self._children, self._mine = patterns(told.children), patterns(told.mine)
        self._theirs = patterns(told.theirs)
        self._general, self._nobody = patterns(told.general), patterns(told.nobody)

    @staticmethod
    def unquoted(message: str) -> str:
        """The message without what it quotes; one that is nothing but a quotation stays."""
        rest = _QUOTED.sub(lambda said: " ; " if len(said[0].split()) >= QUOTED_WORDS else said[0], message)
        return rest if len(rest.split()) > QUOTED_WORDS else message

    def of_somebody(self, message: str) -> str:
        """The message without what it asks about nobody in particular: "bin Azubi, kriegt man da Bafög"."""
        text = Text.of(message)
        if self._nobody.match(text):
            return ""
        if not self._general.match(text):
            return message
        return ", ".join(clause for clause in self._split.split(message) if not self._general.match(Text.of(clause)))

    def of_oneself(self, message: str) -> str:
        """The message without its clauses about others, where the speaker tells of themselves and asks for nobody else.

        A clause without a subject of its own goes on with the one before it: "mein Bruder ist 20 und hat Abi".
        """
        whole = Text.of(message)
        is_mine = self._mine.match(whole)
        if not self._others.match(whole) and not (is_mine and self._children.match(whole)):
            return message
        own: list[str] = []
        is_told = of_other = False
        for clause in self._split.split(message):
            text = Text.of(clause)
            tells = self._oneself.match(text) or (is_mine and self._mine.match(text))
            names_other = self._others.match(text) or (is_mine and self._children.match(text))
            of_other = not (tells or self._first_person.match(text)) and (of_other or names_other)
            if of_other and not is_mine and self._asks_for_them.match(text):
                return message
            is_told = is_told or tells
            own += [] if of_other else [clause]
        return ", ".join(own) if is_mine or (is_told and not self._theirs.match(whole)) else message

    def told(self, text: Text) -> Text:
        """A message without what would be if, and what is said of a group or of anybody."""
        return self.telling(text, self._untold)

    def telling(self, text: Text, untold: Patterns) -> Text:
        """A message without some clauses, and without those that go on from one: "falls ich krank werde und kündige".

        A semicolon parts what stood around them.
        """
        sought = untold.likely(text)
        if not sought:
            return text
        goes_on = self._goes_on.likely(text)
        kept, at, is_untold = "", 0, False
        for end in (*self._split.finditer(text.folded), None):
            clause = text.folded[at : end.start() if end else None]
            is_untold = _any(sought, clause) or (is_untold and _any(goes_on, clause))
            kept += (" ;" if is_untold else clause) + (end[0] if end else "")
            at = end.end() if end else at
        return text if kept == text.folded else Text.of(kept)


def _any(patterns: Iterable[re.Pattern[str]], clause: str) -> bool:
    return any(pattern.search(clause) for pattern in patterns)
