"""How good a ranking is, as pure functions over ids in ranked order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import log2


def hit(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 when any relevant id is among the first k, else 0."""
    return float(any(found in relevant for found in ranked[:k]))


def recall(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """The share of relevant ids among the first k."""
    return len(set(ranked[:k]) & set(relevant)) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 / rank of the first relevant id among the first k, else 0."""
    return next((1 / rank for rank, found in enumerate(ranked[:k], start=1) if found in relevant), 0.0)


def ndcg(ranked: Sequence[str], relevance: Mapping[str, float], k: int) -> float:
    """Normalised discounted cumulative gain with gain 2^rel − 1 (Burges et al., ICML 2005)."""
    gained = _discounted([relevance.get(found, 0.0) for found in ranked[:k]])
    best = _discounted(sorted(relevance.values(), reverse=True)[:k])
    return gained / best if best else 0.0


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive scores above a negative, ties counting half; 0.5 tells nothing apart."""
    pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    return sum(pairs) / len(pairs) if pairs else 0.5


def _discounted(relevance: Sequence[float]) -> float:
    return sum((2**value - 1) / log2(rank + 1) for rank, value in enumerate(relevance, start=1))
