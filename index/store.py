"""Keeps vectors and finds the nearest; which passage a row belongs to is the retriever's business."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors

Rows = NDArray[np.int64]
Cosines = NDArray[np.float32]


class VectorStore(Protocol):
    """Unit vectors by row number; every vector store passes `tests/test_stores.py`."""

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Keep vectors, shape (rows, dimension), under these row numbers."""
        ...

    def remove(self, rows: Sequence[int]) -> None:
        """Forget these rows; unknown ones are ignored."""
        ...

    def search(self, vector: NDArray[np.float32], limit: int, among: Rows | None = None) -> tuple[Rows, Cosines]:
        """The nearest rows and their cosines, best first, at most `limit`, only `among` the given ones."""
        ...

    def count(self) -> int:
        """How many rows are kept."""
        ...

    def save(self, path: Path) -> None:
        """Write everything to a file."""
        ...


def new_store(dimension: int) -> VectorStore:
    """An empty store in memory."""
    from index.faiss_store import FaissStore

    return FaissStore.empty(dimension)


def open_store(address: str) -> VectorStore:
    """Open the store at an address; the scheme says which kind, a plain path means FAISS."""
    from index.faiss_store import FaissStore

    scheme, separator, rest = address.partition("://")
    if not separator:
        return FaissStore.open(Path(address))
    if scheme == "faiss":
        return FaissStore.open(Path(rest))
    raise ValueError(f"No vector store for '{scheme}://'. Known: faiss://<path>")
