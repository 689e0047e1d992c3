"""Looks for the words of the content's rules in messages.

A rule's patterns stand in `content/*.yaml` as people spell; here they are folded as messages are, and those in another
script than the message are passed over, since a German question need not be searched for Arabic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from assistant.prefilter import Grams, grams_of, needed, needed_by_any
from index.lexical import fold

NUMBER = r"(?P<age>[1-9]\d)"  # an age of two digits, written {age} in a pattern
NAMED = re.compile(r"\{([a-z]\w*)\}")  # a list of words that a pattern names
DOT = "\u0307"  # what is left above the i of a Turkish İ in lower case
_ESCAPE = re.compile(r"\\.|\{age\}|\(\?[:=!<]+")
_SIGN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)  # an escape, a class of letters, or a character
_LATIN = re.compile(r"[a-z]")
_OTHER = re.compile(r"[\u0370-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Text:
    """A folded message, with whether it holds any letters beyond the Latin ones."""

    folded: str
    is_foreign: bool
    grams: Grams

    @classmethod
    @lru_cache(maxsize=16)  # a message and its clauses, asked about by rule after rule while it is answered
    def of(cls, message: str) -> Text:
        """Fold a message once for all rules."""
        folded = fold(message).replace(DOT, "")
        return cls(folded, bool(_OTHER.search(folded)), grams_of(folded))


Sought = tuple[re.Pattern[str], Grams | None]  # a pattern, and the groups of letters of which it needs one


class Patterns:
    """The patterns of one rule."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Fold and compile; raises re.error for a pattern that is none."""
        self._latin: list[Sought] = []
        self._foreign: list[Sought] = []
        for pattern in patterns:
            sought = self._latin if _is_latin(pattern) else self._foreign
            compiled = re.compile(fold(pattern).replace("{age}", NUMBER))
            if (grams := needed(compiled)) is not None:
                sought.append((compiled, grams))
                continue
            # One way of reading it that cannot be passed over makes none of the others run.
            for way in map(re.compile, _ways(compiled.pattern)):
                sought.append((way, needed(way)))
        self._needed = needed_by_any(grams for _, grams in (*self._latin, *self._foreign))

    def match(self, text: Text) -> bool:
        """Whether any pattern is found in a message."""
        return any(pattern.search(text.folded) for pattern in self._for(text))

    def likely(self, text: Text) -> tuple[re.Pattern[str], ...]:
        """The patterns that may match a message or a part of it, by its letters."""
        return tuple(self._for(text))

    def found(self, text: Text) -> Iterator[re.Match[str]]:
        """Every place where any pattern is found."""
        return (found for pattern in self._for(text) for found in pattern.finditer(text.folded))

    def without(self, folded: str) -> str:
        """A folded text with everything that a pattern finds taken out."""
        for pattern, _ in (*self._latin, *self._foreign):
            folded = pattern.sub(" ", folded)
        return folded

    def cut(self, text: Text) -> Text:
        """A message with everything that a pattern finds cut out; a semicolon parts what stood around it."""
        rest = text.folded
        for pattern in self._for(text):
            rest = pattern.sub(";", rest)
        return text if rest == text.folded else Text.of(rest)

    def _for(self, text: Text) -> Iterator[re.Pattern[str]]:
        """The patterns that may match a message: most rules are passed over at one glance."""
        if self._needed is not None and self._needed.isdisjoint(text.grams):
            return
        for pattern, grams in chain(self._latin, self._foreign if text.is_foreign else ()):
            if grams is None or not grams.isdisjoint(text.grams):
                yield pattern


def filled(patterns: Iterable[str], lists: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Patterns with the lists they name filled in: `mein {kin}` is `mein (?:bruder|tante)`, and so on inside a list.

    A pattern that is nothing but a name stands for each on its list, so that each is passed over on its own.
    """
    for pattern in patterns:
        alone = NAMED.fullmatch(pattern)
        if alone and alone[1] in lists:
            yield from filled(lists[alone[1]], lists)
            continue
        while (full := NAMED.sub(lambda name: _one_of(lists[name[1]]) if name[1] in lists else name[0], pattern)) != (
            pattern
        ):
            pattern = full
        yield full


def _ways(pattern: str) -> list[str]:
    """What a pattern says on either side of its outermost bars: `a|b(?:c|d)` is `a` and `b(?:c|d)`."""
    ways, depth = [""], 0
    for sign in _SIGN.findall(pattern):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            ways.append("")
        else:
            ways[-1] += sign
    return ways


def _one_of(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


def _is_latin(pattern: str) -> bool:
    """Whether a pattern can match a message without foreign letters."""
    bare = _ESCAPE.sub("", pattern.lower())
    return bool(_LATIN.search(bare)) or not _OTHER.search(bare)


def caseless(word: str) -> str:
    """A word as `re.IGNORECASE` compares it, to look up what was found: İran, iran and ıran are one."""
    return word.casefold().replace("\u0307", "").replace("ı", "i")


def alternatives(words: Iterable[str]) -> str:
    """A pattern of any of some words as they stand, the longest first; of none it matches nothing."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or r"(?!)"
