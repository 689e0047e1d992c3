"""Learns from the passages themselves which source a question means: one softmax regression over centred vectors.

Nearest neighbours see one example at a time; the regression sees what sets a source's examples apart from all others'.
Trained when the index is built (seconds), a single small matrix when it is searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors

# Chosen on the tuning half of content/questions (2026-11); hit@1 moved by less than .01 within a factor of two of each.
SCALE = 10.0  # unit vectors have products too small for a softmax to be sure of anything
PENALTY = 2e-4  # on the squared weights: strong, for there are some forty examples to a source
SMOOTHING = 0.1  # label smoothing: neighbouring offers often share a question
STEPS = 60  # more move no chance by a hundredth


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights, shape (sources, dimension), and one bias a source; sources in the order of their first passage."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def log_chances(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """The log of each source's chance to be what a question means, shape (sources,)."""
        logits = SCALE * (self.weights @ vector) + self.bias
        logits -= logits.max()
        chances: NDArray[np.float32] = logits - np.log(np.exp(logits).sum())
        return chances

    def save(self, path: Path) -> None:
        """Write the weights as `.npz`."""
        np.savez(path, weights=self.weights, bias=self.bias)

    @classmethod
    def open(cls, path: Path) -> Classifier:
        """Read what `save` wrote."""
        with np.load(path) as values:
            return cls(values["weights"], values["bias"])


def train(vectors: Vectors, sources: Sequence[str]) -> Classifier:
    """Fit on centred passage vectors and the name of the source each belongs to.

    The loss is convex and L-BFGS walks to its one lowest point (Liu and Nocedal 1989): steps along random batches end
    somewhere near it, and then one example more among twenty thousand changed every seventh answer's first guess.
    """
    import torch

    names = list(dict.fromkeys(sources))
    number = {name: at for at, name in enumerate(names)}
    inputs = torch.from_numpy(vectors)
    labels = torch.tensor([number[source] for source in sources])
    weights = torch.zeros(len(names), vectors.shape[1], requires_grad=True)
    bias = torch.zeros(len(names), requires_grad=True)
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=STEPS, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        logits = SCALE * inputs @ weights.T + bias
        lost = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=SMOOTHING)
        penalised: torch.Tensor = lost + PENALTY * weights.square().sum()
        penalised.backward()  # type: ignore[no-untyped-call]
        return penalised

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return Classifier(weights.detach().numpy(), bias.detach().numpy())
