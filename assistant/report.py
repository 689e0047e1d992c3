"""The needs report: what people look for, what they find and what nobody offers, over whole months.

Every number is a sum of months as `figures` publishes them; a month in which it was withheld is missing in the sum.
As text, CSV or JSON here; as a page in `site_report`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rich.console import Group
from rich.table import Table

from assistant.catalog import Catalog
from assistant.disclosure import LEAST
from assistant.figures import Key, Possible, figures
from assistant.ledger import Ledger

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
MONTHS = 120  # more in one report are a mistake
# The tables in the order they are read, and how many steps their keys have.
TABLES = {
    "turns": 0,
    "outcome": 1,
    "answer": 1,
    "focus": 1,
    "topic": 2,
    "place": 1,
    "language": 2,
    "need": 2,
    "need_place": 3,
    "shown": 1,
    "votes": 1,
    "vote": 2,
}


class NoMonths(ValueError):
    """A time of which nothing can be reported; its message says which months can be."""


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the report: its table and kinds, the number by month, only of months that may show it."""

    key: Key
    by_month: Mapping[str, int]

    @property
    def count(self) -> int:
        """The sum of the months that may show it."""
        return sum(self.by_month.values())


@dataclass(frozen=True, slots=True)
class Report:
    """The months of a report and its lines, the largest of each table first."""

    months: tuple[str, ...]
    lines: tuple[Line, ...]

    def of(self, *key: str) -> list[Line]:
        """The lines of a table, or of a part of it."""
        return [line for line in self.lines if line.key[: len(key)] == key and len(line.key) == TABLES[key[0]] + 1]

    def at_least(self, line: Line) -> bool:
        """Whether a number was withheld in some of the months, so that there are more."""
        return len(line.by_month) < len(self.months)


def reported_months(today: date, days: int) -> tuple[str, str]:
    """The first and the last month of which a report can be made: closed, and not yet begun to be deleted.

    A month closes on the second day of the next, when the last of it is written; what was published never changes then.
    """
    last = ((today - timedelta(days=1)).replace(day=1) - timedelta(days=1)).replace(day=1)
    kept = today - timedelta(days=days)
    first = kept if kept.day == 1 else _next(kept)
    return f"{first:%Y-%m}", f"{last:%Y-%m}"


def make_report(ledger: Ledger, catalog: Catalog, first: str, last: str, today: date) -> Report:
    """The report over some months, `2026-10` to `2026-11`; left empty, all there are. Raises NoMonths."""
    earliest, latest = reported_months(today, ledger.days)
    last = last or latest
    first = first or max(earliest, min(_oldest(ledger, latest), last))
    # As text months are ordered as in time.
    if not (earliest <= first <= last <= latest and MONTH.fullmatch(first) and MONTH.fullmatch(last)):
        can = f"from {earliest} to {latest}" if earliest <= latest else "of no month yet"
        raise NoMonths(f"A report can be made {can}: of whole months that are over and still kept.")
    months, possible = _months(first, last), Possible.of(catalog)
    by_key: dict[Key, dict[str, int]] = defaultdict(dict)
    for month in months:
        begin = _day(month)
        counts = figures(ledger.turns(begin, _next(begin)), ledger.events(begin, _next(begin)), possible)
        for key, count in counts.items():
            by_key[key][month] = count
    lines = [Line(key, by_month) for key, by_month in by_key.items()]
    tables = list(TABLES)
    return Report(months, tuple(sorted(lines, key=lambda line: (tables.index(line.key[0]), -line.count, line.key))))


def as_json(report: Report, catalog: Catalog) -> str:
    """The report for programs; `at_least` says that some months are missing in a number."""
    tables: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for line in report.lines:
        words = [name_of(part, catalog) for part in line.key[1:]]
        number = {"count": line.count, "at_least": report.at_least(line), "by_month": dict(line.by_month)}
        tables[line.key[0]].append({"key": list(line.key[1:]), "words": words, **number})
    said = {"from": report.months[0], "to": report.months[-1], "withheld_below": LEAST, "tables": tables}
    return json.dumps(said, ensure_ascii=False, indent=1)


def as_csv(report: Report, catalog: Catalog) -> str:
    """The report for spreadsheets: a row for each number and month."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\n")
    rows.writerow(["table", "kind 1", "kind 2", "kind 3", "month", "count"])
    for line in report.lines:
        words = [_harmless(name_of(part, catalog)) for part in line.key[1:]]
        for month, count in sorted(line.by_month.items()):
            rows.writerow([line.key[0], *words, *[""] * (3 - len(words)), month, count])
    return out.getvalue()


def as_text(report: Report, catalog: Catalog) -> Group:
    """The report for a terminal."""
    shown = []
    for table in TABLES:
        lines = report.of(table)
        if lines:
            grid = Table(title=table.replace("_", " in "), title_justify="left")
            for column in (*[""] * max(1, TABLES[table]), "count"):
                grid.add_column(column, justify="right" if column else "left")
            for line in lines:
                words = [name_of(part, catalog) for part in line.key[1:]] or ["all"]
                grid.add_row(*words, f"{'≥ ' if report.at_least(line) else ''}{line.count}")
            shown.append(grid)
    return Group(f"{report.months[0]} to {report.months[-1]}; counts under {LEAST} a month are withheld", *shown)


def name_of(part: str, catalog: Catalog) -> str:
    """What a kind is called in the content: a topic, a town, an offer, a rule; else its own name."""
    kind, _, id = part.rpartition("/")
    kind = kind.rpartition("/")[2]
    if kind == "offer" and id in catalog.offers:
        return catalog.offers[id].title
    rules = dict(catalog.rules.by_kind().items()) if kind else {}
    for known, group in rules.items():
        if known == kind and id in group:
            return str(getattr(group[id], "label", "") or id)
    if part in catalog.topics:
        return catalog.topics[part].label
    return catalog.places[part].name if part in catalog.places else (id if kind else part)


def _harmless(word: str) -> str:
    """A word that no spreadsheet takes for a formula."""
    return f"'{word}" if word.startswith(("=", "+", "-", "@")) else word


def _oldest(ledger: Ledger, latest: str) -> str:
    """The month of the first count kept."""
    return min((row.day[:7] for row in ledger.turns(date.min, date.max)), default=latest)


def _months(first: str, last: str) -> tuple[str, ...]:
    months: list[str] = []
    day = _day(first)
    while f"{day:%Y-%m}" <= last and len(months) < MONTHS:
        months.append(f"{day:%Y-%m}")
        day = _next(day)
    return tuple(months)


def _day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _next(day: date) -> date:
    """The first day of the next month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
