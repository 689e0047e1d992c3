"""Finds what a long message asks: people tell a story first, and put their question last.

A vector of the whole story is that of its many subjects; the question alone is found better.
"""

from __future__ import annotations

import re

from index.lexical import words

LONG = 350  # characters; a shorter message is one subject, whatever its sentences
FEWEST_WORDS = 5  # that carry meaning: a shorter question ("Wer hilft da?") needs the sentence before it
MOST_SENTENCES = 3
_SENTENCE = re.compile(r"(?<=[.!?؟])\s+")
_QUESTION = ("?", "؟")


def gist(message: str) -> str | None:
    """The last question of a long message, with as much before it as makes sense of it; None where there is none."""
    if len(message) < LONG:
        return None
    sentences = _SENTENCE.split(message.strip())
    last = next((at for at in range(len(sentences) - 1, -1, -1) if sentences[at].endswith(_QUESTION)), None)
    if last is None:
        return None
    for count in range(1, MOST_SENTENCES + 1):
        asked = " ".join(sentences[max(last - count + 1, 0) : last + 1])
        if len(words(asked)) >= FEWEST_WORDS:
            return asked
    return asked
