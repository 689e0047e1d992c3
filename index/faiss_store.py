"""Vectors in a FAISS index, searched exactly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors
from index.store import Rows


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

    def search(self, vector: NDArray[np.float32], limit: int, among: Rows | None = None) -> list[tuple[int, float]]:
        """The nearest rows with their cosine, best first."""
        if among is not None and not len(among):
            return []
        parameters = None
        if among is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(among))  # type: ignore[call-arg]
        scores, rows = self._index.search(vector.reshape(1, -1), min(limit, self._index.ntotal or 1), params=parameters)
        # FAISS returns −1 where fewer rows remain than were asked for.
        return [(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True) if row >= 0]

    def count(self) -> int:
        """How many rows are kept."""
        return int(self._index.ntotal)

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))
