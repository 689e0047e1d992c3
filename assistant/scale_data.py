"""Composes as many passages as a measurement of scale needs, no easier to search than real ones.

Up to ten thousand are real embeddings of recombined texts; more are jittered between those. Measuring is in `scale`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoder import Encoder, Vectors
from index.pooling import QUESTION
from index.types import Passage

COMPOSED = 10_000
SENTENCES = 3  # of three different passages, below the title of a fourth
# A jittered vector lies between a composed one and one of its neighbours, off the line by NOISE of its length: copies
# around single points would be clusters that any search tells apart, noise alone would have no neighbours at all.
NEIGHBOURS = 20
NOISE = 0.3
CHUNK = 50_000  # vectors made at once: 77 MB
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def compose(passages: Sequence[Passage], size: int = COMPOSED, seed: int = 0) -> list[str]:
    """Texts that might stand in some Kreis's content: the title of one passage, sentences of others."""
    drawn = random.Random(seed)
    texts = [passage for passage in passages if passage.kind != QUESTION]
    titles = [passage.context for passage in texts if passage.context]
    sentences = [found for passage in texts for found in _SENTENCE.split(passage.text) if len(found) > 20]
    return [f"{drawn.choice(titles)}\n{' '.join(drawn.sample(sentences, SENTENCES))}" for _ in range(size)]


def composed_vectors(folder: Path, passages: Sequence[Passage], encoder: Encoder) -> Vectors:
    """The composed texts' vectors as encoded; kept in `folder`, for encoding takes minutes."""
    kept = folder / f"composed-{encoder.name}.npy"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(kept, encoder.encode_passages(compose(passages)))
    vectors: Vectors = np.load(kept)
    return vectors


def grown(composed: Vectors, size: int, seed: int = 0) -> Vectors:
    """The first `size` of the composed unit vectors, and jittered ones beyond them."""
    if size <= len(composed):
        return composed[:size]
    neighbours = _neighbours(composed)
    drawn = np.random.default_rng(seed)
    result = np.empty((size, composed.shape[1]), np.float32)
    result[: len(composed)] = composed
    for start in range(len(composed), size, CHUNK):
        end = min(start + CHUNK, size)
        result[start:end] = _jittered(composed, neighbours, end - start, drawn)
    return result


def _neighbours(vectors: Vectors) -> NDArray[np.int64]:
    """The nearest others of each vector, shape (vectors, NEIGHBOURS)."""
    found = [
        np.argpartition(-(vectors[at : at + 1000] @ vectors.T), NEIGHBOURS, axis=1)[:, : NEIGHBOURS + 1]
        for at in range(0, len(vectors), 1000)
    ]
    nearest = np.concatenate(found)
    others = nearest != np.arange(len(vectors))[:, None]
    return np.array([row[keep][:NEIGHBOURS] for row, keep in zip(nearest, others, strict=True)], np.int64)


def _jittered(composed: Vectors, neighbours: NDArray[np.int64], size: int, drawn: np.random.Generator) -> Vectors:
    one = drawn.integers(len(composed), size=size)
    other = neighbours[one, drawn.integers(NEIGHBOURS, size=size)]
    share = drawn.uniform(0.5, 1.0, (size, 1)).astype(np.float32)
    off = drawn.standard_normal((size, composed.shape[1]), np.float32)
    off *= NOISE / np.linalg.norm(off, axis=1, keepdims=True)
    mixed = share * composed[one] + (1 - share) * composed[other]
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    mixed += off
    unit: Vectors = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return unit
