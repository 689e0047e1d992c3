"""Answers a Query with a Ranking: rows the facets allow, searched by words and by meaning, fused, with a confidence.

Building the index is `build`'s work; what a source is (an offer, a page) is known to the caller alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.calibration import Calibration
from index.encoder import Encoder
from index.fusion import fuse
from index.home import OpenIndex
from index.lexical import Asked
from index.pooling import NO_ROW, TEXTS, Pool, Pooling
from index.steps import step
from index.store import Rows
from index.types import Evidence, Hit, Passage, Query, Ranking

Mode = Literal["hybrid", "dense", "lexical"]

SHORTLIST = 2500  # rows a leg may bring: all rows of the best forty sources at some sixty rows a source
LEARNED = 0.04  # weight of the classifier's log chances beside cosines; tuned on content/questions/tuning (2026-11)
LEFT_OUT = 5  # hits kept beyond the limit, so that one can see what just failed


class Retriever:
    """Searches an open index."""

    def __init__(self, index: OpenIndex, encoder: Encoder | None, calibration: Calibration | None = None) -> None:
        """Take an index and the encoder it was made for; without an encoder only the words are searched."""
        self._index = index
        self._encoder = encoder
        self._calibration = calibration or Calibration()
        self._pooling = Pooling(index.passages)
        self._facets = _rows_by_facet(index.passages)

    @property
    def index(self) -> OpenIndex:
        """The index being searched."""
        return self._index

    @step("search")
    def search(self, query: Query, mode: Mode = "hybrid") -> Ranking:
        """The sources that answer a query, best first; what just missed `query.limit` is kept as `left_out`."""
        mode = mode if self._encoder else "lexical"
        among = self._allowed(query.facets)
        legs = []
        if mode != "lexical":
            legs.append(self._by_meaning(query, among))
        # BM25 on German words only misleads a question in another language (hit@1 .50 → .35, ENGINEERING.md).
        if mode == "lexical" or (mode == "hybrid" and query.language in self._pooling.text_languages):
            legs.append(self._by_words(query, among))
        fused = fuse([leg.ranked() for leg in legs])[: query.limit + LEFT_OUT]
        asked = self._index.lexical.asked(query.text)
        hits = [self._hit(source, score, legs, asked, mode) for source, score in fused]
        evidence = self._evidence(query, hits, asked, legs[0].chance)
        return Ranking(
            hits=tuple(hits[: query.limit]),
            confidence=self._calibration.confidence(evidence) if hits else 0.0,
            evidence=evidence,
            left_out=tuple(hits[query.limit :]),
        )

    def _allowed(self, facets: Mapping[str, str]) -> Rows | None:
        """The rows that have every facet asked for; None where nothing is restricted."""
        if not facets:
            return None
        rows = [self._facets.get(facet, frozenset()) for facet in facets.items()]
        return np.array(sorted(frozenset.intersection(*rows)), np.int64)

    def _by_meaning(self, query: Query, among: Rows | None) -> Pool:
        assert self._encoder is not None  # noqa: S101 — `search` has looked
        with step("encode"):
            vectors = self._encoder.encode_queries([query.text])
        vector = self._index.centering.center_questions(vectors, query.language)[0]
        rows, scores = self._index.store.search(vector, SHORTLIST, among)
        pool = self._pooling.pool(rows, scores, query.language, float(scores[-1]) if len(scores) else 0.0)
        if self._index.classifier is None:
            return pool
        chances = self._index.classifier.log_chances(vector)
        return replace(pool, totals=pool.totals + LEARNED * chances, chance=float(chances.max()))

    def _by_words(self, query: Query, among: Rows | None) -> Pool:
        # A question in another language shares with a German one only names, and those mislead.
        scores = self._index.lexical.scores(query.text) * self._pooling.in_text_language
        if among is not None:
            allowed = np.zeros_like(scores)
            allowed[among] = scores[among]
            scores = allowed
        rows = _best(scores, SHORTLIST)
        return self._pooling.pool(rows, scores[rows], query.language, 0.0)

    def _hit(self, source: int, score: float, legs: Sequence[Pool], asked: Asked, mode: Mode) -> Hit:
        """A source with the passage that shows best why it was found: a text where there is one."""
        found = [int(row) for leg in legs for row in leg.rows[source] if row != NO_ROW]
        texts = [int(leg.rows[source, TEXTS]) for leg in legs if leg.rows[source, TEXTS] != NO_ROW]
        covered = (self._index.lexical.coverage(asked, self._index.passages[row].searched) for row in set(found))
        share, matched = max(covered, default=(0.0, ()))
        similarity = legs[0].best(source) if mode != "lexical" else 0.0
        return Hit(self._index.passages[(texts or found)[0]], score, similarity, share, matched)

    def _evidence(self, query: Query, hits: Sequence[Hit], asked: Asked, chance: float) -> Evidence:
        known = sum(self._index.lexical.knows(word) for word in asked)
        return Evidence(
            similarity=max((hit.similarity for hit in hits[:3]), default=0.0),
            chance=chance,
            coverage=max((hit.words for hit in hits[:3]), default=0.0),
            known=known / len(asked) if asked else 0.0,
            foreign=query.language not in self._pooling.text_languages,
            length=len(query.text) ** 0.5,
        )


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
