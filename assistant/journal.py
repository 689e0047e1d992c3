"""Counts what people look for and what they find, without anything that points to a person: days, topics, towns.

An answer waits for nothing here: counts are gathered in memory and written by a thread, some seconds' worth at a time.
What cannot be written now is tried again; the report over it is `report`'s, where counts are kept `ledger`'s.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Literal

import structlog

from assistant import metrics
from assistant.catalog import Catalog
from assistant.dialogue import Response
from assistant.hours import BERLIN
from assistant.ledger import Counts, Events, Ledger, LedgerFailed, Turns, open_ledger
from assistant.settings import DATABASES, JOURNAL_FILE, Settings
from assistant.subject import subject

WRITE_SECONDS = (
    2.0  # turns of so many seconds are written as one sum; a process that is killed loses no more than these
)
MOST_WAITING = 10_000  # different rows kept in memory while nothing can be written: some megabytes
SHOWN = "shown"

log = structlog.get_logger()


def today() -> date:
    """The day it is in the Kreis."""
    return datetime.now(BERLIN).date()


def open_journal(settings: Settings) -> Journal | None:
    """The journal that the settings name; None where it is turned off."""
    address, before = settings.journal_address, settings.var / JOURNAL_FILE
    if address and address.startswith(DATABASES) and before.exists():
        # Nobody deletes any more what becomes too old in it.
        log.warning("a journal was left behind", advice=f"assistant move-journal {before}, then delete it")
    return Journal(open_ledger(address, settings.kreis, settings.journal_days)) if address else None


class Journal:
    """What is counted by one process."""

    def __init__(self, ledger: Ledger, today: Callable[[], date] = today, seconds: float = WRITE_SECONDS) -> None:
        """Take where counts are kept, the day, and how often they are written; 0: only when asked to."""
        self.ledger = ledger
        self.today = today
        self._seconds = seconds
        self._waiting: Counter[Turns | Events] = Counter()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._tidied: date | None = None
        self.trouble = ""  # why nothing can be written at the moment, with advice
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write_on, name="journal", daemon=True)
        if seconds:
            self._thread.start()

    def record(self, response: Response, catalog: Catalog) -> None:
        """Remember day, language, topic, focus, town and outcome of a turn, and the offers shown; never its words."""
        answer = response.answer
        about = subject(answer, response.conversation.situation, catalog)
        known = answer.language if answer.language in metrics.LANGUAGES else metrics.OTHER
        language = "" if answer.outcome == "emergency" else known
        day = self.today().isoformat()
        self._count(
            [
                Turns(day, language, about.topic, about.focus, about.place, answer.outcome),
                *(Events(day, f"offer/{card.id}", SHOWN) for card in answer.offers),
            ]
        )

    def vote(
        self, source: str, marked: Sequence[tuple[str, Sequence[str]]], until: date
    ) -> Literal["taken", "used", "unwritten"]:
        """Count a vote of which each part, known by its mark, is taken once; written at once, so that it is known."""
        day = self.today().isoformat()
        parts: list[tuple[str, Counts]] = [
            (mark, {Events(day, source, event): 1 for event in events}) for mark, events in marked
        ]
        try:
            return "taken" if self.ledger.add_once(parts, until) else "used"
        except LedgerFailed as error:
            failed(error)
            return "unwritten"

    def write(self) -> None:
        """Write what waits, and once a day delete what is too old; what fails is tried again the next time."""
        with self._writing:
            with self._lock:
                taken, self._waiting = self._waiting, Counter()
            try:
                if taken:
                    self.ledger.add(taken)
                    taken = Counter()
                if self._tidied != self.today():
                    self.ledger.forget(self.today())
                    self._tidied = self.today()
                self.trouble = ""
            except LedgerFailed as error:
                with self._lock:
                    self._waiting.update(taken)
                # Tried every two seconds: the log says it once, the figures each time.
                failed(error, known=bool(self.trouble))
                self.trouble = f"{error} Counts wait in memory."

    def close(self) -> None:
        """Write what waits and end; called when a process is asked to."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self.write()

    def _count(self, rows: Sequence[Turns | Events]) -> None:
        with self._lock:
            if len(self._waiting) < MOST_WAITING or all(row in self._waiting for row in rows):
                self._waiting.update(rows)
                return
        metrics.JOURNAL_FAILURES.inc()

    def _write_on(self) -> None:
        self.write()  # what became too old while nothing ran
        while not self._ended.wait(self._seconds):
            self.write()


def failed(error: LedgerFailed, known: bool = False) -> None:
    """Count, and log unless it is known, that something could not be written; the error's own words stay out."""
    metrics.JOURNAL_FAILURES.inc()
    if not known:
        log.warning("journal not written", code=error.code)
