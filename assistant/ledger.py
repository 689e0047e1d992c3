"""What the journal keeps, wherever it lies: sums per day of what was asked and of what happened to an offer.

No row has a number or a time. What is counted, and when it is written, is `journal`'s; how it is kept is that of
`sqlite_ledger` (a file) or `postgres_ledger` (a database that several machines share).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

from assistant.settings import DATABASES


class Turns(NamedTuple):
    """Turns that are alike in everything the journal keeps of them; `day` is a date as ISO 8601 writes it."""

    day: str
    language: str
    topic: str
    focus: str
    place: str
    outcome: str


class Events(NamedTuple):
    """What happened to an offer on a day: it was shown, it helped, it did not, for one of the fixed reasons."""

    day: str
    source: str
    event: str


ALWAYS = (date.min, date.max)
Counts = Mapping[Turns | Events, int]


class LedgerFailed(Exception):
    """Nothing can be written or read at the moment; the message says why and what an operator can do."""

    def __init__(self, why: str, code: str) -> None:
        """Take the reason in words, and what the store calls it."""
        super().__init__(f"The journal cannot be used: {why}")
        self.code = code


class Ledger(Protocol):
    """Keeps counts for some days; several processes write at once. Everything here raises LedgerFailed."""

    days: int

    def add(self, counts: Counts) -> None:
        """Add counts, all or none; what failed shall be added again, perhaps with more, and counts once then."""
        ...

    def add_once(self, marked: Sequence[tuple[str, Counts]], until: date) -> bool:
        """Add what was not added under its mark before, and tell whether there was such; a mark is kept that long."""
        ...

    def forget(self, today: date) -> None:
        """Delete what is too old, and of days that are over the order in which they were written."""
        ...

    def turns(self, since: date, before: date) -> dict[Turns, int]:
        """What was counted of turns from one day on and before another."""
        ...

    def events(self, since: date, before: date) -> dict[Events, int]:
        """What was counted of offers from one day on and before another."""
        ...

    def marks(self) -> dict[str, date]:
        """The marks that are kept, each with its last day."""
        ...


def open_ledger(address: str, kreis: str, days: int) -> Ledger:
    """The ledger at an address: a file, or `postgresql://…`, which tells Kreise apart."""
    if address.startswith(DATABASES):
        from assistant.postgres_ledger import PostgresLedger

        return PostgresLedger(address, kreis, days)
    from assistant.sqlite_ledger import SqliteLedger

    return SqliteLedger(Path(address), days)


def move(old: Ledger, new: Ledger, today: date) -> int:
    """Add all that one ledger keeps to another, once however often it is tried; gives how many sums were added."""
    for mark, until in old.marks().items():
        new.add_once([(mark, {})], until)
    rows: list[tuple[Turns | Events, int]] = [*old.turns(*ALWAYS).items(), *old.events(*ALWAYS).items()]
    said = sha256(repr(sorted((*row, count) for row, count in rows)).encode()).hexdigest()
    # Kept as long as what it counts: the last of it was counted today.
    return len(rows) if new.add_once([(said, dict(rows))], date.fromordinal(today.toordinal() + new.days)) else 0
