"""The contract every vector store keeps: a new one joins with its line in `KINDS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import faiss_store, pgvector_store
from index.database import connect, migrate
from index.encoder import Vectors
from index.faiss_store import GRAPH_FROM, FlatStore, GraphStore, new_faiss_store, new_snapshot, open_faiss_store
from index.pgvector_store import PgvectorStore
from index.store import Rows, VectorStore
from tests.postgres import Server

NewStore = Callable[[int], VectorStore]  # an empty store for vectors of this dimension
Reopen = Callable[[VectorStore, Path], VectorStore]  # the store as another process finds it


def reopen_faiss(store: VectorStore, folder: Path) -> VectorStore:
    assert isinstance(store, FlatStore | GraphStore)
    store.save(folder / "vectors.faiss")
    return open_faiss_store(folder / "vectors.faiss", changeable=True)


def reopen_pgvector(store: VectorStore, _: Path) -> VectorStore:
    assert isinstance(store, PgvectorStore)
    return PgvectorStore(store.sessions, store.kreis, store.generation, 2)


REOPEN: dict[str, Reopen] = {
    "flat": reopen_faiss,
    "halved": reopen_faiss,
    "graph": reopen_faiss,
    "pgvector": reopen_pgvector,
}
EXACT = {"flat": 1e-5, "halved": 1e-3, "graph": 1e-5, "pgvector": 1e-5}  # what a cosine may differ by


@pytest.fixture(scope="module")
def new_pgvector_store(postgres: Server) -> Iterator[NewStore]:
    generations = count()
    with connect(postgres.new_database(), "wetterau") as session:
        migrate(session)
        yield lambda dimension: PgvectorStore(lambda: nullcontext(session), "wetterau", next(generations), dimension)


@pytest.fixture(scope="module", params=REOPEN)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def new(kind: str, request: pytest.FixtureRequest) -> NewStore:
    if kind == "pgvector":
        stores: NewStore = request.getfixturevalue("new_pgvector_store")
        return stores
    faiss: dict[str, NewStore] = {"flat": FlatStore.empty, "halved": FlatStore.halved, "graph": GraphStore.empty}
    return faiss[kind]


EAST, NORTH, BETWEEN = [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]


@pytest.fixture
def store(new: NewStore) -> VectorStore:
    """Three vectors under rows with gaps between."""
    store = new(2)
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


def test_an_empty_store_finds_nothing(new: NewStore) -> None:
    store = new(2)

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


def test_removing_unknown_rows_changes_nothing(store: VectorStore, new: NewStore) -> None:
    store.remove([1000])
    store.remove([])
    empty = new(2)
    empty.remove([1])

    assert (store.count(), empty.count()) == (3, 0)


def test_adding_nothing_changes_nothing(store: VectorStore) -> None:
    store.add([], np.empty((0, 2), np.float32))

    assert store.count() == 3


def test_an_opened_store_answers_as_the_saved_one(store: VectorStore, kind: str, tmp_path: Path) -> None:
    opened = REOPEN[kind](store, tmp_path)

    assert opened.count() == 3
    assert found(opened, vector(BETWEEN), 3) == found(store, vector(BETWEEN), 3)


def test_an_opened_store_can_be_changed(store: VectorStore, kind: str, tmp_path: Path) -> None:
    opened = REOPEN[kind](store, tmp_path)
    opened.remove([40])
    opened.add([8], vectors(EAST))

    assert sorted(row for row, _ in found(opened, vector(EAST), 5)) == [3, 7, 8]


def test_what_is_only_read_is_shared_and_answers_alike(tmp_path: Path) -> None:
    for store in (FlatStore.empty(2), GraphStore.empty(2)):
        store.add([3, 7, 40], vectors(EAST, NORTH, BETWEEN))
        store.save(tmp_path / "vectors.faiss")

        assert found(open_faiss_store(tmp_path / "vectors.faiss"), vector(EAST), 2) == [(3, 1.0), (40, 0.6)]


def test_faiss_keeps_a_graph_only_where_there_are_many() -> None:
    kinds = [type(new_faiss_store(2, expected)) for expected in (0, GRAPH_FROM - 1, GRAPH_FROM)]

    assert kinds == [FlatStore, FlatStore, GraphStore]


def test_a_compact_snapshot_finds_the_same_in_a_quarter_of_the_memory(tmp_path: Path) -> None:
    kept = random_vectors(2000, 64)
    sizes, nearest = [], []
    for compact in (False, True):
        store = new_snapshot(64, compact)
        store.add(range(2000), kept)
        store.save(tmp_path / "snapshot")
        sizes.append((tmp_path / "snapshot").stat().st_size)
        nearest.append(store.search(kept[5], 10)[0].tolist())

    assert sizes[1] < 0.4 * sizes[0]  # the row numbers take their share
    assert len(set(nearest[0]) & set(nearest[1])) >= 9


@pytest.mark.parametrize("kind", ["graph", "pgvector"], indirect=True)
def test_through_the_graph_nearly_all_the_nearest_are_found_and_nothing_removed(new: NewStore) -> None:
    kept = random_vectors(1500, 16)
    store = new(16)
    store.add(range(1500), kept)
    if isinstance(store, PgvectorStore):
        assert not store.has_graph()
        store.build_graph()
        assert store.has_graph()
    store.remove(range(0, 1500, 10))
    asked, alive = random_vectors(20, 16, seed=1), [row for row in range(1500) if row % 10]

    recall = []
    for one in asked:
        nearest, cosines = store.search(one, 10)
        wanted = sorted(alive, key=lambda row: -float(kept[row] @ one))[:10]
        recall.append(len(set(nearest.tolist()) & set(wanted)) / 10)
        np.testing.assert_allclose(cosines, kept[nearest] @ one, atol=1e-5)

    assert np.mean(recall) > 0.97


@given(data=st.data(), seed=st.integers(0, 1000), size=st.integers(1, 40), limit=st.integers(1, 50))
def test_search_is_exact(new: NewStore, kind: str, data: st.DataObject, seed: int, size: int, limit: int) -> None:
    kept = np.random.default_rng(seed).normal(size=(size + 1, 8)).astype(np.float32)
    kept /= np.linalg.norm(kept, axis=1, keepdims=True)
    asked, kept = kept[-1], kept[:-1]
    among = data.draw(st.sets(st.integers(0, size + 5), min_size=1))
    store = new(8)
    store.add(range(size), kept)

    nearest, cosines = store.search(asked, limit, rows(*sorted(among)))

    allowed = [row for row in among if row < size]
    wanted = sorted((float(kept[row] @ asked) for row in allowed), reverse=True)[:limit]
    assert set(nearest.tolist()) <= set(allowed)
    # The cosines of the rows found are theirs, and there are no higher ones: to the last digit, or to half a float's.
    np.testing.assert_allclose(cosines, kept[nearest] @ asked, atol=EXACT[kind])
    np.testing.assert_allclose(cosines, wanted, atol=EXACT[kind])


def found(store: VectorStore, asked: Vectors, limit: int, among: Rows | None = None) -> list[tuple[int, float]]:
    nearest, cosines = store.search(asked, limit, among)
    return [(row, round(cosine, 3)) for row, cosine in zip(nearest.tolist(), cosines.tolist(), strict=True)]


def vectors(*given: list[float]) -> Vectors:
    return np.array(given, np.float32)


def vector(given: list[float]) -> Vectors:
    return np.array(given, np.float32)


def rows(*given: int) -> Rows:
    return np.array(given, np.int64)


def random_vectors(size: int, dimension: int, seed: int = 0) -> Vectors:
    drawn = np.random.default_rng(seed).normal(size=(size, dimension)).astype(np.float32)
    unit: Vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


def test_the_more_rows_the_broader_a_graph_is_searched() -> None:
    sizes = (0, 50_000, 100_000, 1_000_000, 10_000_000)
    assert [faiss_store.search_breadth(rows) for rows in sizes] == [128, 128, 128, 405, 1280]
    assert [pgvector_store.search_breadth(rows) for rows in sizes] == [100, 100, 100, 794, 1000]
