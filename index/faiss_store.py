"""Vectors in a FAISS index: searched exactly while there are few, by codes first where there are more, through a graph
where there are very many."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors
from index.fast_scan import FastScan
from index.store import Cosines, Rows, VectorStore

# One question is too little work to share out: two threads take twice as long as one (1.1 against 2.1 ms).
faiss.omp_set_num_threads(1)

_kinds: Any = faiss  # its type stubs know half of what there is

# Rows. The nearest 1,000 of 100,000 take 1.3 ms by codes and 4.7 through a graph, of a million 5.8 and 3.6; and a graph
# is built in fifteen times the time and needs twice the memory (benchmarks/scale.md, 2026-12).
GRAPH_FROM = 500_000
HALVED_FROM = 5_000  # rows; below, there is nothing to save: of 28,000 the nearest 1,000 take 1.3 ms instead of 2.1
LINKS = 32  # of each row; 16 found less at any breadth
BUILD_BREADTH = 100
SEARCH_BREADTH = 128  # recall@10 .995 with 100,000 rows; a million need 405 for .993 (benchmarks/scale.md)
BROADER_FROM = 100_000  # rows
DEAD = -1


class FaissStore(VectorStore, Protocol):
    """A store that can be written to a file."""

    def save(self, path: Path) -> None:
        """Write everything to a file."""
        ...


def new_faiss_store(dimension: int, expected: int = 0) -> FaissStore:
    """An empty store of the kind that suits the number of rows expected."""
    if expected >= GRAPH_FROM:
        return GraphStore.empty(dimension)
    return FlatStore.halved(dimension) if expected >= HALVED_FROM else FlatStore.empty(dimension)


def open_faiss_store(path: Path, changeable: bool = False) -> FaissStore:
    """Read what `save` wrote. Unless it is to be changed it is mapped: processes share one copy of it in memory."""
    index = faiss.read_index(str(path), 0 if changeable else faiss.IO_FLAG_MMAP_IFC)
    if not isinstance(faiss.downcast_index(index), faiss.IndexIDMap2):
        return GraphStore(index, np.load(_rows_file(path)))
    codes = _codes_file(path)
    return FlatStore(index, FastScan.open(codes, _vectors_of(index)) if codes.exists() else None)


def new_snapshot(dimension: int, compact: bool) -> FlatStore:
    """An empty store that needs no building; a compact one takes a quarter of the memory and is a little less exact."""
    if not compact:
        return FlatStore.empty(dimension)
    quantised = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    # The range of each number is learnt from the first vectors added.
    return FlatStore(faiss.IndexIDMap2(quantised))


class FlatStore:
    """A flat inner-product index with row numbers; exact, and instant up to some ten thousand rows.

    A halved one is saved with codes, by which it is searched first once it is opened; they are gone when it is changed.
    """

    def __init__(self, index: faiss.Index, scan: FastScan | None = None) -> None:
        """Take an open index, and the codes of its vectors where there are any."""
        self._index = index
        self._scan = scan
        self._rows: Rows = faiss.vector_to_array(_kinds.downcast_index(index).id_map) if scan else np.empty(0, np.int64)

    @classmethod
    def empty(cls, dimension: int) -> FlatStore:
        """A store without rows."""
        return cls(faiss.IndexIDMap2(faiss.IndexFlatIP(dimension)))

    @classmethod
    def halved(cls, dimension: int) -> FlatStore:
        """A store without rows that keeps two bytes a number: cosines exact to .0005, and half as much to read."""
        halves = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        return cls(faiss.IndexIDMap2(halves))

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Keep vectors under these row numbers; a row kept before is replaced."""
        self.remove(rows)
        self._scan = None
        given = np.ascontiguousarray(vectors, np.float32)
        if not self._index.is_trained and len(given):
            self._index.train(given)
        self._index.add_with_ids(given, np.asarray(rows, np.int64))

    def remove(self, rows: Sequence[int]) -> None:
        """Forget these rows."""
        if self._index.ntotal and len(rows):
            self._scan = None
            self._index.remove_ids(_kinds.IDSelectorBatch(np.asarray(rows, np.int64)))

    def search(self, vector: NDArray[np.float32], limit: int, among: Rows | None = None) -> tuple[Rows, Cosines]:
        """The nearest rows and their cosines, best first."""
        if among is not None and not len(among):
            return nothing()
        limit = min(limit, self._index.ntotal or 1)
        if self._scan and among is None:
            cosines, positions = self._scan.search(vector, limit)
            return _ordered(self._rows[positions[0]], cosines[0])
        selected = None if among is None else _kinds.IDSelectorBatch(among)
        return _search(self._index, vector, limit, _kinds.SearchParameters(sel=selected))

    def count(self) -> int:
        """How many rows are kept."""
        return int(self._index.ntotal)

    def save(self, path: Path) -> None:
        """Write the index to a file, and codes for a fast search to another beside it where they pay."""
        faiss.write_index(self._index, str(path))
        vectors = _vectors_of(self._index)
        if isinstance(vectors, faiss.IndexScalarQuantizer) and self._index.ntotal >= HALVED_FROM:
            (self._scan or FastScan.of(vectors)).save(_codes_file(path))
        else:
            _codes_file(path).unlink(missing_ok=True)


class GraphStore:
    """A graph of near neighbours (HNSW: Malkov, Yashunin, TPAMI 2018), whose cost grows with the logarithm of its rows.

    FAISS cannot take a vector out of the graph: a removed one still leads to its neighbours, but is never found.
    """

    def __init__(self, index: faiss.Index, rows: Rows) -> None:
        """Take an open graph and the row of each of its positions, DEAD where it was removed."""
        self._index = index
        self._graph: Any = faiss.downcast_index(index)
        self._rows = rows
        self._positions = {int(row): at for at, row in enumerate(rows) if row != DEAD}

    @classmethod
    def empty(cls, dimension: int) -> GraphStore:
        """A store without rows."""
        index = faiss.IndexHNSWFlat(dimension, LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = BUILD_BREADTH
        return cls(index, np.empty(0, np.int64))

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Keep vectors under these row numbers; a row kept before is replaced."""
        self.remove(rows)
        if len(rows):
            self._index.add(np.ascontiguousarray(vectors, np.float32))
        self._positions |= {int(row): at for at, row in enumerate(rows, start=len(self._rows))}
        self._rows = np.concatenate([self._rows, np.asarray(rows, np.int64)])

    def remove(self, rows: Sequence[int]) -> None:
        """Forget these rows."""
        at = [self._positions.pop(int(row)) for row in rows if int(row) in self._positions]
        self._rows = self._rows.copy()  # what was opened may be mapped read-only
        self._rows[at] = DEAD

    def search(self, vector: NDArray[np.float32], limit: int, among: Rows | None = None) -> tuple[Rows, Cosines]:
        """The nearest rows and their cosines, best first; exact where only some rows are allowed."""
        limit = min(limit, self.count())
        if not limit:
            return nothing()
        if among is not None:
            return self._search_exactly(vector, limit, among)
        alive = None
        if len(self._rows) > self.count():
            alive = _kinds.IDSelectorBitmap(np.packbits(self._rows != DEAD, bitorder="little"))
        breadth = _kinds.SearchParametersHNSW(sel=alive, efSearch=max(search_breadth(self.count()), limit))
        at, cosines = _search(self._index, vector, limit, breadth)
        return self._rows[at], cosines

    def _search_exactly(self, vector: NDArray[np.float32], limit: int, among: Rows) -> tuple[Rows, Cosines]:
        """Compare with every allowed row: a graph whose nodes are mostly forbidden loses its way."""
        at = np.array([self._positions[int(row)] for row in among if int(row) in self._positions], np.int64)
        if not len(at):
            return nothing()
        allowed = _kinds.SearchParameters(sel=_kinds.IDSelectorBatch(at))
        found, cosines = _search(self._graph.storage, vector, limit, allowed)
        return self._rows[found], cosines

    def count(self) -> int:
        """How many rows are kept."""
        return len(self._positions)

    def save(self, path: Path) -> None:
        """Write the graph to a file, and its rows to another beside it."""
        faiss.write_index(self._index, str(path))
        np.save(_rows_file(path), self._rows)


def search_breadth(rows: int) -> int:
    """How many candidates a search through a graph of so many rows keeps."""
    broader: float = SEARCH_BREADTH * (rows / BROADER_FROM) ** 0.5
    return max(SEARCH_BREADTH, round(broader))


def nothing() -> tuple[Rows, Cosines]:
    """No rows at all."""
    return np.empty(0, np.int64), np.empty(0, np.float32)


def _rows_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.rows.npy")


def _codes_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.codes")


def _vectors_of(index: faiss.Index) -> Any:
    """The index below that of the row numbers, by position."""
    return faiss.downcast_index(_kinds.downcast_index(index).index)


def _search(index: Any, vector: NDArray[np.float32], limit: int, how: Any) -> tuple[Rows, Cosines]:
    cosines, rows = index.search(vector.reshape(1, -1), limit, params=how)
    found = rows[0] >= 0  # FAISS returns −1 where fewer rows remain than were asked for
    return _ordered(rows[0][found], cosines[0][found])


def _ordered(rows: Rows, cosines: Cosines) -> tuple[Rows, Cosines]:
    """Best first; FAISS returns equal ones in any order."""
    order = np.lexsort((rows, -cosines))
    return rows[order], cosines[order]
