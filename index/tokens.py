"""Turns texts into token ids, as the model's own tokenizer does, in little memory.

`tokenizers` takes 300 MB for the quarter million pieces of multilingual-e5; SentencePiece takes 60 MB for the same and
gives the same ids (compared on all passages of the index, 2026-12), 27 for the pieces served. Other tokenizers are used
as they are.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from index.pieces import Rows, kept_rows

PIECES = "pieces.model"  # SentencePiece, written where it can stand in
TOKENIZER = "tokenizer.json"  # the model's own, used otherwise
_SPACE = re.compile(r"\s+")
_CONTROL = frozenset(["<s>", "<pad>", "</s>", "<mask>"])


class Tokenizer(Protocol):
    """Gives the ids of each text, cut to what the model takes."""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """One list of ids for each text, with the model's first and last token."""
        ...


class PieceTokenizer:
    """SentencePiece with XLM-R's frame: `<s>` text `</s>`."""

    def __init__(self, path: Path, longest: int) -> None:
        """Read the pieces; `longest` counts the frame too."""
        from sentencepiece import SentencePieceProcessor

        self._pieces = SentencePieceProcessor(model_file=str(path))
        self._longest = longest - 2
        self._first, self._last = self._pieces.bos_id(), self._pieces.eos_id()

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """One list of ids for each text."""
        return [[self._first, *self._ids(text)[: self._longest], self._last] for text in texts]

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._pieces.encode(_SPACE.sub(" ", text).lstrip())
        return ids


class OwnTokenizer:
    """The model's tokenizer.json, run by `tokenizers`."""

    def __init__(self, path: Path, longest: int) -> None:
        """Read the tokenizer."""
        from tokenizers import Tokenizer as Fast

        self._tokenizer: Any = Fast.from_file(str(path))
        self._tokenizer.enable_truncation(longest)
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """One list of ids for each text."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]


def open_tokenizer(folder: Path, longest: int) -> Tokenizer:
    """The tokenizer of a serving folder."""
    if (folder / PIECES).exists():
        return PieceTokenizer(folder / PIECES, longest)
    return OwnTokenizer(folder / TOKENIZER, longest)


def read_vocabulary(file: Path) -> dict[str, Any]:
    """The contents of a tokenizer.json."""
    contents: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return contents


def is_xlm(vocabulary: dict[str, Any]) -> bool:
    """Whether SentencePiece can stand in: pieces with scores, XLM-R's first four, a table that tidies letters."""
    if vocabulary["model"]["type"] != "Unigram" or _charsmap(vocabulary) is None:
        return False
    return [piece for piece, _ in vocabulary["model"]["vocab"][:4]] == ["<s>", "<pad>", "</s>", "<unk>"]


def write_pieces(folder: Path) -> Rows | None:
    """Write the pieces to serve as SentencePiece, in place of `tokenizer.json`, and give their rows among all pieces.

    None where SentencePiece cannot stand in: then the tokenizer stays, with all its pieces.
    """
    vocabulary = read_vocabulary(folder / TOKENIZER)
    if not is_xlm(vocabulary):
        return None
    rows = kept_rows([piece for piece, _ in vocabulary["model"]["vocab"]])
    (folder / PIECES).write_bytes(sentencepiece_of(vocabulary, rows))
    (folder / TOKENIZER).unlink()
    return rows


def sentencepiece_of(vocabulary: dict[str, Any], rows: Rows | None = None) -> bytes:
    """XLM-R's vocabulary as a file of SentencePiece: the pieces of some rows, else all; a piece's id is its place."""
    import sentencepiece.sentencepiece_model_pb2 as generated

    formats: Any = generated  # made by protobuf at import: a type checker sees nothing in it

    model = formats.ModelProto()
    kinds = formats.ModelProto.SentencePiece
    entries = vocabulary["model"]["vocab"]
    for piece, score in entries if rows is None else [entries[row] for row in rows]:
        kind = kinds.CONTROL if piece in _CONTROL else kinds.UNKNOWN if piece == "<unk>" else kinds.NORMAL
        model.pieces.add(piece=piece, score=score, type=kind)
    model.normalizer_spec.precompiled_charsmap = base64.b64decode(_charsmap(vocabulary) or "")
    # Spaces are tidied in `PieceTokenizer`: done here, a space at the end would get lost, and with it an id.
    model.normalizer_spec.remove_extra_whitespaces = False
    frame = model.trainer_spec
    frame.bos_id, frame.pad_id, frame.eos_id, frame.unk_id = range(4)
    frame.vocab_size = len(model.pieces)
    contents: bytes = model.SerializeToString()
    return contents


def _charsmap(vocabulary: dict[str, Any]) -> str | None:
    steps = (vocabulary.get("normalizer") or {}).get("normalizers", [])
    return next((step["precompiled_charsmap"] for step in steps if step["type"] == "Precompiled"), None)
