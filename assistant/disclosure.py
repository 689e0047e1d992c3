"""Withholds counts that could point to somebody: every one under five, and so many more that none can be worked out.

One table is one row of counts that make up a total. Whoever knows the total, what is shown, and this file cannot tell a
withheld count: among the withheld ones a person can always be moved from one to another and everything shown stays.
After complementary cell suppression: Cox, "Suppression Methodology and Statistical Disclosure Control", JASA 75 (1980).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

LEAST = 5  # counts below it are withheld: in a small town they would point to one family


def disclosed(counts: Mapping[str, int], possible: Collection[str] = ()) -> dict[str, int]:
    """The counts that may be shown; `possible` are all that could have been counted, so that a zero is one too."""
    ordered = sorted((counts.get(name, 0), name) for name in {*possible, *counts})
    small = sum(count < LEAST for count, _ in ordered)
    withheld = small
    while small and withheld < len(ordered) and not _is_safe(ordered, small, withheld):
        withheld += 1
    return {name: count for count, name in ordered[withheld:]}


def _is_safe(ordered: Sequence[tuple[int, str]], small: int, withheld: int) -> bool:
    """Whether what is withheld, the first so many of the ordered counts, leaves room for other counts.

    Withheld are at least two, five people together. Of those withheld for their smallness, not all may be as large as
    they can be; of those withheld besides, which are known to be at most the smallest shown, neither.
    """
    people, others = sum(count for count, _ in ordered[:withheld]), withheld - small
    if withheld < 2 or people < LEAST:
        return False
    if not others:
        return people < small * (LEAST - 1)
    return withheld == len(ordered) or people <= others * (ordered[withheld][0] - 1)
