"""Keeps vectors and finds the nearest; which passage a row belongs to is the retriever's business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors

Rows = NDArray[np.int64]
Cosines = NDArray[np.float32]


class VectorSearch(Protocol):
    """What serving needs of a store: unit vectors by row number, found by cosine."""

    def search(self, vector: NDArray[np.float32], limit: int, among: Rows | None = None) -> tuple[Rows, Cosines]:
        """The nearest rows and their cosines, best first, at most `limit`, only `among` the given ones."""
        ...

    def count(self) -> int:
        """How many rows are kept."""
        ...


class VectorStore(VectorSearch, Protocol):
    """What building needs beside it; every vector store passes `tests/test_stores.py`."""

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Keep vectors, shape (rows, dimension), under these row numbers; a row kept before is replaced."""
        ...

    def remove(self, rows: Sequence[int]) -> None:
        """Forget these rows; unknown ones are ignored."""
        ...
