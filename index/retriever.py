"""Answers a Query with a Ranking: rows the facets allow, searched by words and by meaning, fused, with a confidence.

Building the index is `build`'s work; what a source is (an offer, a page) is known to the caller alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.build import QUESTION, OpenIndex
from index.calibration import Calibration, Evidence
from index.encoder import Encoder
from index.fusion import fuse
from index.lexical import words
from index.store import Rows
from index.types import Hit, Passage, Query, Ranking

Mode = Literal["hybrid", "dense", "lexical"]
Scores = Mapping[int, float]  # by row, best first

SHORTLIST = 600  # rows a leg may bring: at some thirty rows a source enough for twenty sources
LEFT_OUT = 5  # hits kept beyond the limit, so that one can see what just failed

# A source with example questions is judged by its best passage and by how many of its questions come close: one lucky
# question is weaker evidence than three. Tuned on the tuning half of content/questions (2026-11).
POOLED = 3  # questions whose mean counts beside the best one
TEXT_SHARE = 0.7  # weight of the best text beside the questions


@dataclass(slots=True)
class _Pool:
    """What one leg found of one source: its best rows, texts and questions apart."""

    texts: list[tuple[int, float]]
    questions: list[tuple[int, float]]

    @property
    def best(self) -> float:
        return max(score for _, score in self.texts[:1] + self.questions[:1])


class Retriever:
    """Searches an open index."""

    def __init__(self, index: OpenIndex, encoder: Encoder, calibration: Calibration | None = None) -> None:
        """Take an index and the encoder it was made for."""
        self._index = index
        self._encoder = encoder
        self._calibration = calibration or Calibration()
        self._is_question = [p.kind == QUESTION for p in index.passages]
        self._has_questions = any(self._is_question)
        self._languages = {p.language for p in index.passages if p.kind != QUESTION}
        self._facets = _rows_by_facet(index.passages)

    @property
    def index(self) -> OpenIndex:
        """The index being searched."""
        return self._index

    def search(self, query: Query, mode: Mode = "hybrid") -> Ranking:
        """The sources that answer a query, best first; what just missed `query.limit` is kept as `left_out`."""
        among = self._allowed(query.facets)
        by_meaning = self._pools(self._by_meaning(query, among)) if mode != "lexical" else {}
        # BM25 on German words only misleads a question in another language (hit@1 .50 → .35, ENGINEERING.md).
        with_words = mode == "lexical" or (mode == "hybrid" and query.language in self._languages)
        by_words = self._pools(self._by_words(query, among)) if with_words else {}
        legs = [by_meaning, by_words]
        fused = fuse([self._ranked(leg) for leg in legs if leg])
        hits = [self._hit(source, score, legs, query) for source, score in fused[: query.limit + LEFT_OUT]]
        return Ranking(
            hits=tuple(hits[: query.limit]),
            confidence=self._calibration.confidence(self._evidence(query, hits)),
            left_out=tuple(hits[query.limit :]),
        )

    def evidence(self, query: Query) -> Evidence:
        """What a query's confidence is computed from; for calibrating."""
        return self._evidence(query, self.search(query).hits)

    def _allowed(self, facets: Mapping[str, str]) -> Rows | None:
        """The rows that have every facet asked for; None where nothing is restricted."""
        if not facets:
            return None
        rows = [self._facets.get(facet, frozenset()) for facet in facets.items()]
        return np.array(sorted(frozenset.intersection(*rows)), np.int64)

    def _by_meaning(self, query: Query, among: Rows | None) -> Iterable[tuple[int, float]]:
        vectors = self._encoder.encode_queries([query.text])
        centered = self._index.centering.center_questions(vectors, query.language)
        return self._index.store.search(centered[0], SHORTLIST, among)

    def _by_words(self, query: Query, among: Rows | None) -> Iterator[tuple[int, float]]:
        scores = self._index.lexical.scores(query.text)
        if among is not None:
            allowed = np.zeros_like(scores)
            allowed[among] = scores[among]
            scores = allowed
        for row in _best(scores, SHORTLIST):
            yield int(row), float(scores[row])

    def _pools(self, found: Iterable[tuple[int, float]]) -> dict[str, _Pool]:
        """The rows found, best first, by source."""
        pools: dict[str, _Pool] = {}
        for row, score in found:
            source = self._index.passages[row].source
            if source not in pools:
                pools[source] = _Pool([], [])
            (pools[source].questions if self._is_question[row] else pools[source].texts).append((row, score))
        return pools

    def _ranked(self, pools: Mapping[str, _Pool]) -> list[str]:
        """Sources by their pooled score; what the shortlist did not reach counts as its last score."""
        if not self._has_questions:
            return list(pools)  # in the order of their best passage
        floor = min(
            (score for pool in pools.values() for _, score in pool.texts[-1:] + pool.questions[-1:]), default=0.0
        )
        return sorted(pools, key=lambda source: -_pooled(pools[source], floor))

    def _hit(self, source: str, score: float, legs: Sequence[Mapping[str, _Pool]], query: Query) -> Hit:
        pools = [leg[source] for leg in legs if source in leg]
        rows = [row for pool in pools for row, _ in (pool.texts[:1] + pool.questions[:1])]
        row = next((pool.texts[0][0] for pool in pools if pool.texts), rows[0])
        similarity = legs[0][source].best if source in legs[0] else 0.0
        covered = [self._index.lexical.coverage(query.text, self._index.passages[at].searched) for at in set(rows)]
        share, matched = max(covered, default=(0.0, ()))
        return Hit(self._index.passages[row], score, similarity, share, matched)

    def _evidence(self, query: Query, hits: Sequence[Hit]) -> Evidence:
        asked = words(query.text)
        known = [word for word in asked if self._index.lexical.knows(word)]
        return Evidence(
            similarity=max((hit.similarity for hit in hits[:3]), default=0.0),
            coverage=max((hit.words for hit in hits[:3]), default=0.0),
            known=len(known) / len(asked) if asked else 0.0,
            foreign=query.language not in self._languages,
        )


def _pooled(pool: _Pool, floor: float) -> float:
    questions = [score for _, score in pool.questions[:POOLED]]
    questions += [floor] * (POOLED - len(questions))
    text = pool.texts[0][1] if pool.texts else floor
    return questions[0] + sum(questions) / POOLED + TEXT_SHARE * text


def _best(scores: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    """The rows with the highest scores above 0, best first."""
    limit = min(limit, len(scores))
    if not limit:
        return np.empty(0, np.int64)
    candidates = np.argpartition(-scores, limit - 1)[:limit]  # unordered, but linear
    ordered: NDArray[np.int64] = candidates[np.argsort(-scores[candidates], kind="stable")]
    return ordered[scores[ordered] > 0]


def _rows_by_facet(passages: Iterable[Passage]) -> dict[tuple[str, str], frozenset[int]]:
    rows: dict[tuple[str, str], set[int]] = {}
    for row, passage in enumerate(passages):
        for facet in passage.facets.items():
            rows.setdefault(facet, set()).add(row)
    return {facet: frozenset(found) for facet, found in rows.items()}
