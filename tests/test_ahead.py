"""Vectors begun ahead: encoded once, elsewhere, and errors are told to who asks."""

import threading
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from index.ahead import AT_ONCE, Ahead

Vector = NDArray[np.float32]
Encode = Callable[[str], Vector]


@pytest.fixture
def encoded() -> list[tuple[str, str]]:
    """What was encoded, with the name of the thread that did it."""
    return []


@pytest.fixture
def encode(encoded: list[tuple[str, str]]) -> Encode:
    def encode(text: str) -> Vector:
        encoded.append((text, threading.current_thread().name))
        return np.full(2, len(text), np.float32)

    return encode


def test_what_was_begun_is_encoded_once_and_elsewhere(encode: Encode, encoded: list[tuple[str, str]]) -> None:
    ahead = Ahead(encode, 4)

    ahead.begin("Umschulung")
    ahead.begin("Umschulung")

    assert ahead.made("Umschulung").tolist() == [10, 10]
    assert [text for text, _ in encoded] == ["Umschulung"]
    assert encoded[0][1].startswith("encode")


def test_begin_does_not_wait_for_the_vector() -> None:
    go_on = threading.Event()

    def slow(text: str) -> Vector:
        assert go_on.wait(10)
        return np.zeros(2, np.float32)

    ahead = Ahead(slow, 4)
    ahead.begin("Umschulung")
    go_on.set()  # never reached if `begin` waited for what waits for this

    assert ahead.made("Umschulung").tolist() == [0, 0]


def test_several_are_begun_at_once_and_each_encoded_once(encode: Encode, encoded: list[tuple[str, str]]) -> None:
    ahead = Ahead(encode, 8)
    texts = ["eins", "zwei", "drei", "vier", "fünf", "zwei"]

    ahead.begin(*texts)

    assert [ahead.made(text)[0] for text in texts] == [4, 4, 4, 4, 4, 4]
    assert sorted(text for text, _ in encoded) == sorted(set(texts))


def test_beginning_nothing_is_nothing(encode: Encode, encoded: list[tuple[str, str]]) -> None:
    Ahead(encode, 4).begin()

    assert encoded == []


def test_who_asks_for_what_still_waits_in_a_queue_encodes_it() -> None:
    go_on, encoded = threading.Event(), dict[str, str]()

    def slow(text: str) -> Vector:
        encoded[text] = threading.current_thread().name
        assert text == "last" or go_on.wait(10)
        return np.zeros(2, np.float32)

    ahead = Ahead(slow, 16)
    ahead.begin(*map(str, range(AT_ONCE)), "last")  # every thread is busy until `go_on`

    assert ahead.made("last").tolist() == [0, 0]
    assert encoded["last"] == threading.current_thread().name
    go_on.set()


def test_what_was_not_begun_is_encoded_here(encode: Encode, encoded: list[tuple[str, str]]) -> None:
    Ahead(encode, 4).made("Umschulung")

    assert encoded == [("Umschulung", threading.current_thread().name)]


def test_only_the_last_vectors_are_remembered(encode: Encode, encoded: list[tuple[str, str]]) -> None:
    ahead = Ahead(encode, 2)

    for text in ("eins", "zwei", "drei", "drei", "eins"):
        ahead.made(text)

    assert [text for text, _ in encoded] == ["eins", "zwei", "drei", "eins"]


def test_an_error_is_told_and_not_remembered() -> None:
    errors = [RuntimeError("the model is gone")]

    def encode(text: str) -> Vector:
        if errors:
            raise errors.pop()
        return np.ones(2, np.float32)

    ahead = Ahead(encode, 4)

    with pytest.raises(RuntimeError, match="gone"):
        ahead.made("Umschulung")
    assert ahead.made("Umschulung").tolist() == [1, 1]
