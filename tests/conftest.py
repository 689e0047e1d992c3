"""Small helpers that several tests share: an encoder whose vectors can be worked out by hand, and a passage builder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import settings

from index.encoder import Progress, Vectors
from index.lexical import words
from index.types import Passage
from tests.postgres import Server

settings.register_profile("patient", deadline=None)  # a busy machine is no failure
settings.load_profile("patient")

os.environ["LOTSE_JOURNAL"] = "off"  # tests leave nothing in var; those of the journal name a file of their own


class WordEncoder:
    """A small model of the real thing: every word is an axis, so texts are as near as they share words."""

    def __init__(self, name: str = "words", dimension: int = 256) -> None:
        self.name = name
        self.dimension = dimension
        self.encoded: list[str] = []  # every text it was ever given

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if progress:
            progress(len(texts))
        return self._encode(texts)

    def axis(self, word: str) -> int:
        return crc32(word.encode()) % self.dimension

    def _encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in words(text) or [""]:  # a text without words has a vector too, as in the real model
                vectors[row, self.axis(word)] += 1
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True) if len(texts) else vectors
        return unit


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server that all tests share, each with a database of its own."""
    server = Server()
    yield server
    server.close()


@pytest.fixture(params=["file", "database"])
def journal_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a journal can be kept."""
    if request.param == "file":
        return str(tmp_path / "journal" / "journal.sqlite")
    server: Server = request.getfixturevalue("postgres")
    return server.new_database(with_vector=False)


def passage(
    text: str,
    source: str = "offer",
    kind: str = "text",
    context: str = "",
    language: str = "de",
    facets: Mapping[str, str] | None = None,
) -> Passage:
    """A passage whose id follows from its source, kind and text."""
    return Passage(f"{source}/{kind}/{text}", source, kind, text, context, language, facets or {})
