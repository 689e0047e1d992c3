"""Judges a source by all of its passages that were found: its best text, and its best few example questions.

One lucky question is weaker evidence than several; a text in another language than the question is weaker evidence
than a question in its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.types import Passage

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

QUESTION = "question"  # the kind of passage that is itself a question, and encoded as one

# Tuned on the tuning half of content/questions (2026-11): hit@1 of German questions .78 → .90, of others .46 → .74.
TOP = 5  # questions whose mean counts beside the best one
OTHER_LANGUAGE = 0.6  # weight of the questions that are not in the asker's language group
TEXT = 0.7  # weight of the best text …
FOREIGN_TEXT = 0.3  # … and when the question is in another language than the texts

TEXTS, QUESTIONS, FOREIGN_QUESTIONS = range(3)  # what a row can be
NO_ROW = -1
MOST_SMALL = 2**16


@dataclass(frozen=True, slots=True)
class Pool:
    """What one leg found, by source number: total scores, the best row of each kind and its score."""

    sources: Numbers  # those found at all
    totals: Floats  # shape (all sources,)
    rows: Numbers  # shape (all sources, 3), NO_ROW where nothing was found
    scores: Floats  # shape (all sources, 3): of the best row of each kind
    means: Floats  # shape (all sources, 3): of the best few rows of each kind
    chances: Floats = field(default_factory=lambda: np.empty(0, np.float32))  # the classifier's, where there is one

    def ranked(self) -> list[int]:
        """The sources found, best first."""
        ranked: list[int] = self.sources[np.argsort(-self.totals[self.sources], kind="stable")].tolist()
        return ranked

    def best(self, source: int) -> float:
        """The highest score of any row of a source; 0 where none was found."""
        found = self.rows[source] != NO_ROW
        return float(self.scores[source][found].max()) if found.any() else 0.0


class Pooling:
    """Knows which source and which kind each row belongs to."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        """Take the passages in the order of their rows."""
        self.names = list(dict.fromkeys(p.source for p in passages))
        number = {name: at for at, name in enumerate(self.names)}
        self.text_languages = frozenset(p.language for p in passages if p.kind != QUESTION)
        kinds = np.array([self._kind(p) for p in passages], np.int64)
        self._group = np.array([number[p.source] for p in passages], np.int64) * 3 + kinds
        # Numpy sorts two bytes without comparing, in a third of the time.
        self._sorted_by = self._group.astype(np.uint16) if len(self.names) * 3 <= MOST_SMALL else self._group
        self.in_text_language = kinds != FOREIGN_QUESTIONS
        self.has_text = np.isin(np.arange(len(self.names)), self._group[kinds == TEXTS] // 3)
        kind_of = np.array([name.partition("/")[0] for name in self.names])
        self.by_kind = {str(kind): np.flatnonzero(kind_of == kind) for kind in np.unique(kind_of)}

    def _kind(self, passage: Passage) -> int:
        if passage.kind != QUESTION:
            return TEXTS
        return QUESTIONS if passage.language in self.text_languages else FOREIGN_QUESTIONS

    def pool(self, rows: Numbers, scores: Floats, language: str, floor: float) -> Pool:
        """Judge the sources of the rows found, best first; `floor` stands for what was not found."""
        shape = (len(self.names), 3)
        best, mean = np.full(shape, floor, np.float32), np.full(shape, floor, np.float32)
        best_rows = np.full(shape, NO_ROW, np.int64)
        order = np.argsort(self._sorted_by[rows], kind="stable")  # they come best first, and stay so within a group
        rows, scores = rows[order], scores[order]
        group = self._group[rows]
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        best.flat[group[starts]] = scores[starts]
        best_rows.flat[group[starts]] = rows[starts]
        mean.flat[group[starts]] = _top_means(scores, starts, floor)
        text, own, other = _weights(language in self.text_languages)
        totals = text * best[:, TEXTS] + own * (best + mean)[:, QUESTIONS] + other * (best + mean)[:, FOREIGN_QUESTIONS]
        sources = group[starts] // 3
        return Pool(sources[np.diff(sources, prepend=-1) > 0], totals, best_rows, best, mean)


def _weights(in_text_language: bool) -> tuple[float, float, float]:
    """What texts, questions in the texts' language and other questions weigh."""
    return (TEXT, 1.0, OTHER_LANGUAGE) if in_text_language else (FOREIGN_TEXT, OTHER_LANGUAGE, 1.0)


def _top_means(scores: Floats, starts: Numbers, floor: float) -> Floats:
    """The mean of the first TOP scores of each run; a shorter run is filled up with the floor."""
    if not len(starts):
        return np.empty(0, np.float32)
    lengths = np.diff(starts, append=len(scores))
    run = np.repeat(np.arange(len(starts)), lengths)
    first = np.arange(len(scores)) - np.repeat(starts, lengths) < TOP
    sums = np.bincount(run[first], scores[first], len(starts))
    means: Floats = ((sums + floor * (TOP - np.minimum(lengths, TOP))) / TOP).astype(np.float32)
    return means
