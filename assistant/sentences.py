"""The sentences of a text, and the one among them that answers a question's words best.

Only words that can be a reason count: nouns, and long verbs and adjectives. Where a reason is shown is `composer`'s.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from index.lexical import fold, stem, stems, words

SHORT_WORD = 3  # letters; a shorter word is no reason
LONG_WORD = 7  # letters from which a verb or adjective says something of its own
# Stems in so many of the texts tell no offer from another: "Arbeit", "Geld", "Antrag" with 212 offers (2026-11).
COMMON_SHARE, COMMON_TEXTS = 0.25, 10
# Words that questions are full of and that give no reason.
IDLE = frozenset(
    [
        "seit",
        "hilft",
        "allein",
        "allen",
        "eigene",
        "eigenen",
        "zwei",
        "drei",
        "vier",
        "mehr",
        "jemand",
        "einfach",
        "immer",
        "schon",
        "neue",
        "neuen",
        "ganz",
        "kostet",
        "kosten",
    ]
)
_TOKEN = re.compile(r"[^\W_]+")
_INSIDE = re.compile(r"[^\s:.!?„(] ?$")  # what stands before a word that does not begin a sentence
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_MARKS = re.compile(r"[*_`#>\[\]]|^\s*[-–]\s*|\(https?://\S+\)")


@lru_cache(maxsize=4096)
def plain_sentences(markdown: str) -> tuple[str, ...]:
    """The sentences of a Markdown text without headings and marks."""
    text = "\n".join(line for line in markdown.splitlines() if not line.startswith("#"))
    return tuple(s for part in _SENTENCE.split(text) if (s := _MARKS.sub("", part).strip()))


@lru_cache(maxsize=16_384)
def _telling_stems(sentence: str) -> frozenset[str]:
    """The stems that can be a reason: nouns, told by a capital inside a sentence, and long words; "seit" is none."""
    telling = [
        found[0]
        for found in _TOKEN.finditer(sentence)
        if len(found[0]) >= LONG_WORD or (found[0][0].isupper() and _INSIDE.search(sentence, 0, found.start()))
    ]
    return stems(" ".join(telling))


def commonplace(texts: Iterable[Sequence[str]]) -> frozenset[str]:
    """The stems that stand in so many of some texts, each given by its sentences, that they are no reason."""
    held = [frozenset[str]().union(*map(_telling_stems, sentences)) for sentences in texts]
    counted = Counter(word for words in held for word in words)
    return frozenset(w for w, count in counted.items() if count > max(COMMON_TEXTS, COMMON_SHARE * len(held)))


@lru_cache(maxsize=16)
def _asked(question: str) -> tuple[tuple[str, str], ...]:
    """The stems of a question's words that can be asked for, each with its word; every card shown asks for them."""
    tokens = (token for token in _TOKEN.findall(question) if len(token) >= SHORT_WORD and words(token))
    return tuple({stem(fold(token)): token for token in tokens if fold(token) not in IDLE}.items())


def best_sentence(question: str, sentences: Sequence[str], without: Collection[str] = ()) -> tuple[list[str], str]:
    """The sentence that holds most of the question's words, and these words as the person wrote them.

    Stems in `without` do not count.
    """
    asked = [(word, token) for word, token in _asked(question) if word not in without]
    best: tuple[list[str], str] = ([], "")
    for sentence in sentences:
        held = _telling_stems(sentence)
        matched = [token for word, token in asked if word in held]
        if len(matched) > len(best[0]):
            best = (matched, sentence)
    return best
