"""What a report publishes cannot be turned back into what it withholds: tried with everything published at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from assistant.disclosure import LEAST
from assistant.figures import FOUND, LANGUAGES_COUNTED, OUTCOMES, UNMET, Key, Possible, figures
from assistant.ledger import Events, Turns
from tests.house import catalog

DAY = "2026-10-07"
TOPICS = {
    "work": frozenset(["finding", "losing", "money"]),
    "training": frozenset(["finding", "school"]),
    "": frozenset(["guidance"]),
    "unanswered": frozenset(["finding", "unknown", "unknown/taxi"]),
    "declined": frozenset(["declined/weather", "declined/pets"]),
    "referred": frozenset(["unknown", "referred/sanction"]),
}
PLACES = ("", "nidda", "buedingen")
POSSIBLE = Possible(TOPICS, frozenset(PLACES), frozenset(["offer/a", "offer/b", "offer/c"]))


def _all_turns() -> list[Turns]:
    """Every row there can be."""
    around = list(product(LANGUAGES_COUNTED, PLACES))
    found = [(focus, topic) for focus in ("work", "training", "") for topic in sorted(TOPICS[focus])]
    rows = [
        Turns(DAY, language, topic, focus, place, outcome)
        for outcome in ("answered", "asking")
        for focus, topic in found
        for language, place in around
    ]
    rows += [
        Turns(DAY, language, topic, "", place, outcome)
        for outcome in UNMET
        for topic in sorted(TOPICS[outcome])
        for language, place in around
    ]
    rows += [Turns(DAY, language, "smalltalk", "", "", "smalltalk") for language in LANGUAGES_COUNTED]
    return [*rows, Turns(DAY, "", "emergency", "", "", "emergency")]


ROWS = _all_turns()


def _ended(row: Turns) -> str:
    return FOUND if row.outcome in ("answered", "asking") else row.outcome


# How each table counts, written down a second time and from the outside: which rows stand behind a key.
TABLES: dict[str, Callable[[Turns], Key | None]] = {
    "turns": lambda row: (),
    "outcome": lambda row: (_ended(row),),
    "answer": lambda row: (row.outcome,) if _ended(row) == FOUND else None,
    "place": lambda row: (row.place,) if _ended(row) == FOUND else None,
    "language": lambda row: (_ended(row), row.language) if _ended(row) in (FOUND, *UNMET) else None,
    "focus": lambda row: (row.focus,) if _ended(row) == FOUND else None,
    "topic": lambda row: (row.focus, row.topic) if _ended(row) == FOUND else None,
    "need": lambda row: (row.outcome, row.topic) if row.outcome in UNMET else None,
    "need_place": lambda row: (row.outcome, row.topic, row.place) if row.outcome in UNMET else None,
}


def cells() -> dict[Key, list[int]]:
    """Every cell a table can have, with the rows behind it by number."""
    behind: dict[Key, list[int]] = {}
    for at, row in enumerate(ROWS):
        for table, keyed in TABLES.items():
            key = keyed(row)
            if key is not None:
                behind.setdefault((table, *key), []).append(at)
    return behind


CELLS = cells()


def _weights(rows: Iterable[int]) -> np.ndarray:
    weights = np.zeros(len(ROWS))
    weights[list(rows)] = 1
    return weights


def bounds(key: Key, published: dict[Key, int]) -> tuple[float, float]:
    """The least and the most a cell can be, for somebody who has everything published and a solver."""
    system = np.array([_weights(CELLS[known]) for known in published]) if published else None
    values = np.array(list(published.values())) if published else None
    least, most = (
        linprog(sign * _weights(CELLS[key]), A_eq=system, b_eq=values, bounds=(0, None), method="highs")
        for sign in (1, -1)
    )
    assert least.status == 0
    return float(least.fun), -float(most.fun) if most.status == 0 else float("inf")


counted = st.dictionaries(st.sampled_from(range(len(ROWS))), st.sampled_from([1, 2, 4, 5, 7, 9, 30]), max_size=40)


@settings(max_examples=25)
@given(counted)
def test_with_everything_published_no_count_under_five_can_be_pinned_to_one_value(counts: dict[int, int]) -> None:
    published = figures({ROWS[at]: count for at, count in counts.items()}, {}, POSSIBLE)
    for key, rows in CELLS.items():
        true = sum(counts.get(at, 0) for at in rows)
        if key not in published:
            least, most = bounds(key, published)
            assert least <= true <= most + 1e-6
            assert most - least > 0.999, f"{key} is {true}, and can only be {least:g}"


@given(counted)
def test_what_is_published_is_true_and_five_or_more(counts: dict[int, int]) -> None:
    published = figures({ROWS[at]: count for at, count in counts.items()}, {}, POSSIBLE)
    assert {key: sum(counts.get(at, 0) for at in CELLS[key]) for key in published} == published
    assert all(count >= LEAST for count in published.values())


votes = st.dictionaries(
    st.tuples(st.sampled_from(["offer/a", "offer/b", "offer/c", "topic/x"]), st.sampled_from(["helped", "unhelped"])),
    st.integers(0, 20),
)


@given(votes)
def test_votes_of_an_offer_are_shown_only_where_no_part_of_them_can_be_told(given: dict[tuple[str, str], int]) -> None:
    published = figures({}, {Events(DAY, *vote): count for vote, count in given.items()}, POSSIBLE)
    for table, source, *event in published:
        if event:
            assert published["votes", source] == sum(
                published.get(("vote", source, e), 0) for e in ("helped", "unhelped")
            )
        assert table in ("votes", "vote")
    assert all(count >= LEAST for count in published.values())


def test_much_is_shown_where_many_ask() -> None:
    """Withholding everything would be safe too."""
    many = dict.fromkeys(ROWS, 20)
    published = figures(many, {Events(DAY, offer, "shown"): 9 for offer in POSSIBLE.offers}, POSSIBLE)
    assert set(published) == {*CELLS, *(("shown", offer) for offer in POSSIBLE.offers)}


def test_what_can_be_counted_is_read_from_the_content() -> None:
    possible = Possible.of(catalog())
    assert possible.topics["work"] == {"work", "school"}
    assert possible.topics[""] == {"guidance"}
    assert possible.topics["declined"] == {"declined/weather"}
    assert possible.topics["referred"] == {"unknown", "referred/sanction"}
    assert possible.places == {"", "nidda", "friedberg", "buedingen"}
    assert OUTCOMES[0] == FOUND
