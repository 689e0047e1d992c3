"""What is told in a question is learned from whole labelled messages, and found wherever in a message it stands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.tagger import LEAST, Tagger, train

DIMENSION = 24
Floats = NDArray[np.float32]


def some_messages(count: int = 400) -> tuple[list[Floats], list[set[str]]]:
    """Messages of three to fifteen pieces of noise; one of them points one way for each tag that is told."""
    random = np.random.default_rng(5)
    directions = {"status=unemployed": random.normal(size=DIMENSION), "children=true": random.normal(size=DIMENSION)}
    states, labels = [], []
    for _ in range(count):
        pieces = random.normal(size=(random.integers(3, 16), DIMENSION))
        told = {tag for tag in directions if random.random() < 0.3}
        for tag in told:
            pieces[random.integers(len(pieces))] += 2 * directions[tag]
        states.append((3 + 2 * pieces).astype(np.float32))  # neither centred nor of unit spread, as states are
        labels.append(told)
    return states, labels


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return train("toy", *some_messages())


def test_what_is_told_is_found_in_messages_that_taught_nothing(tagger: Tagger) -> None:
    states, labels = some_messages(600)
    new = list(zip(states, labels, strict=True))[400:]
    right = [(tagger.chances(one)[tag] > 0.5) == (tag in told) for one, told in new for tag in tagger.tags]
    assert np.mean(right) > 0.9


def test_where_in_a_message_it_stands_makes_no_difference(tagger: Tagger) -> None:
    states, _ = some_messages(1)
    turned = tagger.chances(states[0][::-1])
    assert turned == pytest.approx(tagger.chances(states[0]), abs=1e-5)


def test_what_hardly_anybody_told_is_not_learned() -> None:
    states, labels = some_messages(60)
    labels = [told | ({"benefit=alg1"} if at < LEAST - 1 else set()) for at, told in enumerate(labels)]
    assert "benefit=alg1" not in train("toy", states, labels).tags


def test_the_same_messages_teach_the_same() -> None:
    messages = some_messages(60)
    assert np.array_equal(train("toy", *messages).weights, train("toy", *messages).weights)


def test_it_is_read_as_it_was_saved(tagger: Tagger, tmp_path: Path) -> None:
    tagger.save(tmp_path / "tagger.npz")
    read = Tagger.open(tmp_path / "tagger.npz")
    states, _ = some_messages(1)
    assert (read.model, read.tags) == ("toy", tagger.tags)
    assert read.chances(states[0]) == pytest.approx(tagger.chances(states[0]), abs=0.02)  # two bytes a number


def test_a_question_without_states_tells_nothing(tagger: Tagger) -> None:
    assert tagger.chances(np.empty((0, 0), np.float32)) == {}
