"""How good a ranking is, checked by hand."""

from __future__ import annotations

from math import log2

import pytest

from index.metrics import auroc, hit, ndcg, recall, reciprocal_rank

RANKED = ["a", "b", "c", "d"]


@pytest.mark.parametrize(("relevant", "k", "value"), [({"c"}, 2, 0), ({"c"}, 3, 1), ({"b", "c"}, 10, 1), (set(), 3, 0)])
def test_a_hit_is_any_relevant_id_among_the_first_k(relevant: set[str], k: int, value: float) -> None:
    assert hit(RANKED, relevant, k) == value


@pytest.mark.parametrize(
    ("relevant", "k", "value"), [({"a", "d"}, 3, 1 / 2), ({"a", "d"}, 4, 1), ({"a", "x", "y"}, 4, 1 / 3), (set(), 3, 0)]
)
def test_recall_is_the_share_of_relevant_ids_found(relevant: set[str], k: int, value: float) -> None:
    assert recall(RANKED, relevant, k) == value


@pytest.mark.parametrize(
    ("relevant", "k", "value"), [({"a"}, 4, 1), ({"c", "d"}, 4, 1 / 3), ({"c"}, 2, 0), ({"x"}, 4, 0), (set(), 4, 0)]
)
def test_the_reciprocal_rank_is_that_of_the_first_relevant_id(relevant: set[str], k: int, value: float) -> None:
    assert reciprocal_rank(RANKED, relevant, k) == value


def test_ndcg_weighs_gain_by_rank() -> None:
    # gain 2^1 − 1 = 1 at rank 1, 2^2 − 1 = 3 at rank 3; at best the other way round
    assert ndcg(RANKED, {"a": 1, "c": 2}, 3) == pytest.approx((1 + 3 / log2(4)) / (3 + 1 / log2(3)))


@pytest.mark.parametrize(
    ("relevance", "k", "value"),
    [
        ({"a": 2, "b": 1}, 4, 1),
        ({"d": 1}, 3, 0),
        ({"x": 1}, 4, 0),
        ({"a": 0}, 4, 0),
        ({}, 4, 0),
        ({"a": 1, "x": 1}, 1, 1),
    ],
)
def test_ndcg_is_one_at_best_and_zero_without_a_gain(relevance: dict[str, float], k: int, value: float) -> None:
    assert ndcg(RANKED, relevance, k) == value


def test_an_empty_ranking_finds_nothing() -> None:
    assert [measure([], {"a"}, 5) for measure in (hit, recall, reciprocal_rank)] == [0, 0, 0]
    assert ndcg([], {"a": 1}, 5) == 0


@pytest.mark.parametrize(
    ("positive", "negative", "value"),
    [
        ([0.9, 0.8], [0.2, 0.1], 1),
        ([0.1], [0.9], 0),
        ([0.5], [0.5], 0.5),
        ([0.9, 0.3], [0.5, 0.3], 0.625),
        ([], [1], 0.5),
    ],
)
def test_auroc_is_the_chance_that_a_positive_scores_higher(
    positive: list[float], negative: list[float], value: float
) -> None:
    assert auroc(positive, negative) == value
