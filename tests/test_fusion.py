"""Merging rankings: what several of them know rises."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fusion import K, fuse

RANKING = st.lists(st.sampled_from("abcdefgh"), unique=True)
RANKINGS = st.lists(RANKING, min_size=1, max_size=4)


def test_a_thing_found_by_both_rises_above_what_one_found_first() -> None:
    fused = fuse([["words", "both"], ["meaning", "both"]])

    assert [thing for thing, _ in fused] == ["both", "words", "meaning"]


def test_the_score_is_the_sum_of_reciprocal_ranks() -> None:
    assert dict(fuse([["a", "b"], ["b"]])) == {"a": 1 / 61, "b": 1 / 62 + 1 / 61}


def test_a_heavier_ranking_decides() -> None:
    assert [thing for thing, _ in fuse([["a", "b"], ["b", "a"]], weights=[1.0, 2.0])] == ["b", "a"]


def test_a_ranking_of_no_weight_changes_no_order() -> None:
    assert [thing for thing, _ in fuse([["a", "b"], ["b", "a"]], weights=[1.0, 0.0])] == ["a", "b"]


def test_nothing_fused_is_nothing() -> None:
    assert (fuse([]), fuse([[], []])) == ([], [])


def test_each_ranking_needs_its_weight() -> None:
    with pytest.raises(ValueError, match="zip"):
        fuse([["a"], ["b"]], weights=[1.0])


@given(RANKING)
def test_a_single_ranking_keeps_its_order(ranking: list[str]) -> None:
    assert [thing for thing, _ in fuse([ranking])] == ranking


@given(RANKINGS)
def test_everything_found_comes_once_best_first(rankings: list[list[str]]) -> None:
    fused = fuse(rankings)

    assert sorted(thing for thing, _ in fused) == sorted({thing for ranking in rankings for thing in ranking})
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)
    assert all(0 < score <= len(rankings) / (K + 1) for _, score in fused)


@given(RANKINGS, st.randoms(use_true_random=False))
def test_the_order_of_the_rankings_changes_no_score(rankings: list[list[str]], random: Random) -> None:
    shuffled = random.sample(rankings, len(rankings))

    assert dict(fuse(shuffled)) == pytest.approx(dict(fuse(rankings)))


@given(RANKINGS, st.sampled_from("abcdefgh"))
def test_what_is_better_everywhere_ranks_higher(rankings: list[list[str]], best: str) -> None:
    ahead = [[best, *(thing for thing in ranking if thing != best)] for ranking in rankings]

    assert fuse(ahead)[0][0] == best
