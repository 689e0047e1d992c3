"""Brings an index up to date: encodes what is new, drops what is gone, leaves the rest.

Where it is kept is the business of its `home`, searching it that of `retriever`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.centering import Centering, question_means
from index.classifier import train
from index.encoder import Encoder, Progress, Vectors
from index.faiss_store import new_faiss_store
from index.home import Contents, IndexHome, IndexMissing, OpenIndex, open_home
from index.lexical import LexicalIndex
from index.pooling import QUESTION
from index.types import Passage

# How far the mean passage may move (Euclidean) before every vector is centred anew. A fifth of the texts gone moves it
# by .006, which turns a vector by less than a degree; so a small change writes only what changed (2026-11).
DRIFT = 0.01
WORDS_ONLY = "words-only"  # the version of an index that was made in memory, without vectors


@dataclass(frozen=True, slots=True)
class BuildReport:
    """How many passages were encoded, left as they were, and dropped."""

    encoded: int
    kept: int
    dropped: int

    @property
    def changed(self) -> bool:
        """Whether a new index was written."""
        return bool(self.encoded or self.dropped)


def build_index(
    home: IndexHome | Path,
    passages: Sequence[Passage],
    encoder: Encoder,
    samples: Mapping[str, Sequence[str]],
    started: Callable[[int], Progress] | None = None,
) -> BuildReport:
    """Bring the index in `home` up to date with `passages`; `started(texts)` is asked for a progress bar."""
    home = open_home(home) if isinstance(home, Path) else home
    old = _previous(home, encoder.name)
    known = {_digest(p): vector for p, vector in zip(old.passages, old.vectors(), strict=True)} if old else {}
    new = [p for p in passages if _digest(p) not in known]
    dropped = len(known.keys() - {_digest(p) for p in passages})
    report = BuildReport(len(new), len(passages) - len(new), dropped)
    languages = {language for language, texts in samples.items() if texts}
    same_languages = old is not None and set(old.centering.questions) == languages
    if old and same_languages and not report.changed and old.passages == tuple(passages):
        return report
    progress = started(len(new)) if started and new else None
    known |= _encode(new, encoder, progress)
    vectors = np.stack([known[_digest(p)] for p in passages]) if passages else np.empty((0, encoder.dimension), "f4")
    means = old.centering.questions if old and same_languages else question_means(encoder, samples)
    centering = Centering(_mean_text(passages, vectors), means)
    if old and same_languages and np.linalg.norm(centering.passages - old.centering.passages) < DRIFT:
        centering = old.centering
    home.write(_contents(encoder.name, passages, vectors, centering))
    return report


def centered(passages: Sequence[Passage], vectors: Vectors, centering: Centering) -> Vectors:
    """Vectors as they are searched: passages without the mean passage, questions without their language's mean."""
    result = centering.center_passages(vectors)
    for language in {p.language for p in passages if p.kind == QUESTION}:
        rows = [row for row, p in enumerate(passages) if p.kind == QUESTION and p.language == language]
        result[rows] = centering.center_questions(vectors[rows], language)
    return result


def open_index(address: Path | str, encoder_name: str | None = None) -> OpenIndex:
    """Read the index now in force. Raises IndexMissing when there is none, or one made by another model or version."""
    return open_home(address).open(encoder_name)


def words_only(passages: Sequence[Passage]) -> OpenIndex:
    """An index in memory that only the words are searched of: for times when no other can be read."""
    return OpenIndex(
        version=WORDS_ONLY,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        encoder="",
        passages=tuple(passages),
        vectors=lambda: np.empty((0, 1), np.float32),
        centering=Centering(np.zeros(1, np.float32), {}),
        store=new_faiss_store(1),
        lexical=LexicalIndex.build([p.searched for p in passages]),
        classifier=None,
    )


def _previous(home: IndexHome, encoder_name: str) -> OpenIndex | None:
    try:
        return home.open(encoder_name)
    except IndexMissing:
        return None


def _digest(passage: Passage) -> str:
    """What decides whether a passage must be encoded anew: its text, and whether it is encoded as a question."""
    key = f"{passage.kind == QUESTION}\0{passage.searched}"
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def _encode(passages: Sequence[Passage], encoder: Encoder, progress: Progress | None) -> dict[str, Vectors]:
    questions = [p for p in passages if p.kind == QUESTION]
    texts = [p for p in passages if p.kind != QUESTION]
    known = dict(zip(map(_digest, questions), encoder.encode_queries([p.searched for p in questions]), strict=True))
    if progress:
        progress(len(questions))
    known |= zip(map(_digest, texts), encoder.encode_passages([p.searched for p in texts], progress), strict=True)
    return known


def _mean_text(passages: Sequence[Passage], vectors: Vectors) -> NDArray[np.float32]:
    as_text = [row for row, passage in enumerate(passages) if passage.kind != QUESTION]
    mean: NDArray[np.float32] = vectors[as_text].mean(axis=0) if as_text else np.zeros(vectors.shape[1], np.float32)
    return mean


def _contents(encoder: str, passages: Sequence[Passage], vectors: Vectors, centering: Centering) -> Contents:
    searched = centered(passages, vectors, centering)
    has_questions = any(passage.kind == QUESTION for passage in passages)
    return Contents(
        encoder=encoder,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        passages=passages,
        vectors=vectors,
        searched=searched,
        centering=centering,
        lexical=LexicalIndex.build([p.searched for p in passages]),
        classifier=train(searched, [p.source for p in passages]) if has_questions else None,
    )
