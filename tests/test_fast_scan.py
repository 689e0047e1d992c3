"""Codes find what an exact search finds, and are gone once they no longer say what is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.encoder import Vectors
from index.faiss_store import HALVED_FROM, FaissStore, new_faiss_store, open_faiss_store
from index.fast_scan import FastScan

ROWS = HALVED_FROM + 1000
DIMENSION = 64


def near_one_another(rows: int, seed: int = 0) -> Vectors:
    """Unit vectors around a hundred middles, as questions lie around what they ask for."""
    drawn = np.random.default_rng(seed)
    middles = np.random.default_rng(7).normal(size=(100, DIMENSION))
    vectors = middles[drawn.integers(100, size=rows)] + 0.7 * drawn.normal(size=(rows, DIMENSION))
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


KEPT = near_one_another(ROWS)
ASKED = near_one_another(40, seed=1)
NUMBERED = range(10, ROWS + 10)  # row numbers are not positions


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "vectors.faiss"
    exact().save(path)
    return path


def exact() -> FaissStore:
    """A store that was never opened has no codes: it compares with every row."""
    store = new_faiss_store(DIMENSION, ROWS)
    store.add(NUMBERED, KEPT)
    return store


@pytest.mark.parametrize("limit", [1, 10, 50])
def test_codes_find_the_rows_and_the_very_cosines_of_an_exact_search(saved: Path, limit: int) -> None:
    opened, compared = open_faiss_store(saved), exact()

    shared = []
    for asked in ASKED:
        rows, cosines = opened.search(asked, limit)
        wanted, _ = compared.search(asked, limit)
        shared.append(len(np.intersect1d(rows, wanted)) / limit)
        np.testing.assert_allclose(cosines, KEPT[rows - 10] @ asked, atol=1e-3)
        assert (np.diff(cosines) <= 0).all()
        assert len(rows) == limit

    assert np.mean(shared) > 0.99


def test_an_opened_store_is_searched_by_its_codes(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise AssertionError

    opened = open_faiss_store(saved)
    monkeypatch.setattr(FastScan, "search", fails)

    with pytest.raises(AssertionError):
        opened.search(ASKED[0], 5)


def test_among_given_rows_every_one_is_compared(saved: Path) -> None:
    among = np.array([10, 4000, ROWS + 9, ROWS + 10], np.int64)

    rows, _ = open_faiss_store(saved).search(ASKED[0], 10, among)

    assert sorted(rows) == [10, 4000, ROWS + 9]


def test_all_rows_come_when_all_are_asked_for(saved: Path) -> None:
    rows, _ = open_faiss_store(saved).search(ASKED[0], 2 * ROWS)

    assert sorted(rows.tolist()) == list(NUMBERED)


def test_what_is_changed_after_opening_is_found_and_what_is_removed_is_not(saved: Path) -> None:
    for way in ("add", "remove"):
        store = open_faiss_store(saved, changeable=True)
        nearest = int(store.search(ASKED[0], 1)[0][0])
        if way == "remove":
            store.remove([nearest])
            assert nearest not in store.search(ASKED[0], 50)[0]
        else:
            store.add([99_999], ASKED[:1])
            assert store.search(ASKED[0], 1)[0].tolist() == [99_999]


def test_codes_are_written_anew_with_what_changed_and_left_out_where_few_are_left(saved: Path, tmp_path: Path) -> None:
    store = open_faiss_store(saved, changeable=True)
    store.add([99_999], ASKED[:1])
    path = tmp_path / "vectors.faiss"
    store.save(path)
    assert open_faiss_store(path).search(ASKED[0], 1)[0].tolist() == [99_999]

    store.remove(range(10, 3000))
    store.save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["vectors.faiss"]


def test_codes_of_another_index_are_refused(saved: Path, tmp_path: Path) -> None:
    store = open_faiss_store(saved, changeable=True)
    store.remove([10])
    store.save(tmp_path / "vectors.faiss")
    (tmp_path / "vectors.faiss.codes").write_bytes(saved.with_name("vectors.faiss.codes").read_bytes())

    with pytest.raises(ValueError, match="codes for"):
        open_faiss_store(tmp_path / "vectors.faiss")
