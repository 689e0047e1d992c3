"""Turns passages and queries into unit vectors.

sentence-transformers encodes the index, its ONNX export serves questions: the same vectors (cosine ≥ 0.99, tested) from
a tenth of the memory. Removing a language's mean is in `centering`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from index.export import GRAPH, INPUTS, OUTPUT, STATES
from index.model import ModelMissing
from index.tokens import open_tokenizer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]  # one unit vector a row
Progress = Callable[[int], None]  # told how many texts were encoded since the last call

# A norm of a sum as one operation takes twice the time of both here; `export` leaves them apart, this keeps them so.
SLOWER = ["SkipLayerNormFusion"]
BATCH = 32  # texts a step; more brings nothing on two cores


class Encoder(Protocol):
    """Turns texts into unit vectors, shape (texts, dimension), with the prefixes its model was trained with."""

    name: str
    dimension: int

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """One vector for each question."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """One vector for each passage."""
        ...


class Reading(NamedTuple):
    """What a model makes of one question: a unit vector, and what it makes of each piece, shape (pieces, dimensions).

    The states are empty where an encoder does not tell them.
    """

    vector: NDArray[np.float32]
    states: NDArray[np.float32]


@runtime_checkable
class Reader(Protocol):
    """An encoder that also tells what it makes of each piece of a question."""

    name: str

    def read_query(self, text: str) -> Reading:
        """What it makes of one question."""
        ...


def read_query(encoder: Encoder, text: str) -> Reading:
    """What an encoder makes of one question, as far as it tells."""
    if isinstance(encoder, Reader):
        return encoder.read_query(text)
    return Reading(encoder.encode_queries([text])[0], np.empty((0, 0), np.float32))


class OnnxEncoder:
    """Encodes with ONNX Runtime from a folder that `model.prepare_model` made; imports no torch."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """Open the model; `threads` 0 takes every core. Raises ModelMissing where the folder is not whole."""
        import onnxruntime

        try:
            settings: dict[str, Any] = json.loads((folder / "serving.json").read_text())
            self._tokenizer = open_tokenizer(folder, settings["max_tokens"])
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            # Spinning threads save some 0.1 ms a call and burn a core while nobody asks.
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            self._session = onnxruntime.InferenceSession(
                str(folder / GRAPH), options, ["CPUExecutionProvider"], disabled_optimizers=SLOWER
            )
        except Exception as error:  # three libraries, each with errors of its own, all meaning the same here
            raise ModelMissing(f"The model in {folder} cannot be read ({error}). Run: make setup") from error
        self.name: str = settings["name"]
        self.dimension: int = settings["dimension"]
        self._prefixes: tuple[str, str] = (settings["query"], settings["passage"])
        self._pad_id: int = settings["pad_id"]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """One vector for each question."""
        return self._encode([self._prefixes[0] + text for text in texts], None)

    def read_query(self, text: str) -> Reading:
        """What the model makes of one question and of each of its pieces."""
        vectors, states = self._run(self.tokens([text]), OUTPUT, STATES)
        return Reading(vectors[0], states[0])

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """One vector for each passage."""
        return self._encode([self._prefixes[1] + text for text in texts], progress)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The pieces of each question, as the model is given them."""
        return self._tokenizer.encode([self._prefixes[0] + text for text in texts])

    def _encode(self, texts: list[str], progress: Progress | None) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        ids = self._tokenizer.encode(texts)
        by_length = sorted(range(len(texts)), key=lambda at: len(ids[at]))  # little padding in a batch
        for start in range(0, len(texts), BATCH):
            batch = by_length[start : start + BATCH]
            vectors[batch] = self._run([ids[at] for at in batch], OUTPUT)[0]
            if progress:
                progress(len(batch))
        return vectors

    def _run(self, batch: list[list[int]], *outputs: str) -> list[NDArray[np.float32]]:
        longest = max(len(ids) for ids in batch)
        tokens = np.full((len(batch), longest), self._pad_id, np.int64)
        mask = np.zeros((len(batch), longest), np.int64)
        for row, ids in enumerate(batch):
            tokens[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1
        made: list[NDArray[np.float32]] = self._session.run(outputs, dict(zip(INPUTS, (tokens, mask), strict=True)))
        return made


class TorchEncoder:
    """Encodes with sentence-transformers itself; needs seconds and a gigabyte to start, so only the set-up uses it."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder; the model is loaded when the first text comes, since often none does."""
        settings: dict[str, Any] = json.loads((folder.parent / "serve" / "serving.json").read_text())
        self.name: str = settings["name"]
        self.dimension: int = settings["dimension"]
        self._folder = folder
        self._prefixes: tuple[str, str] = (settings["query"], settings["passage"])
        self._model: SentenceTransformer | None = None

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """One vector for each question."""
        return self._encode(texts, self._prefixes[0], None)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """One vector for each passage."""
        return self._encode(texts, self._prefixes[1], progress)

    def _encode(self, texts: Sequence[str], prefix: str, progress: Progress | None) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        if self._model is None:
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(str(self._folder), device="cpu")
        vectors = np.empty((len(texts), self.dimension), np.float32)
        by_length = sorted(range(len(texts)), key=lambda at: len(texts[at]))  # little padding in a batch
        for start in range(0, len(texts), BATCH):
            batch = by_length[start : start + BATCH]
            vectors[batch] = self._model.encode(
                [texts[at] for at in batch], prompt=prefix, normalize_embeddings=True, batch_size=BATCH
            )
            if progress:
                progress(len(batch))
        return vectors
