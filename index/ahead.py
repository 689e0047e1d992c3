"""Encodes a question on another core while the rest of its answer is prepared.

The model runs without the interpreter's lock, rules and words are looked for with it: side by side they take hardly
longer than the longer of both.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Made = TypeVar("Made")  # what is made of a text
AT_ONCE = 4  # questions encoded side by side; more than cores only take turns
A_MOMENT = 0.05  # seconds to wait for another thread to begin: it takes a tenth of a millisecond


class Ahead(Generic[Made]):
    """What the model makes of the questions being answered right now, in memory only."""

    def __init__(self, encode: Callable[[str], Made], most: int) -> None:
        """Take what encodes a text, and of how many texts that is remembered."""
        self._encode = encode
        self._most = most
        self._lock = threading.Lock()
        self._begun: OrderedDict[str, Future[Made]] = OrderedDict()
        self._others = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="encode")

    def begin(self, *texts: str) -> None:
        """Encode texts elsewhere, in their order; returns once the first has begun.

        That is waited for, because a thread waits long for a busy interpreter.
        """
        begun = [threading.Event() for _ in texts]
        for text, event in zip(texts, begun, strict=True):
            self._others.submit(self._run, text, self._kept(text), event)
        if begun:
            begun[0].wait(A_MOMENT)

    def made(self, text: str) -> Made:
        """What is made of a text: what was begun, else now. Raises what encoding raised."""
        future = self._kept(text)
        self._run(text, future)
        return future.result()

    def _kept(self, text: str) -> Future[Made]:
        """What will hold what is made of a text."""
        with self._lock:
            kept = self._begun.setdefault(text, Future())
            self._begun.move_to_end(text)
            while len(self._begun) > self._most:
                self._begun.popitem(last=False)
        return kept

    def _run(self, text: str, future: Future[Made], begun: threading.Event | None = None) -> None:
        """Encode a text, unless another thread has begun to."""
        with self._lock:
            mine = not (future.running() or future.done()) and future.set_running_or_notify_cancel()
        if begun:
            begun.set()
        if not mine:
            return
        try:
            future.set_result(self._encode(text))
        except Exception as error:
            with self._lock:
                self._begun.pop(text, None)  # the next one who asks tries again
            future.set_exception(error)
