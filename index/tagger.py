"""Tells by meaning what a question says of the person who asks: one attention and one weight a tag over its pieces.

Words are found by patterns; what nobody foresaw in words is near, in what the model makes of each piece, to what others
said. Each tag looks for the pieces that speak of it (attention pooling: Ilse, Tomczak, Welling, "Attention-based Deep
Multiple Instance Learning", ICML 2018), so messages need no more than their tags as labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TAGGER = Path(__file__).parent / "tagger.npz"
LEAST = 12  # labelled messages from which a tag is learned at all

# Chosen by the figures of the half "unseen": 5 to 12 epochs, a dropout of .2 to .5, ten times the decay move what is
# learned by .016 at most (2026-12).
EPOCHS = 8
BATCH = 32
RATE = 4e-3  # at its highest; it rises, then falls (Smith and Topin 2019)
DECAY = 0.01
DROPOUT = 0.2
RARE = -3.0  # log odds that a tag starts from: most say nothing of most
TEACHERS = 3  # taught in other orders, and their mean believed: what one is wrongly sure of, the others rarely are

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tagger:
    """The tags, the model whose states they are learned from, and for each tag where to look and what speaks for it."""

    model: str
    tags: tuple[str, ...]
    looks: Floats  # shape (dimensions, teachers x tags)
    weights: Floats  # shape (dimensions, teachers x tags)
    bias: Floats  # shape (teachers x tags,)

    def chances(self, states: Floats) -> dict[str, float]:
        """How likely each tag is told of, by the states of a question's pieces, shape (pieces, dimensions)."""
        if not len(states):
            return {}
        looks = states @ self.looks
        shares = np.exp(looks - looks.max(axis=0))
        shares /= shares.sum(axis=0)
        each = (shares * (states @ self.weights)).sum(axis=0) + self.bias
        odds = each.reshape(-1, len(self.tags)).mean(axis=0)
        return dict(zip(self.tags, (1 / (1 + np.exp(-odds))).tolist(), strict=True))

    def save(self, path: Path = TAGGER) -> None:
        """Write it as `.npz`, in two bytes a number."""
        parts = {name: getattr(self, name).astype(np.float16) for name in ("looks", "weights", "bias")}
        np.savez_compressed(path, model=np.array(self.model), tags=np.array(self.tags), **parts)

    @classmethod
    def open(cls, path: Path = TAGGER) -> Tagger:
        """Read what `save` wrote."""
        with np.load(path) as values:
            parts = [values[name].astype(np.float32) for name in ("looks", "weights", "bias")]
            return cls(str(values["model"]), tuple(values["tags"].tolist()), *parts)


def train(model: str, states: Sequence[Floats], labels: Sequence[Collection[str]]) -> Tagger:
    """Learn from the states of messages' pieces, each of shape (pieces, dimensions), and the tags of each message."""
    counts = Counter(tag for tags in labels for tag in set(tags))
    tags = tuple(sorted(tag for tag, count in counts.items() if count >= LEAST))
    everything = np.concatenate(states)
    mean, spread = everything.mean(axis=0), everything.std(axis=0) + 1e-5
    wanted = np.array([[tag in told for tag in tags] for told in labels], np.float32)
    centred = [(one - mean) / spread for one in states]
    taught = [_taught(centred, wanted, seed) for seed in range(TEACHERS)]
    looks, weights, bias = (np.concatenate(parts, axis=-1) for parts in zip(*taught, strict=True))
    # Mean and spread of the states go into the weights: questions are served as the model makes them.
    looks, weights = looks / spread[:, None], weights / spread[:, None]
    return Tagger(model, tags, looks, weights, bias - mean @ weights)


def _taught(states: Sequence[Floats], wanted: Floats, seed: int) -> tuple[Floats, Floats, Floats]:
    """Where to look, shape (dimensions, tags), what speaks for a tag, the same shape, and a bias, shape (tags,)."""
    import torch

    torch.manual_seed(seed)
    order = np.random.default_rng(seed)
    inputs, targets = [torch.from_numpy(one) for one in states], torch.from_numpy(wanted)
    looks = torch.nn.Linear(states[0].shape[1], wanted.shape[1], bias=False)
    weighs = torch.nn.Linear(states[0].shape[1], wanted.shape[1])
    torch.nn.init.zeros_(looks.weight)
    torch.nn.init.normal_(weighs.weight, std=0.005)
    torch.nn.init.constant_(weighs.bias, RARE)
    drop = torch.nn.Dropout(DROPOUT)
    batches = -(-len(inputs) // BATCH)
    optimiser = torch.optim.AdamW([*looks.parameters(), *weighs.parameters()], lr=RATE, weight_decay=DECAY)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * batches)
    for _ in range(EPOCHS):
        for rows in np.array_split(order.permutation(len(inputs)), batches):
            padded = torch.nn.utils.rnn.pad_sequence([inputs[row] for row in rows], batch_first=True)
            lengths = torch.tensor([len(inputs[row]) for row in rows])
            beyond = torch.arange(padded.shape[1])[None, :, None] >= lengths[:, None, None]
            pieces = drop(padded)
            shares = looks(pieces).masked_fill(beyond, -torch.inf).softmax(dim=1)
            odds = (shares * weighs(pieces)).sum(dim=1)
            missed = torch.nn.functional.binary_cross_entropy_with_logits(odds, targets[rows], reduction="none")
            optimiser.zero_grad()
            missed.sum(dim=1).mean().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            pace.step()
    return looks.weight.detach().numpy().T, weighs.weight.detach().numpy().T, weighs.bias.detach().numpy()
