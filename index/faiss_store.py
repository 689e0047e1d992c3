"""Vectors in a FAISS index, searched exactly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors
from index.store import Cosines, Rows

# One question is too little work to share out: two threads take twice as long as one (1.1 against 2.1 ms).
faiss.omp_set_num_threads(1)


class FaissStore:
    """A flat inner-product index with row numbers; exact, and instant up to some ten thousand rows."""

    def __init__(self, index: faiss.Index) -> None:
        """Take an open index."""
        self._index = index

    @classmethod
    def empty(cls, dimension: int) -> FaissStore:
        """A store without rows."""
        return cls(faiss.IndexIDMap2(faiss.IndexFlatIP(dimension)))

    @classmethod
    def open(cls, path: Path) -> FaissStore:
        """Read what `save` wrote."""
        return cls(faiss.read_index(str(path)))

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Keep vectors under these row numbers; a row kept before is replaced."""
        self.remove(rows)
        self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.asarray(rows, np.int64))

    def remove(self, rows: Sequence[int]) -> None:
        """Forget these rows."""
        if self._index.ntotal and len(rows):
            self._index.remove_ids(faiss.IDSelectorBatch(np.asarray(rows, np.int64)))

    def search(self, vector: NDArray[np.float32], limit: int, among: Rows | None = None) -> tuple[Rows, Cosines]:
        """The nearest rows and their cosines, best first."""
        if among is not None and not len(among):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = None
        if among is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(among))  # type: ignore[call-arg]
        scores, rows = self._index.search(vector.reshape(1, -1), min(limit, self._index.ntotal or 1), params=parameters)
        # FAISS returns −1 where fewer rows remain than were asked for.
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]

    def count(self) -> int:
        """How many rows are kept."""
        return int(self._index.ntotal)

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))
