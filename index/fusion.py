"""Merges rankings of the same things into one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

Thing = TypeVar("Thing", bound=Hashable)

K = 60  # how slowly a rank's worth falls; 60 is the paper's value and no other measured better here


def fuse(rankings: Sequence[Sequence[Thing]], weights: Sequence[float] | None = None) -> list[tuple[Thing, float]]:
    """Merge rankings by reciprocal rank: a thing found by words and by meaning rises.

    score(d) = Σ wᵣ / (60 + rankᵣ(d)), ranks from 1 (Cormack, Clarke, Büttcher: Reciprocal Rank Fusion outperforms
    Condorcet and individual Rank Learning Methods, SIGIR 2009). The score orders; it is no confidence.
    """
    scores: dict[Thing, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, thing in enumerate(ranking, start=1):
            scores[thing] = scores.get(thing, 0.0) + weight / (K + rank)
    return sorted(scores.items(), key=lambda item: -item[1])
