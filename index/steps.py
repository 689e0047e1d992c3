"""Tells whoever listens how long each step of an answer took; nothing of what was asked.

Who counts and shows the times is not this package's business (`assistant/metrics.py` does).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, float], None]  # told the step's name and its seconds

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have every step of this process reported; listening twice reports once."""
    if listener not in _listeners:
        _listeners.append(listener)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Time a step by the monotonic clock, which a wrong or corrected time of day does not touch."""
    started = time.perf_counter()
    try:
        yield
    finally:
        for listener in _listeners:
            listener(name, time.perf_counter() - started)
