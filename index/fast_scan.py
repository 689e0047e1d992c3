"""Finds the nearest vectors by short codes first and compares only the likeliest exactly.

Two numbers of a vector become half a byte (product quantisation: Jégou, Douze, Schmid, TPAMI 2011), and the processor
compares sixteen such codes at once from a table in its registers (Quicker ADC: André, Kermarrec, Le Scouarnec, TPAMI
2019): of 30,000 rows the nearest 1,000 take .5 instead of 1.4 ms, and the first 300 of them are the same (2026-12).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors

_kinds: Any = faiss  # its type stubs know half of what there is

NUMBERS = 2  # numbers that share a code; 3 or 4 need more candidates for the same rows
BITS = 4  # of a code: its table has 16 entries, as many as fit into a register
TRAINED = 10_000  # vectors the codes are learned from
CHUNK = 20_000  # vectors coded at once
MORE = 1.5  # candidates compared exactly for each row asked for; twice as many find nothing more among the first 300
LEAST = 300  # candidates, however few rows are asked for


class FastScan:
    """Codes of all vectors of an exact index, in its order; what that index forgets or adds is not in them."""

    def __init__(self, codes: faiss.Index, exact: faiss.Index) -> None:
        """Take the codes, and the index that holds the vectors themselves."""
        self._codes = codes
        self._exact = exact  # FAISS keeps only a pointer
        self._both = _kinds.IndexRefine(codes, exact)

    @classmethod
    def of(cls, exact: faiss.Index) -> FastScan:
        """Code the vectors of an index; their dimension is an even number."""
        every = max(1, exact.ntotal // TRAINED)
        codes = _kinds.IndexPQFastScan(exact.d, exact.d // NUMBERS, BITS, faiss.METRIC_INNER_PRODUCT)
        codes.train(np.concatenate([chunk[::every] for chunk in _chunks(exact)]))
        for chunk in _chunks(exact):
            codes.add(chunk)
        return cls(codes, exact)

    @classmethod
    def open(cls, path: Path, exact: faiss.Index) -> FastScan:
        """Read what `save` wrote for this index. Raises ValueError when it belongs to another one."""
        codes = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        if codes.ntotal != exact.ntotal:
            raise ValueError(f"{path} holds {codes.ntotal} codes for {exact.ntotal} vectors")
        return cls(codes, exact)

    def save(self, path: Path) -> None:
        """Write the codes to a file."""
        faiss.write_index(self._codes, str(path))

    def search(self, vector: NDArray[np.float32], limit: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The exact cosines and the positions of the nearest vectors, each of shape (1, limit)."""
        how = _kinds.IndexRefineSearchParameters(k_factor=max(MORE, LEAST / limit))
        cosines, positions = self._both.search(vector.reshape(1, -1), limit, params=how)
        return cosines, positions


def _chunks(index: faiss.Index) -> Iterator[Vectors]:
    """The vectors of an index, some at a time."""
    for start in range(0, index.ntotal, CHUNK):
        yield index.reconstruct_n(start, min(CHUNK, index.ntotal - start))
