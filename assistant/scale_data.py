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
# A jittered vector is a random mixture of a composed one and MIXED of its NEIGHBOURS, moved by NOISE in any direction.
# Noise alone would have far more dimensions than meaning has, copies around single points far fewer.
NEIGHBOURS = 20
MIXED = 6
OWN_SHARE = 0.4  # at least so much of a mixture is the composed vector itself
NOISE = 0.1
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
    own = drawn.integers(len(composed), size=size)
    others = neighbours[own[:, None], drawn.integers(NEIGHBOURS, size=(size, MIXED))]
    shares = drawn.dirichlet(np.ones(MIXED + 1), size).astype(np.float32) * (1 - OWN_SHARE)
    mixed = (shares[:, -1:] + OWN_SHARE) * composed[own]
    for at in range(MIXED):
        mixed += shares[:, at : at + 1] * composed[others[:, at]]
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    off = drawn.standard_normal((size, composed.shape[1]), np.float32)
    mixed += off * (NOISE / np.linalg.norm(off, axis=1, keepdims=True))
    unit: Vectors = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return unit


def intrinsic_dimension(vectors: Vectors, asked: Vectors, neighbours: int = 20) -> float:
    """How many directions the data has around a point: the maximum likelihood estimate of Levina and Bickel
    (NIPS 2004), as its median over the points asked. A search is as hard as this is high."""
    cosines = -np.partition(-(asked @ vectors.T), neighbours, axis=1)[:, : neighbours + 1]
    distances = np.sort(np.sqrt(np.maximum(2 - 2 * cosines, 1e-9)), axis=1)
    distances = distances[:, 1:]  # the nearest may be the point itself
    logs = np.log(distances[:, -1:] / distances[:, :-1])
    return float(np.median(1 / logs.mean(axis=1)))
