"""Weighs what speaks for a source: one linear score over the evidence of both legs, learned from labelled questions.

Reciprocal ranks forget by how much one source is ahead of another; raw scores remember it. On the tuning half this
raised hit@1 of German questions that were not fitted on from .87 to .92 (2026-11). Without example questions in the
index there is nothing to weigh, and `fusion` merges the legs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.pooling import FOREIGN_QUESTIONS, QUESTIONS, TEXTS, Pool

RANKER = Path(__file__).parent / "ranker.json"
Floats = NDArray[np.float32]

# One weight each: cosines, the classifier's log chance, and BM25 as a share of the best that any source reached.
FEATURES = (
    "text",
    "question",
    "questions",
    "foreign question",
    "foreign questions",
    "chance",
    "words in text",
    "words in question",
    "words in questions",
    "words anywhere",
)
CHANCE = 0.1  # brings log chances, some −10 … 0, to the size of cosines
LEAST = 1e-6  # keeps a question without any known word from dividing by nothing
DECAY = 1e-3  # weight decay; 1e-4 gave the same on questions not fitted on
STEPS = 400
RATE = 0.1


@dataclass(frozen=True, slots=True)
class Ranker:
    """A weight for each of FEATURES: for questions in the texts' language, and for all others."""

    own: tuple[float, ...]
    other: tuple[float, ...]

    def log_shares(self, evidence: Floats, in_text_language: bool, allowed: NDArray[np.bool_]) -> Floats:
        """The log of the share each source has in the answer, shape (sources,); −∞ for those not allowed."""
        weights = np.array(self.own if in_text_language else self.other, np.float32)
        scores = np.where(allowed, evidence @ weights, -np.inf).astype(np.float32)
        if not allowed.any():
            return scores
        scores -= scores.max()
        shares: Floats = scores - np.log(np.exp(scores).sum())
        return shares

    def save(self, path: Path = RANKER) -> None:
        """Write the weights as JSON."""
        path.write_text(json.dumps({"features": FEATURES, **asdict(self)}, indent=1) + "\n")

    @classmethod
    def open(cls, path: Path = RANKER) -> Ranker:
        """Read what `save` wrote. Raises ValueError for weights of other features."""
        values = json.loads(path.read_text())
        if tuple(values["features"]) != FEATURES:
            raise ValueError(f"{path} weighs other evidence than this version. Run: assistant evaluate --calibrate")
        return cls(tuple(values["own"]), tuple(values["other"]))


def evidence(meaning: Pool, words: Pool | None, chances: Floats) -> Floats:
    """What speaks for each source, shape (sources, features); a leg that was not asked says nothing."""
    columns = [
        meaning.scores[:, TEXTS],
        meaning.scores[:, QUESTIONS],
        meaning.means[:, QUESTIONS],
        meaning.scores[:, FOREIGN_QUESTIONS],
        meaning.means[:, FOREIGN_QUESTIONS],
        CHANCE * chances,
    ]
    if words is None:
        columns += [np.zeros_like(chances)] * 4
    else:
        highest = max(float(words.scores.max(initial=0.0)), LEAST)
        best, means = words.scores / highest, words.means / highest
        columns += [best[:, TEXTS], best[:, QUESTIONS], means[:, QUESTIONS], best.max(axis=1)]
    return np.stack(columns, axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled question: the evidence for each source, which sources are right, and which may answer at all."""

    evidence: Floats
    right: tuple[int, ...]
    allowed: NDArray[np.bool_]
    in_text_language: bool


def fit(examples: Sequence[Example]) -> Ranker:
    """Maximise the share that right sources have (softmax regression with several right answers a question)."""
    own = [example for example in examples if example.in_text_language]
    other = [example for example in examples if not example.in_text_language]
    return Ranker(_fitted(own), _fitted(other))


def _fitted(examples: Sequence[Example]) -> tuple[float, ...]:
    import torch

    weights = torch.zeros(len(FEATURES), requires_grad=True)
    if not examples:
        return tuple(weights.tolist())
    inputs = torch.from_numpy(np.stack([example.evidence for example in examples]))
    allowed = torch.from_numpy(np.stack([example.allowed for example in examples]))
    right = torch.zeros(allowed.shape, dtype=torch.bool)
    for row, example in enumerate(examples):
        right[row, list(example.right)] = True
    optimiser = torch.optim.Adam([weights], lr=RATE)
    for _ in range(STEPS):
        shares = torch.log_softmax((inputs @ weights).masked_fill(~allowed, -1e9), dim=1)
        loss = DECAY * (weights**2).sum() - torch.logsumexp(shares.masked_fill(~right, -1e9), dim=1).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return tuple(round(weight, 3) for weight in weights.tolist())
