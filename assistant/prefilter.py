"""Tells from a message's groups of three letters which regular expressions cannot match it, without running them.

Of the rules' many hundred patterns a message can match a handful. A pattern is read as Python's own parser reads it,
and one group of three letters is noted for every way it can match (R. Cox: Regular Expression Matching with a Trigram
Index, 2012). What cannot be told is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from re import _constants, _parser  # type: ignore[attr-defined]  # no public parser since Python 3.11
from typing import Any

GRAM = 3  # letters; two would pass nearly everything
DIGIT = r"\d"  # stands for any digit among the groups: of a pattern that needs a number often nothing else is sure
MOST = 32  # ways a piece of a pattern may read before it counts as unknown
# Shares of 3,719 messages that hold a group (2026-12): a pattern is passed over the more often the rarer what it needs.
_OFTEN = {
    0.35: "ch |er |in |ich|en |ein",
    0.25: "sch|nd | un| de|und| ic|ine|der| ha|\\d",
    0.2: " ge| mi|che| be|ne |eit| in|ter| da|ie |ach|it | au|cht",
    0.15: "mei| me|ung|bei| ei|ber|ur |as | ma|ste|n, | wi| we| ni|aus|hab|die| di| an|st |den|och| sc|ist"
    "|rbe|e a|n d|gen",
    0.1: " wa|n a| bi|mit|te |n i|t, |nde| al|ng |nen|t d|chu|ht | is| ab|bin|hen| le|arb|hre| st| se|ann"
    "|ten|im | wo|ent|ern|was|and|hul|n b|abe|uch|, w|nn | ar|n m|en,| no|rei|nge|e i| vo| ka|rie|le "
    "|ll |ab |ahr",
    0.07: "t m|ei |he |at |nte|gel| so|fur| fr|n s|man|an |r a| fu|tsc| la|ger|lle|auf|ohn|es |wer| na|e s"
    "| zu|ind|nic|ehr| ne|sta|ren|ir |r m|ere|e, | ja|hat|is |ben|r, |ler|ier",
}
SHARE = {group: share for share, groups in _OFTEN.items() for group in groups.split("|")}
SELDOM = 0.01  # share of any other group

Grams = frozenset[str]
Texts = frozenset[str]

_EMPTY: Texts = frozenset([""])
_DIGIT = re.compile(DIGIT)
_DIGITS = range(ord("0"), ord("9") + 1)
_WIDTHLESS = frozenset([_constants.AT, _constants.ASSERT, _constants.ASSERT_NOT])


def grams_of(text: str) -> Grams:
    """Every group of three letters in a text, and whether it holds a digit."""
    found = map("".join, zip(text, text[1:], text[2:], strict=False))
    return frozenset([*found, DIGIT] if _DIGIT.search(text) else found)


def needed(pattern: re.Pattern[str]) -> Grams | None:
    """Groups of which every text that the pattern matches holds at least one; None where none can be named."""
    if pattern.flags & re.IGNORECASE:
        return None
    _, best = _read(_parser.parse(pattern.pattern, pattern.flags & re.VERBOSE))
    return best


def needed_by_any(patterns: Iterable[Grams | None]) -> Grams | None:
    """Groups of which a text holds one when any of several patterns matches it."""
    every: set[str] = set()
    for grams in patterns:
        if grams is None:
            return None
        every |= grams
    return frozenset(every)


def _read(items: Iterable[tuple[Any, Any]]) -> tuple[Texts | None, Grams | None]:
    """All that a sequence can read as, where that is few; and the best groups it needs."""
    run, whole, best = _EMPTY, True, None
    for kind, value in items:
        if kind in _WIDTHLESS:
            continue
        texts, inner = _read_one(kind, value)
        best = _better(best, inner)
        if texts is not None and len(texts) * len(run) <= MOST:
            run = frozenset(before + text for before in run for text in texts)
            continue
        best, whole = _better(best, _grams(run)), False
        run = texts if texts is not None else _EMPTY
    return (run if whole else None), _better(best, _grams(run))


def _read_one(kind: Any, value: Any) -> tuple[Texts | None, Grams | None]:
    if kind is _constants.LITERAL:
        return frozenset([chr(value)]), None
    if kind is _constants.IN and all(inner is _constants.LITERAL for inner, _ in value):
        return frozenset(chr(letter) for _, letter in value), None
    if kind is _constants.IN and all(_is_digit(*inner) for inner in value):
        return None, frozenset([DIGIT])
    if kind is _constants.SUBPATTERN and not value[1]:  # no flags of its own
        return _read(value[3])
    if kind is _constants.BRANCH:
        return _read_branches([_read(branch) for branch in value[1]])
    if kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
        return _read_repeated(*value)
    return None, None


def _is_digit(kind: Any, value: Any) -> bool:
    """Whether a part of a set of letters is of digits alone."""
    if kind is _constants.RANGE:
        return value[0] in _DIGITS and value[1] in _DIGITS
    return kind is _constants.CATEGORY and value is _constants.CATEGORY_DIGIT


def _read_branches(branches: Sequence[tuple[Texts | None, Grams | None]]) -> tuple[Texts | None, Grams | None]:
    texts: set[str] | None = set()
    for read, _ in branches:
        texts = None if texts is None or read is None else texts | read
    return (None if texts is None else frozenset(texts)), needed_by_any(grams for _, grams in branches)


def _read_repeated(least: int, most: int, items: Any) -> tuple[Texts | None, Grams | None]:
    texts, grams = _read(items)
    if (least, most) == (0, 1):
        return (None if texts is None else texts | _EMPTY), None
    return None, grams if least else None


def _grams(run: Texts) -> Grams | None:
    """The rarest group of each text, unless one is too short to have any."""
    if any(len(text) < GRAM for text in run):
        return None
    return frozenset(min(map("".join, zip(text, text[1:], text[2:], strict=False)), key=_share) for text in run)


def _better(one: Grams | None, other: Grams | None) -> Grams | None:
    """The groups that fewer messages hold one of."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other, key=lambda grams: sum(map(_share, grams)))


def _share(group: str) -> float:
    return SHARE.get(group, SELDOM)
