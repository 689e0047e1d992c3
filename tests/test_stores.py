"""The contract every vector store keeps: a new one joins with its line in `STORES`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.encoder import Vectors
from index.store import Rows, VectorStore, new_store, open_store

NewStore = Callable[[int], VectorStore]  # an empty store for vectors of this dimension

STORES: dict[str, NewStore] = {"faiss": new_store}  # by the scheme of its address

EAST, NORTH, BETWEEN = [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]


@pytest.fixture(params=STORES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(scheme: str) -> VectorStore:
    """Three vectors under rows with gaps between."""
    store = STORES[scheme](2)
    store.add([3, 7, 40], vectors(EAST, NORTH, BETWEEN))
    return store


def test_the_nearest_come_first_with_their_cosine(store: VectorStore) -> None:
    assert found(store, vector(EAST), 3) == [(3, 1.0), (40, 0.6), (7, 0.0)]


def test_at_most_as_many_come_as_asked_for(store: VectorStore) -> None:
    assert [row for row, _ in found(store, vector(NORTH), 2)] == [7, 40]


def test_asking_for_more_than_there_are_gives_those_there_are(store: VectorStore) -> None:
    assert sorted(row for row, _ in found(store, vector(NORTH), 100)) == [3, 7, 40]


def test_only_given_rows_are_searched(store: VectorStore) -> None:
    assert found(store, vector(EAST), 3, rows(7, 40)) == [(40, 0.6), (7, 0.0)]


@pytest.mark.parametrize(("among", "kept"), [([40, 41, 99], [40]), ([1, 2], []), ([], [])])
def test_rows_that_are_not_kept_never_show(store: VectorStore, among: list[int], kept: list[int]) -> None:
    assert [row for row, _ in found(store, vector(EAST), 3, rows(*among))] == kept


def test_opposite_vectors_are_found_too(store: VectorStore) -> None:
    assert found(store, vector([-1.0, 0.0]), 1, rows(3)) == [(3, -1.0)]


def test_an_empty_store_finds_nothing(scheme: str) -> None:
    store = STORES[scheme](2)

    assert store.count() == 0
    assert found(store, vector(EAST), 5) == []
    assert found(store, vector(EAST), 5, rows(1, 2)) == []


def test_adding_a_row_again_replaces_it(store: VectorStore) -> None:
    store.add([3], vectors(NORTH))

    assert store.count() == 3
    assert sorted(found(store, vector(EAST), 5)) == [(3, 0.0), (7, 0.0), (40, 0.6)]


def test_a_removed_row_is_not_found_again(store: VectorStore) -> None:
    store.remove([3, 7])

    assert store.count() == 1
    assert found(store, vector(EAST), 5) == [(40, 0.6)]


def test_removing_unknown_rows_changes_nothing(store: VectorStore, scheme: str) -> None:
    store.remove([1000])
    store.remove([])
    empty = STORES[scheme](2)
    empty.remove([1])

    assert (store.count(), empty.count()) == (3, 0)


def test_adding_nothing_changes_nothing(store: VectorStore) -> None:
    store.add([], np.empty((0, 2), np.float32))

    assert store.count() == 3


def test_an_opened_store_answers_as_the_saved_one(store: VectorStore, scheme: str, tmp_path: Path) -> None:
    store.save(tmp_path / "vectors")

    opened = open_store(f"{scheme}://{tmp_path / 'vectors'}")

    assert opened.count() == 3
    assert found(opened, vector(BETWEEN), 3) == found(store, vector(BETWEEN), 3)


def test_an_opened_store_can_be_changed(store: VectorStore, scheme: str, tmp_path: Path) -> None:
    store.save(tmp_path / "vectors")

    opened = open_store(f"{scheme}://{tmp_path / 'vectors'}")
    opened.remove([40])
    opened.add([8], vectors(EAST))

    assert sorted(row for row, _ in found(opened, vector(EAST), 5)) == [3, 7, 8]


def test_a_plain_path_is_a_faiss_store(tmp_path: Path) -> None:
    store = new_store(2)
    store.add([5], vectors(EAST))
    store.save(tmp_path / "vectors.faiss")

    assert found(open_store(str(tmp_path / "vectors.faiss")), vector(EAST), 1) == [(5, 1.0)]


def test_an_unknown_kind_of_store_is_named() -> None:
    with pytest.raises(ValueError, match=r"No vector store for 'redis://'\. Known: faiss://<path>"):
        open_store("redis://localhost/0")


@given(data=st.data(), seed=st.integers(0, 1000), size=st.integers(1, 40), limit=st.integers(1, 50))
@pytest.mark.parametrize("new", STORES.values(), ids=STORES)
def test_search_is_exact(new: NewStore, data: st.DataObject, seed: int, size: int, limit: int) -> None:
    kept = np.random.default_rng(seed).normal(size=(size + 1, 8)).astype(np.float32)
    kept /= np.linalg.norm(kept, axis=1, keepdims=True)
    asked, kept = kept[-1], kept[:-1]
    among = data.draw(st.sets(st.integers(0, size + 5), min_size=1))
    store = new(8)
    store.add(range(size), kept)

    nearest, cosines = store.search(asked, limit, rows(*sorted(among)))

    wanted = sorted((row for row in among if row < size), key=lambda row: -float(kept[row] @ asked))[:limit]
    assert nearest.tolist() == wanted
    np.testing.assert_allclose(cosines, kept[wanted] @ asked, atol=1e-5)


def found(store: VectorStore, asked: Vectors, limit: int, among: Rows | None = None) -> list[tuple[int, float]]:
    nearest, cosines = store.search(asked, limit, among)
    return [(row, round(cosine, 5)) for row, cosine in zip(nearest.tolist(), cosines.tolist(), strict=True)]


def vectors(*given: list[float]) -> Vectors:
    return np.array(given, np.float32)


def vector(given: list[float]) -> Vectors:
    return np.array(given, np.float32)


def rows(*given: int) -> Rows:
    return np.array(given, np.int64)
