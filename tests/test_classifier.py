"""What is learned from the passages hangs on all of them, and on no single one."""

from __future__ import annotations

import numpy as np

from index.classifier import Classifier, train
from index.encoder import Vectors

SOURCES, EXAMPLES, DIMENSION = 60, 40, 48


def some_vectors() -> tuple[Vectors, list[str]]:
    """Unit vectors around one direction a source, far enough apart to be learned and near enough to be confused."""
    random = np.random.default_rng(3)
    directions = random.normal(size=(SOURCES, DIMENSION))
    sources = [at for at in range(SOURCES) for _ in range(EXAMPLES)]
    vectors = directions[sources] + 2.5 * random.normal(size=(len(sources), DIMENSION))
    units: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return units, [f"offer/{at}" for at in sources]


def chances(classifier: Classifier, vectors: Vectors) -> Vectors:
    return np.exp(np.stack([classifier.log_chances(vector) for vector in vectors]))


def test_sources_are_told_from_their_examples() -> None:
    vectors, sources = some_vectors()
    right = chances(train(vectors, sources), vectors).argmax(axis=1) == [int(source[6:]) for source in sources]
    assert right.mean() > 0.6  # of sixty, in this much noise


def test_one_example_less_changes_next_to_nothing() -> None:
    vectors, sources = some_vectors()
    others = np.arange(len(sources)) != 7
    whole = chances(train(vectors, sources), vectors[others])
    without = chances(
        train(vectors[others], [s for s, kept in zip(sources, others, strict=True) if kept]), vectors[others]
    )
    other_sources = slice(1, None)  # the one that lost an example may well know a little less
    assert np.abs(whole - without)[:, other_sources].max() < 0.02
    assert (whole.argmax(axis=1) == without.argmax(axis=1)).mean() > 0.995


def test_the_same_content_gives_the_same_index() -> None:
    vectors, sources = some_vectors()
    assert np.array_equal(train(vectors, sources).weights, train(vectors, sources).weights)
