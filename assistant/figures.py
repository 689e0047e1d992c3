"""What may be published of one month: counts in tables, each without what could point to somebody.

A table parts a count that is shown into its kinds: all turns by outcome, those that found something by focus, each
focus by topic. No two tables that part the same count have a kind in common, so one tells nothing of what another
withholds; `disclosure` sees to each. A month is published once and for itself: longer times are sums of months, so two
reports that overlap tell nothing either.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from assistant.catalog import Catalog
from assistant.disclosure import LEAST, disclosed
from assistant.feedback import HELPED, UNHELPED
from assistant.journal import SHOWN
from assistant.ledger import Events, Turns
from assistant.metrics import LANGUAGES, OTHER
from assistant.subject import UNKNOWN, subject_of

Key = tuple[str, ...]  # the table, then what is counted: ("topic", "work", "finding-work")
Row = TypeVar("Row", Turns, Events)
Counts = Mapping[Row, int]

FOUND = "found"  # answered and asking: help was shown
UNMET = ("unanswered", "declined", "referred")  # outcomes without an offer of ours
OUTCOMES = (FOUND, *UNMET, "emergency", "smalltalk")
LANGUAGES_COUNTED = (*sorted(LANGUAGES), OTHER)


@dataclass(frozen=True, slots=True)
class Possible:
    """What can be counted: the names a table can have, so that a zero is withheld like a three."""

    topics: Mapping[str, frozenset[str]]  # by focus of what was found, by outcome of what was not
    places: frozenset[str]
    offers: frozenset[str]

    @classmethod
    def of(cls, catalog: Catalog) -> Possible:
        """Everything the content has."""
        by_focus: dict[str, set[str]] = {}
        for kind, things in (("offer", catalog.offers), ("page", catalog.pages), ("actor", catalog.actors)):
            for id in things:
                known = subject_of(f"{kind}/{id}", catalog)
                by_focus.setdefault(known.focus, set()).add(known.topic)
        rules = {kind: {f"{kind}/{name}" for name in rules} for kind, rules in catalog.rules.by_kind().items()}
        nobody = {f"unknown/{name}" for name in catalog.rules.unknown}
        topics = {
            **{focus: frozenset(topics) for focus, topics in by_focus.items()},
            "unanswered": frozenset({*catalog.topics, UNKNOWN, *nobody}),
            "declined": frozenset(rules.get("declined", ())),
            "referred": frozenset({UNKNOWN, *rules.get("referred", ())}),
        }
        return cls(topics, frozenset({"", *catalog.places}), frozenset(f"offer/{id}" for id in catalog.offers))


def figures(turns: Counts[Turns], events: Counts[Events], possible: Possible) -> dict[Key, int]:
    """What may be published of one month's counts."""
    month = _Month(possible)
    month.part_turns(turns)
    month.part_events(events)
    return month.published


class _Month:
    """What is published of a month so far; each table is made only of counts that are published themselves."""

    def __init__(self, possible: Possible) -> None:
        self.published: dict[Key, int] = {}
        self._possible = possible

    def part_turns(self, turns: Counts[Turns]) -> None:
        """All turns by outcome, and what each outcome was about."""
        if sum(turns.values()) < LEAST:
            return
        self.published["turns",] = sum(turns.values())
        for outcome, ended in self._parted(turns, ("outcome",), lambda row: _outcome(row.outcome), OUTCOMES):
            if outcome == FOUND:
                self._part_found(ended)
            if outcome in UNMET:
                self._part_unmet(outcome, ended)

    def _part_found(self, turns: Counts[Turns]) -> None:
        """By language, town and whether a question was asked back; by focus, and each focus by topic."""
        self._parted(turns, ("answer",), lambda row: row.outcome, ("answered", "asking"))
        self._parted(turns, ("language", FOUND), lambda row: row.language, LANGUAGES_COUNTED)
        self._parted(turns, ("place",), lambda row: row.place, self._possible.places)
        focuses = self._possible.topics.keys() - {*UNMET}
        for focus, about in self._parted(turns, ("focus",), lambda row: row.focus, focuses):
            self._parted(about, ("topic", focus), lambda row: row.topic, self._possible.topics.get(focus, ()))

    def _part_unmet(self, outcome: str, turns: Counts[Turns]) -> None:
        """By language; by what was needed, and each need by town."""
        self._parted(turns, ("language", outcome), lambda row: row.language, LANGUAGES_COUNTED)
        for need, wanted in self._parted(
            turns, ("need", outcome), lambda row: row.topic, self._possible.topics[outcome]
        ):
            self._parted(wanted, ("need_place", outcome, need), lambda row: row.place, self._possible.places)

    def part_events(self, events: Counts[Events]) -> None:
        """Offers shown; votes by offer, and each offer's by whether it helped."""
        shown = {row: count for row, count in events.items() if row.event == SHOWN}
        votes = {row: count for row, count in events.items() if row.event in (HELPED, UNHELPED)}
        self._parted(shown, ("shown",), lambda row: row.source, self._possible.offers)
        for source, given in self._parted(votes, ("votes",), lambda row: row.source, self._possible.offers):
            self._parted(given, ("vote", source), lambda row: row.event, (HELPED, UNHELPED))

    def _parted(
        self, counts: Counts[Row], table: Key, kind: Callable[[Row], str], possible: Collection[str]
    ) -> list[tuple[str, Counts[Row]]]:
        """Publish what may be shown of a table; what was published, with the counts behind it."""
        kinds: dict[str, dict[Row, int]] = {}
        for row, count in counts.items():
            kinds.setdefault(kind(row), {})[row] = count
        shown = disclosed({name: sum(rows.values()) for name, rows in kinds.items()}, possible)
        self.published |= {(*table, name): count for name, count in shown.items()}
        return [(name, kinds[name]) for name in shown]


def _outcome(outcome: str) -> str:
    return FOUND if outcome in ("answered", "asking") else outcome
