"""Removes from a vector what only tells its language.

E5 puts each language in its own corner. Taking the mean vector of the query's language from the query, and the mean
passage from the passages, lets a question find a text in another language (language bias removal: Yang et al., A Simple
and Effective Method To Eliminate the Self Language Bias in Multilingual Representations, EMNLP 2021).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoder import Encoder, Vectors

SAMPLES = Path(__file__).parent / "samples"  # the same everyday questions in each language, a line each


@dataclass(frozen=True, slots=True)
class Centering:
    """The mean passage, and the mean question of each language; shapes (dimension,)."""

    passages: NDArray[np.float32]
    questions: Mapping[str, NDArray[np.float32]]

    def center_passages(self, vectors: Vectors) -> Vectors:
        """Unit vectors without the mean passage."""
        return _unit(vectors - self.passages)

    def center_questions(self, vectors: Vectors, language: str) -> Vectors:
        """Unit vectors without their language's mean; a language without samples loses the mean of all languages."""
        mean = self.questions.get(language)
        if mean is None:
            if not self.questions:
                return vectors
            mean = np.mean(list(self.questions.values()), axis=0)
        return _unit(vectors - mean)

    def save(self, path: Path) -> None:
        """Write the means as one `.npz`."""
        named = {f"question_{language}": mean for language, mean in self.questions.items()}
        np.savez(path, allow_pickle=False, passages=self.passages, **named)

    @classmethod
    def open(cls, path: Path) -> Centering:
        """Read what `save` wrote."""
        with np.load(path) as means:
            questions = {name.removeprefix("question_"): means[name] for name in means.files if name != "passages"}
            return cls(means["passages"], questions)


def read_samples(folder: Path = SAMPLES) -> dict[str, list[str]]:
    """The sample questions by language, from `<language>.txt`."""
    return {
        path.stem: [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        for path in sorted(folder.glob("*.txt"))
    }


def question_means(encoder: Encoder, samples: Mapping[str, Sequence[str]]) -> dict[str, NDArray[np.float32]]:
    """The mean question vector of each language."""
    return {language: encoder.encode_queries(list(texts)).mean(axis=0) for language, texts in samples.items() if texts}


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit
