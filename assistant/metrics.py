"""What is counted and timed for Prometheus: numbers by kind, never words, addresses or who asked.

With several workers each writes to files of a shared folder (`PROMETHEUS_MULTIPROC_DIR`, set by `assistant serve`), so
that whichever worker is asked tells of all of them.
"""

from __future__ import annotations

import os
from datetime import datetime

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from assistant.cards import Answer
from assistant.switch import Switch
from index.steps import listen

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a counter began tells nobody anything here, and doubles the page

# From half a millisecond, a cached answer, to the five seconds after which people leave.
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
# Languages counted by name; the rest together, for a rare one on a quiet day would point to somebody.
LANGUAGES = frozenset(["de", "en", "uk", "tr", "ar", "ru"])
OTHER = "other"

ANSWERS = Counter("lotse_answers", "answers by outcome and language", ["outcome", "language"])
STEPS = Histogram("lotse_step_seconds", "time of each step of an answer", ["step"], buckets=SECONDS)
REQUESTS = Counter("lotse_requests", "requests by route and status", ["route", "status"])
REQUEST_SECONDS = Histogram("lotse_request_seconds", "time of a request by route", ["route"], buckets=SECONDS)
BELOW = Counter("lotse_below_threshold", "questions whose best source was not sure enough to be shown")
LIMITED = Counter("lotse_limited_requests", "requests turned away by the rate limit (429)")
OVERLOADED = Counter("lotse_overloaded_requests", "requests turned away because too many were waiting (503)")
REPEATED = Counter("lotse_repeated_answers", "answers given from memory because the same was asked before")
FAILED = Counter("lotse_errors", "requests that ended in an error of ours, by its kind", ["error"])
RELOADS = Counter("lotse_reloads", "times that something new was taken up")
RELOAD_FAILURES = Counter("lotse_reload_failures", "changes that could not be taken up as wanted", ["part"])
JOURNAL_FAILURES = Counter(
    "lotse_journal_failures", "times the journal could not be written; what it was to count is tried again"
)
INDEX_MADE = Gauge(
    "lotse_index_made_timestamp_seconds", "when the index now served was made", multiprocess_mode="livemin"
)
DEGRADED = Gauge("lotse_degraded", "1 while a worker serves less than it should", multiprocess_mode="livemax")
SWITCHED_OFF = Gauge("lotse_switched_off", "what the operator turned off", ["what"], multiprocess_mode="livemax")


def start() -> None:
    """Count from now on, and time the steps of answers."""
    listen(lambda name, seconds: STEPS.labels(name).observe(seconds))


def answered(answer: Answer) -> None:
    """Count an answer."""
    ANSWERS.labels(answer.outcome, answer.language if answer.language in LANGUAGES else OTHER).inc()
    if answer.outcome == "unanswered":
        BELOW.inc()


def reloaded(made_at: str, whole: bool) -> None:
    """Count that something new is served, made then."""
    RELOADS.inc()
    INDEX_MADE.set(datetime.fromisoformat(made_at).timestamp())
    DEGRADED.set(0 if whole else 1)


def reload_failed(part: str) -> None:
    """Count a change that could not be taken up as wanted."""
    RELOAD_FAILURES.labels(part).inc()


def turned(switch: Switch) -> None:
    """Show what is turned off; what is on again stays with 0, so that an alert ends."""
    off = {"everything": switch.everything is not None} | dict.fromkeys(switch.topics, True)
    for what in off.keys() | _known_off:
        SWITCHED_OFF.labels(what).set(int(off.get(what, False)))
    _known_off.update(off)


_known_off: set[str] = set()


def exposed() -> bytes:
    """All figures in Prometheus' text format, of all workers together."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
