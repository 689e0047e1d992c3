"""Counts under five are withheld, and nobody can work them out, not even with the rule at hand."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.disclosure import LEAST, disclosed

NAMES = "abcdef"


@given(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 40)))
def test_no_count_under_five_is_shown_and_what_is_shown_is_true(counts: dict[str, int]) -> None:
    shown = disclosed(counts, NAMES)
    assert all(count >= LEAST and counts[name] == count for name, count in shown.items())


@given(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 40)))
def test_what_is_withheld_are_two_or_more_with_five_people_or_nothing_is_shown(counts: dict[str, int]) -> None:
    shown = disclosed(counts, NAMES)
    withheld = [counts.get(name, 0) for name in NAMES if name not in shown]
    assert not shown or not withheld or (len(withheld) >= 2 and sum(withheld) >= LEAST)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 20, "b": 30, "c": 40}, {"a": 20, "b": 30, "c": 40}),  # nothing to hide
        ({"a": 3, "b": 30, "c": 40}, {"c": 40}),  # the total less 30 and 40 would tell the 3
        ({"a": 0, "b": 30, "c": 40}, {"c": 40}),  # that nobody asked is told as little
        ({"a": 3, "b": 2, "c": 40}, {"c": 40}),
        ({"a": 4, "b": 4, "c": 40, "d": 50}, {"d": 50}),  # eight in two that are under five: both would be four
        ({"a": 4, "b": 40, "c": 40, "d": 50, "e": 90}, {"d": 50, "e": 90}),  # b is at most c: a would be at least four
        ({"a": 3, "b": 30}, {}),
        ({"a": 3}, {}),
    ],
)
def test_what_is_shown(counts: dict[str, int], shown: dict[str, int]) -> None:
    assert disclosed(counts) == shown


@pytest.mark.parametrize(("cells", "people"), [(2, 60), (3, 40), (4, 24)])
def test_whoever_knows_the_total_and_the_rule_cannot_tell_a_count_under_five(cells: int, people: int) -> None:
    """Every table of up to so many people: those that look alike must differ in each count that is withheld."""
    alike: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    names = NAMES[:cells]
    for first in product(range(people + 1), repeat=cells - 1):
        for total in range(max(LEAST, sum(first)), people + 1):  # of fewer not even the total is shown
            table = (*first, total - sum(first))
            shown = disclosed(dict(zip(names, table, strict=True)), names)
            alike[total, tuple(shown.items())].append(table)
    told = [
        (tables[0], names[at])
        for tables in alike.values()
        for at in range(cells)
        if tables[0][at] < LEAST and {table[at] for table in tables} == {tables[0][at]}
    ]
    assert told == []
