"""Spells the long words that decide of a person's situation right: "Haubtschulabschlus", "arbeizlos".

Search forgives typos by itself (`index/lexical.py`); a slot's patterns do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from index.lexical import fold

SHORTEST = 7  # letters: shorter words are too close to other words
ALIKE = 0.88  # share of letters in common: one typo in nine; from .87 "kündigt" would be "gekündigt"
_WORD = re.compile(r"[^\W\d_]+")


class Spelling:
    """Words that a typo must not hide."""

    def __init__(self, words: Iterable[str]) -> None:
        """Take the words, as they are spelled right."""
        self._words = tuple(map(fold, words))
        self._letters = [(word, frozenset(word)) for word in self._words]

    def __call__(self, message: str) -> str:
        """The message with words that are nearly one of these spelled as it is."""
        return _WORD.sub(self._right, message) if self._words else message

    def _right(self, found: re.Match[str]) -> str:
        word = fold(found[0])
        if len(word) < SHORTEST or word.startswith(self._words):
            return found[0]
        near = get_close_matches(word, self._within_reach(word), 1, ALIKE)
        # An ending is no typo: "Arbeitslose" are not "arbeitslos".
        return near[0] if near and near[0] != word[: len(near[0])] else found[0]

    def _within_reach(self, word: str) -> list[str]:
        """The words that could be as alike by their length and letters alone: for most words of a message none."""
        letters, length = frozenset(word), len(word)
        return [
            right
            for right, others in self._letters
            if 2 * min(length - len(letters - others), len(right) - len(others - letters))
            >= ALIKE * (length + len(right))
        ]
