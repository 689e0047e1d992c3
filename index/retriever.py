"""Answers a Query with a Ranking: rows the facets allow, searched by words and by meaning, fused, with a confidence.

Building the index is `build`'s work; what a source is (an offer, a page) is known to the caller alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

SHORTLIST = 300  # rows a leg may bring: some thirty sources with ten passages and questions each

# What each leg weighs in the fusion; tuned on the tuning half of content/questions (assistant evaluate, 2026-11).
LEGS = {"dense text": 1.0, "dense question": 1.0, "lexical text": 1.0, "lexical question": 1.0}


class Retriever:
    """Searches an open index."""

    def __init__(self, index: OpenIndex, encoder: Encoder, calibration: Calibration | None = None) -> None:
        """Take an index and the encoder it was made for."""
        self._index = index
        self._encoder = encoder
        self._calibration = calibration or Calibration()
        self._questions = np.array([p.kind == QUESTION for p in index.passages], bool)
        self._languages = {p.language for p in index.passages}
        self._facets = _rows_by_facet(index.passages)

    @property
    def index(self) -> OpenIndex:
        """The index being searched."""
        return self._index

    def search(self, query: Query, mode: Mode = "hybrid") -> Ranking:
        """The sources that answer a query, best first; more than `query.limit` are kept as `left_out`."""
        among = self._allowed(query.facets)
        legs: dict[str, list[tuple[int, float]]] = {}
        similarity: dict[int, float] = {}
        if mode != "lexical":
            similarity = dict(self._by_meaning(query, among))
            legs |= self._split("dense", similarity)
        # BM25 on German words only misleads a question in another language (hit@1 .50 → .35, ENGINEERING.md).
        if mode == "lexical" or (mode == "hybrid" and query.language in self._languages):
            legs |= self._split("lexical", self._by_words(query, among))
        return self._ranking(query, legs, similarity)

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

    def _by_words(self, query: Query, among: Rows | None) -> Mapping[int, float]:
        scores = self._index.lexical.scores(query.text)
        if among is not None:
            allowed = np.zeros_like(scores)
            allowed[among] = scores[among]
            scores = allowed
        return {int(row): float(scores[row]) for row in _best(scores, SHORTLIST)}

    def _split(self, leg: str, scores: Mapping[int, float]) -> dict[str, list[tuple[int, float]]]:
        """Texts and example questions compete among themselves: a question resembles a question more than any text."""
        ordered = sorted(scores.items(), key=lambda item: -item[1])
        return {
            f"{leg} text": [item for item in ordered if not self._questions[item[0]]],
            f"{leg} question": [item for item in ordered if self._questions[item[0]]],
        }

    def _ranking(
        self, query: Query, legs: Mapping[str, list[tuple[int, float]]], similarity: Mapping[int, float]
    ) -> Ranking:
        best_rows = {leg: self._best_row_by_source(found) for leg, found in legs.items()}
        fused = fuse([list(rows) for rows in best_rows.values()], [LEGS[leg] for leg in best_rows])
        hits = [self._hit(source, score, best_rows, similarity, query) for source, score in fused]
        return Ranking(
            hits=tuple(hits[: query.limit]),
            confidence=self._calibration.confidence(self._evidence(query, hits)),
            left_out=tuple(hits[query.limit :]),
        )

    def _best_row_by_source(self, found: Iterable[tuple[int, float]]) -> dict[str, int]:
        """Each source's first row, in the order found."""
        rows: dict[str, int] = {}
        for row, _ in found:
            rows.setdefault(self._index.passages[row].source, row)
        return rows

    def _hit(
        self,
        source: str,
        score: float,
        best_rows: Mapping[str, Mapping[str, int]],
        similarity: Mapping[int, float],
        query: Query,
    ) -> Hit:
        rows = {leg: found[source] for leg, found in best_rows.items() if source in found}
        row = next((rows[leg] for leg in ("dense text", "lexical text") if leg in rows), next(iter(rows.values())))
        closest = max((similarity.get(at, 0.0) for at in rows.values()), default=0.0)
        covered = [self._index.lexical.coverage(query.text, self._index.passages[at].searched) for at in set(rows.values())]
        share, matched = max(covered, default=(0.0, ()))
        return Hit(self._index.passages[row], score, closest, share, matched)

    def _evidence(self, query: Query, hits: list[Hit]) -> Evidence:
        asked = words(query.text)
        known = [word for word in asked if self._index.lexical.knows(word)]
        return Evidence(
            similarity=max((hit.similarity for hit in hits[:3]), default=0.0),
            coverage=max((hit.words for hit in hits[:3]), default=0.0),
            known=len(known) / len(asked) if asked else 0.0,
            foreign=query.language not in self._languages,
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
