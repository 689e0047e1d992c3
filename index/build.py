"""Brings an index up to date: encodes what is new, drops what is gone, leaves the rest.

The new index is written beside the old one and swapped in whole by renaming one small file, so an interruption at any
moment leaves the old one serving. Searching is `retriever`'s work.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from index.centering import Centering, question_means
from index.classifier import Classifier, train
from index.encoder import Encoder, Progress, Vectors
from index.lexical import LexicalIndex
from index.pooling import QUESTION
from index.store import VectorStore, new_store, open_store
from index.types import Passage

FORMAT = "2"  # raise when files of an older version cannot be read any more
MEND = "Run: assistant index"
WORDS_ONLY = "words-only"  # the version of an index that was made in memory, without vectors


class IndexMissing(Exception):
    """There is no index to serve, or not one this version can read; the message names the command that mends it."""


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


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """A finished index, read from disk."""

    version: str
    made_at: str
    encoder: str
    passages: tuple[Passage, ...]
    vectors: Vectors
    centering: Centering
    store: VectorStore
    lexical: LexicalIndex
    classifier: Classifier | None  # None where no passage is a question: there is nothing to learn from


def build_index(
    folder: Path,
    passages: Sequence[Passage],
    encoder: Encoder,
    samples: Mapping[str, Sequence[str]],
    started: Callable[[int], Progress] | None = None,
) -> BuildReport:
    """Bring the index in `folder` up to date with `passages`; `started(texts)` is asked for a progress bar."""
    old = _previous(folder, encoder.name)
    known = {_digest(p): old.vectors[row] for row, p in enumerate(old.passages)} if old else {}
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
    _write(folder, passages, vectors, means, encoder)
    return report


def centered(passages: Sequence[Passage], vectors: Vectors, centering: Centering) -> Vectors:
    """Vectors as they are searched: passages without the mean passage, questions without their language's mean."""
    result = centering.center_passages(vectors)
    for language in {p.language for p in passages if p.kind == QUESTION}:
        rows = [row for row, p in enumerate(passages) if p.kind == QUESTION and p.language == language]
        result[rows] = centering.center_questions(vectors[rows], language)
    return result


def open_index(folder: Path, encoder_name: str | None = None) -> OpenIndex:
    """Read the index now in force. Raises IndexMissing when there is none, or one made by another model or version."""
    current = _current(folder)
    if not current:
        raise IndexMissing(f"No index at {folder}. {MEND}")
    return open_version(folder / current, encoder_name)


def open_version(version: Path, encoder_name: str | None = None) -> OpenIndex:
    """Read one version of an index, in force or not. Raises IndexMissing when it cannot be searched."""
    folder = version.parent
    try:
        about: dict[str, Any] = json.loads((version / "index.json").read_text())
        if about["format"] != FORMAT:
            raise IndexMissing(
                f"The index at {folder} has format {about['format']}, this version reads {FORMAT}. {MEND}"
            )
        if encoder_name is not None and about["encoder"] != encoder_name:
            raise IndexMissing(
                f"The index at {folder} was made with the model '{about['encoder']}', the questions would be encoded "
                f"with '{encoder_name}'. {MEND}"
            )
        # Split at line feeds only: `splitlines` would also cut at U+2028, which pasted text may hold.
        lines = (version / "passages.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
        passages = tuple(Passage(**json.loads(line)) for line in lines)
        opened = OpenIndex(
            version=version.name,
            made_at=about["made_at"],
            encoder=about["encoder"],
            passages=passages,
            vectors=np.load(version / "vectors.npy"),
            centering=Centering.open(version / "means.npz"),
            store=open_store(str(version / "vectors.faiss")),
            lexical=LexicalIndex.open(version / "lexical"),
            classifier=Classifier.open(version / "classifier.npz") if _has_questions(passages) else None,
        )
    except IndexMissing:
        raise
    except Exception as error:  # numpy, FAISS, json and the file system each have their own way to say "damaged"
        raise IndexMissing(f"The index at {version} is damaged ({error}). {MEND}") from error
    if not len(opened.passages) == len(opened.vectors) == opened.store.count() == opened.lexical.size:
        raise IndexMissing(f"The index at {version} is not whole. {MEND}")
    return opened


def words_only(passages: Sequence[Passage]) -> OpenIndex:
    """An index in memory that only the words are searched of: for times when no other can be read."""
    return OpenIndex(
        version=WORDS_ONLY,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        encoder="",
        passages=tuple(passages),
        vectors=np.empty((0, 1), np.float32),
        centering=Centering(np.zeros(1, np.float32), {}),
        store=new_store(1),
        lexical=LexicalIndex.build([p.searched for p in passages]),
        classifier=None,
    )


def _has_questions(passages: Sequence[Passage]) -> bool:
    return any(passage.kind == QUESTION for passage in passages)


def _previous(folder: Path, encoder_name: str) -> OpenIndex | None:
    try:
        return open_index(folder, encoder_name)
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


def _write(
    folder: Path, passages: Sequence[Passage], vectors: Vectors, means: Mapping[str, Any], encoder: Encoder
) -> None:
    """Write a version beside the others, then point to it, then clear the ones nobody reads any more."""
    version = folder / uuid.uuid4().hex[:12]
    version.mkdir(parents=True)
    as_text = [p for p in range(len(passages)) if passages[p].kind != QUESTION]
    mean = vectors[as_text].mean(axis=0) if as_text else np.zeros(encoder.dimension, np.float32)
    centering = Centering(mean, means)
    np.save(version / "vectors.npy", vectors)
    centering.save(version / "means.npz")
    store = new_store(encoder.dimension)
    searched = centered(passages, vectors, centering)
    store.add(range(len(passages)), searched)
    store.save(version / "vectors.faiss")
    if _has_questions(passages):
        train(searched, [p.source for p in passages]).save(version / "classifier.npz")
    LexicalIndex.build([p.searched for p in passages]).save(version / "lexical")
    with (version / "passages.jsonl").open("w", encoding="utf-8") as file:
        for passage in passages:
            file.write(json.dumps(asdict(passage), ensure_ascii=False) + "\n")
    about = {"format": FORMAT, "encoder": encoder.name, "made_at": datetime.now(UTC).isoformat(timespec="seconds")}
    (version / "index.json").write_text(json.dumps(about))
    before = _current(folder)
    _point_to(folder, version.name)
    for other in folder.iterdir():
        # The version before stays: a process that serves may still be reading it.
        if other.is_dir() and other.name not in (version.name, before):
            shutil.rmtree(other, ignore_errors=True)


def _current(folder: Path) -> str | None:
    pointer = folder / "CURRENT"
    return pointer.read_text().strip() if pointer.exists() else None


def _point_to(folder: Path, name: str) -> None:
    """Make a version the one in force: a rename either happens or does not."""
    aside = folder / f"CURRENT.{os.getpid()}"
    with aside.open("w") as file:
        file.write(name)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / "CURRENT")
