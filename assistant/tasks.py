"""What feedback asks of the editors: which offer's file to look at, why, how often it was said, since when.

It is about texts, not people, and names only fixed reasons. Counts are rough all the same: how many exactly said so is
nobody's task.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rich.table import Table

from assistant.catalog import Catalog
from assistant.feedback import REASONS, UNHELPED
from assistant.ledger import Ledger

STEPS = (100, 50, 25, 10, 5)
NO_REASON = "none given"


@dataclass(frozen=True, slots=True)
class Task:
    """An offer to look at: its file, each reason with how often it was given, and the first month it was."""

    offer: str
    file: str
    reasons: Mapping[str, str]
    since: str
    votes: int


def make_tasks(ledger: Ledger, catalog: Catalog) -> list[Task]:
    """The offers that did not help, those most often said so first."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    since: dict[str, str] = {}
    for row, count in sorted(ledger.events(date.min, date.max).items()):
        kind, _, offer = row.source.partition("/")
        if kind == "offer" and offer in catalog.offers and row.event in (UNHELPED, *REASONS):
            counts[offer][row.event] += count
            since.setdefault(offer, row.day[:7])
    tasks = [_task(offer, said, since[offer], catalog) for offer, said in counts.items()]
    return sorted(tasks, key=lambda task: (-task.votes, task.offer))


def as_table(tasks: list[Task]) -> Table:
    """The tasks for a terminal."""
    grid = Table("file", "reasons", "since", title="Offers that did not help", title_justify="left")
    for task in tasks:
        grid.add_row(task.file, ", ".join(f"{why}: {often}" for why, often in task.reasons.items()), task.since)
    return grid


def as_json(tasks: list[Task]) -> str:
    """The tasks for programs."""
    told = [{"file": t.file, "offer": t.offer, "reasons": dict(t.reasons), "since": t.since} for t in tasks]
    return json.dumps(told, ensure_ascii=False, indent=1)


def as_csv(tasks: list[Task]) -> str:
    """The tasks for spreadsheets: a row for each reason."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\n")
    rows.writerow(["file", "reason", "how often", "since"])
    rows.writerows([t.file, why, often, t.since] for t in tasks for why, often in t.reasons.items())
    return out.getvalue()


def _task(offer: str, said: Mapping[str, int], since: str, catalog: Catalog) -> Task:
    reasons = {reason: said[reason] for reason in REASONS if said.get(reason)}
    silent = said.get(UNHELPED, 0) - sum(reasons.values())
    often = sorted(reasons.items(), key=lambda item: -item[1]) + [(NO_REASON, silent)] * (silent > 0)
    file = catalog.sources[f"offer/{offer}"].file
    shown = "/".join(file.parts[-2:])
    return Task(offer, shown, {why: roughly(count) for why, count in often}, since, said.get(UNHELPED, 0))


def roughly(count: int) -> str:
    """How often, in steps."""
    return next((f"{step} or more" for step in STEPS if count >= step), "under 5")
