"""Answers a Query with a Ranking: rows the facets allow, searched by words and by meaning, fused, with a confidence.

Building the index is `build`'s work; what a source is (an offer, a page) is known to the caller alone.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.ahead import Ahead
from index.calibration import Calibration
from index.encoder import Encoder, Reading, read_query
from index.fusion import fuse
from index.home import OpenIndex
from index.lexical import Asked, stems
from index.pooling import NO_ROW, TEXTS, Pool, Pooling
from index.ranker import Example, Ranker, evidence
from index.steps import step
from index.store import Rows
from index.tagger import Tagger
from index.types import Evidence, Hit, Likely, Passage, Query, Ranking

Mode = Literal["hybrid", "dense", "lexical"]

# Rows a leg may bring. 2,500 and 1,000 give the same figures on every half, 500 and 250 differ by .009 either way; the
# fewer, the less there is to sort (2026-12).
SHORTLIST = 1000
LEARNED = 0.04  # weight of the classifier's log chances beside cosines; tuned on content/questions/tuning (2026-11)
# Below this share of the best hit's score a further hit is noise beside it: of shares, and of fused ranks.
NEAR_WEIGHED = 0.01  # tuning half: hit@3 .942 with 1.8 cards an answer; 0.03 gives .939 with 1.5
NEAR_FUSED = 0.55
STEMS_KEPT = 20_000  # passages whose stems are remembered
RECENT = 16  # questions whose vectors are remembered, in memory only: those of the answers being made right now
LEFT_OUT = 5  # hits kept beyond the limit, so that one can see what just failed
EXPLAINED = 6  # hits of which the words are looked up that they share with the question; further ones decide nothing


class Retriever:
    """Searches an open index."""

    def __init__(
        self,
        index: OpenIndex,
        encoder: Encoder | None,
        calibration: Calibration | None = None,
        ranker: Ranker | None = None,
        tagger: Tagger | None = None,
    ) -> None:
        """Take an index, the encoder it was made for, and what was learned from labelled questions.

        Without an encoder only the words are searched.
        """
        self._index = index
        self._encoder = encoder
        self._calibration = calibration or Calibration()
        self._ranker = ranker
        self._tagger = tagger
        self._pooling = Pooling(index.passages)
        self._number = {name: number for number, name in enumerate(self._pooling.names)}
        self._facets = _rows_by_facet(index.passages)
        self._ahead = Ahead(self._encoded, RECENT)
        # The same few passages are found again and again. The cache is this retriever's own, so that it goes with it
        # when a newer index is opened.
        self._stems = lru_cache(maxsize=STEMS_KEPT)(self._stems_of)
        self._last = threading.local()  # each thread answers one question at a time

    @property
    def index(self) -> OpenIndex:
        """The index being searched."""
        return self._index

    @property
    def tells_chances(self) -> bool:
        """Whether a ranking says how likely each kind of source is meant: it takes meaning and a classifier."""
        return self._encoder is not None and self._index.classifier is not None

    @step("search")
    def search(self, query: Query, mode: Mode = "hybrid") -> Ranking:
        """The sources that answer a query, best first; what just missed `query.limit` is kept as `left_out`.

        What a thread asks twice in a row is at hand.
        """
        last: tuple[Query, Mode, Ranking] | None = getattr(self._last, "ranked", None)
        if last is None or last[:2] != (query, mode):
            last = (query, mode, self._ranked(query, mode if self._encoder else "lexical"))
            self._last.ranked = last
        return last[2]

    def _ranked(self, query: Query, mode: Mode) -> Ranking:
        legs = self._legs(query, mode)
        weighs = mode == "hybrid" and self._weighs
        ranked = self._weighed(query, legs) if weighs else self._fused(query, legs)
        asked = self._index.lexical.asked(query.text)
        hits = [
            self._hit(source, score, legs, asked if at < EXPLAINED else {}, mode)
            for at, (source, score) in enumerate(ranked[: query.limit + LEFT_OUT])
        ]
        likely = self._likely(query, legs[0])
        evidence = self._evidence(query, hits, asked, legs[0], likely)
        return Ranking(
            hits=tuple(hits[: query.limit]),
            near=hits[0].score * (NEAR_WEIGHED if weighs else NEAR_FUSED) if hits else 0.0,
            confidence=self._calibration.confidence(evidence) if hits else 0.0,
            evidence=evidence,
            left_out=tuple(hits[query.limit :]),
            likely=likely,
        )

    def likely(self, query: Query) -> dict[str, Likely]:
        """What a search would say each kind of source has for a query, without its hits; empty without chances."""
        return self._likely(query, self._legs(query, "hybrid")[0]) if self.tells_chances else {}

    def weighing(self, ranker: Ranker) -> Retriever:
        """The same retriever with other weights."""
        return Retriever(self._index, self._encoder, self._calibration, ranker, self._tagger)

    def example(self, query: Query, right: Collection[str]) -> Example:
        """A labelled question as the ranker learns from it; `right` are the names of the sources that answer it."""
        legs = self._legs(query, "hybrid")
        numbers = tuple(number for number, name in enumerate(self._pooling.names) if name in right)
        return Example(_evidence_of(legs), numbers, self._answering(query.without), self._is_own(query))

    @property
    def _weighs(self) -> bool:
        """Whether the legs are weighed by what was learned; without example questions there was nothing to learn."""
        return self._ranker is not None and self._index.classifier is not None

    def _weighed(self, query: Query, legs: Sequence[Pool]) -> list[tuple[int, float]]:
        """The sources found with their shares, best first."""
        assert self._ranker is not None  # noqa: S101 — asked for only where there is one
        allowed = self._answering(query.without)
        shares = self._ranker.log_shares(_evidence_of(legs), self._is_own(query), allowed)
        found = np.unique(np.concatenate([leg.sources for leg in legs]))
        best = found[np.argsort(-shares[found], kind="stable")][: query.limit + LEFT_OUT]
        return [(int(source), float(np.exp(shares[source]))) for source in best if allowed[source]]

    def _fused(self, query: Query, legs: Sequence[Pool]) -> list[tuple[int, float]]:
        """The sources found with their fused reciprocal ranks, best first."""
        allowed = self._answering(query.without)
        return fuse([[source for source in leg.ranked() if allowed[source]] for leg in legs])

    def _legs(self, query: Query, mode: Mode) -> list[Pool]:
        """The legs of a query; those of the question just searched are at hand when it is searched for another kind."""
        asked = replace(query, without=(), impossible=(), limit=0)
        last: tuple[Query, Mode, list[Pool]] | None = getattr(self._last, "searched", None)
        if last is None or last[:2] != (asked, mode):
            last = (asked, mode, self._searched(query, mode))
            self._last.searched = last
        return last[2]

    def _searched(self, query: Query, mode: Mode) -> list[Pool]:
        """What meaning found, then what words found, as far as the mode and the language ask for them."""
        among = self._allowed(query.facets)
        # BM25 on German words only misleads a question in another language (hit@1 .50 → .35, ENGINEERING.md).
        by_words = mode == "lexical" or (mode == "hybrid" and self._is_own(query))
        # Words first: meanwhile the vector may be on its way.
        words = [self._words(query, among)] if by_words else []
        return [*([self._by_meaning(query, among)] if mode != "lexical" else []), *words]

    def _is_own(self, query: Query) -> bool:
        """Whether a question is in the language of the texts."""
        return query.language in self._pooling.text_languages

    def _allowed(self, facets: Mapping[str, str]) -> Rows | None:
        """The rows that have every facet asked for; None where nothing is restricted."""
        if not facets:
            return None
        rows = [self._facets.get(facet, frozenset()) for facet in facets.items()]
        return np.array(sorted(frozenset.intersection(*rows)), np.int64)

    @lru_cache(maxsize=8)  # noqa: B019 — a caller passes over the same kind again and again
    def _answering(self, without: tuple[str, ...]) -> NDArray[np.bool_]:
        """Which sources may answer, shape (sources,): all whose name does not begin so."""
        return np.array([not name.startswith(without) for name in self._pooling.names], bool)

    def _by_meaning(self, query: Query, among: Rows | None) -> Pool:
        vector = self._vector(query.text, query.language)
        with step("vectors"):
            rows, scores = self._index.store.search(vector, SHORTLIST, among)
        pool = self._pooling.pool(rows, scores, query.language, float(scores[-1]) if len(scores) else 0.0)
        if self._index.classifier is None:
            return pool
        chances = self._index.classifier.log_chances(vector)
        return replace(pool, totals=pool.totals + LEARNED * chances, chances=chances)

    def foresee(self, *texts: str) -> None:
        """Begin to encode texts that will be searched for in a moment."""
        if self._encoder is not None:
            self._ahead.begin(*texts)

    def tags(self, text: str) -> dict[str, float]:
        """How likely a question tells each thing that the tagger knows; empty without a tagger of this model."""
        if self._encoder is None or self._tagger is None or self._tagger.model != self._encoder.name:
            return {}
        states = self._ahead.made(text).states
        with step("tags"):
            return self._tagger.chances(states)

    def _vector(self, text: str, language: str) -> NDArray[np.float32]:
        """The centred vector of a question, shape (dimension,)."""
        with step("encode"):
            vector = self._ahead.made(text).vector
        centred: NDArray[np.float32] = self._index.centering.center_questions(vector[np.newaxis], language)[0]
        return centred

    def _encoded(self, text: str) -> Reading:
        assert self._encoder is not None  # noqa: S101 — `search` and `states` have looked
        return read_query(self._encoder, text)

    def prepare(self, query: Query) -> None:
        """Look for the words of a query that will be searched for, while its vector is on its way."""
        if self._is_own(query) and not query.facets:
            self._last.words = (query.text, query.language), self._by_words(query, None)

    def _words(self, query: Query, among: Rows | None) -> Pool:
        """What words find; what was prepared is at hand."""
        key, pool = getattr(self._last, "words", None) or (None, None)
        at_hand = key == (query.text, query.language) and among is None
        return pool if at_hand and pool is not None else self._by_words(query, among)

    @step("words")
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
        covered = [self._index.lexical.coverage(asked, self._stems(row)) for row in set(found)] if asked else []
        share, matched = max(covered, default=(0.0, ()))
        similarity = legs[0].best(source) if mode != "lexical" else 0.0
        return Hit(self._index.passages[(texts or found)[0]], score, similarity, share, matched)

    def _stems_of(self, row: int) -> frozenset[str]:
        """The stems of a passage's words."""
        return stems(self._index.passages[row].searched)

    def _likely(self, query: Query, meaning: Pool) -> dict[str, Likely]:
        """What each kind of source has for it, whatever is passed over; many weak chances are a strong one."""
        if not len(meaning.chances):
            return {}
        shares = np.exp(meaning.chances) * self._answering(query.impossible)
        shares /= float(shares.sum())
        return {
            kind: Likely(
                self._pooling.names[of_kind[shares[of_kind].argmax()]],
                float(shares[of_kind].sum()),
                float(meaning.scores[of_kind].max()),
            )
            for kind, of_kind in self._pooling.by_kind.items()
        }

    def _evidence(
        self, query: Query, hits: Sequence[Hit], asked: Asked, meaning: Pool, likely: Mapping[str, Likely]
    ) -> Evidence:
        known = sum(self._index.lexical.knows(word) for word in asked)
        # Chances among the sources that may answer: what is passed over gives its share to the others.
        allowed = self._answering(query.without)
        told = self._pooling.has_text
        left = np.exp(meaning.chances[allowed]) if len(meaning.chances) else meaning.chances
        left = left / left.sum() if len(left) else left
        beyond, within = (
            float(meaning.scores[allowed & of_kind].max(initial=0.0)) if len(left) else 0.0 for of_kind in (~told, told)
        )
        return Evidence(
            similarity=max((hit.similarity for hit in hits[:3]), default=0.0),
            chance=float(np.log(left.max())) if len(left) else 0.0,
            coverage=max((hit.words for hit in hits[:3]), default=0.0),
            known=known / len(asked) if asked else 0.0,
            foreign=not self._is_own(query),
            share=hits[0].score if hits and self._weighs else 0.0,
            length=len(query.text) ** 0.5,
            told=float(left[told[allowed]].sum()) if len(left) else 0.0,
            kinds={kind: one.chance for kind, one in likely.items()},
            beyond=beyond,
            contrast=within - beyond,
            first_is_told=bool(hits) and bool(told[self._number[hits[0].source]]),
        )


def _evidence_of(legs: Sequence[Pool]) -> NDArray[np.float32]:
    """The evidence of the legs of a hybrid search, where meaning comes first."""
    meaning, words = legs[0], legs[1] if len(legs) > 1 else None
    return evidence(meaning, words, meaning.chances)


def _best(scores: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    """The rows with the highest scores above 0, best first."""
    found = np.flatnonzero(scores > 0)
    if len(found) > limit:
        found = found[np.argpartition(-scores[found], limit - 1)[:limit]]  # unordered, but linear
    ordered: NDArray[np.int64] = found[np.argsort(-scores[found], kind="stable")]
    return ordered


def _rows_by_facet(passages: Iterable[Passage]) -> dict[tuple[str, str], frozenset[int]]:
    rows: dict[tuple[str, str], set[int]] = {}
    for row, passage in enumerate(passages):
        for facet in passage.facets.items():
            rows.setdefault(facet, set()).add(row)
    return {facet: frozenset(found) for facet, found in rows.items()}
