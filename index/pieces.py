"""Which pieces of a vocabulary are served: those of the languages spoken here, and every single sign.

XLM-R's vocabulary, which multilingual-e5 and bge-m3 share, has 250,002 pieces of a hundred languages. A text in which a
piece is missing is cut into smaller ones and gets a slightly other vector; benchmarks/README.md has the measures.
Chosen by `benchmarks/choose_pieces.py`, which is where a language is added.
"""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]  # the ids that pieces had in the whole vocabulary; their place in it is their id now

BITS = Path(__file__).parent / "pieces.bits.xz"  # SHA-256 of the vocabulary, then a bit for each piece
NAMED = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
DIGEST = 32  # bytes


def kept_rows(pieces: Sequence[str], bits: Path = BITS) -> Rows:
    """The rows of the pieces to serve, rising; all of them in a vocabulary for which nothing was chosen."""
    data = lzma.decompress(bits.read_bytes())
    if data[:DIGEST] != _digest(pieces):
        return np.arange(len(pieces))
    return np.flatnonzero(np.unpackbits(np.frombuffer(data, np.uint8, offset=DIGEST), count=len(pieces)))


def write_bits(pieces: Sequence[str], kept: NDArray[np.bool_], bits: Path = BITS) -> None:
    """Keep a choice, one truth for each piece."""
    bits.write_bytes(lzma.compress(_digest(pieces) + np.packbits(kept).tobytes(), preset=9 | lzma.PRESET_EXTREME))


def _digest(pieces: Sequence[str]) -> bytes:
    return hashlib.sha256("\n".join(pieces).encode()).digest()
