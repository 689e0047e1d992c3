"""Turns texts into token ids, as the model's own tokenizer does, in little memory.

`tokenizers` takes 300 MB for the quarter million pieces of multilingual-e5; SentencePiece takes 60 MB for the same and
gives the same ids (compared on all passages of the index, 2026-11). Other tokenizers are used as they are.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

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


def write_pieces(folder: Path) -> bool:
    """Write `tokenizer.json` as SentencePiece if it is XLM-R's kind, and say whether it was."""
    import sentencepiece.sentencepiece_model_pb2 as generated

    formats: Any = generated  # made by protobuf at import: a type checker sees nothing in it

    told = json.loads((folder / TOKENIZER).read_text(encoding="utf-8"))
    steps = (told.get("normalizer") or {}).get("normalizers", [])
    charsmap = next((step["precompiled_charsmap"] for step in steps if step["type"] == "Precompiled"), None)
    names = [piece for piece, _ in told["model"]["vocab"][:4]] if told["model"]["type"] == "Unigram" else []
    if charsmap is None or names != ["<s>", "<pad>", "</s>", "<unk>"]:
        return False
    model = formats.ModelProto()
    kinds = formats.ModelProto.SentencePiece
    for piece, score in told["model"]["vocab"]:
        kind = kinds.CONTROL if piece in _CONTROL else kinds.UNKNOWN if piece == "<unk>" else kinds.NORMAL
        model.pieces.add(piece=piece, score=score, type=kind)
    model.normalizer_spec.precompiled_charsmap = base64.b64decode(charsmap)
    # Spaces are tidied in `PieceTokenizer`: done here, a space at the end would get lost, and with it an id.
    model.normalizer_spec.remove_extra_whitespaces = False
    frame = model.trainer_spec
    frame.bos_id, frame.pad_id, frame.eos_id, frame.unk_id = range(4)
    frame.vocab_size = len(model.pieces)
    (folder / PIECES).write_bytes(model.SerializeToString())
    return True
