"""Lets only so many answers be worked on at once and so many wait; the rest is told at once to come again.

A queue without bound answers everybody late; a bounded one answers most in time (Little's law: waiting is the length of
the queue times the time of an answer), and the moment the rush is over everybody again.
"""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant import metrics
from assistant.problems import Page, refused

# More at once only take turns on the interpreter's lock: they would all end late instead of one after the other.
AT_ONCE = 4
RETRY_AFTER = 2  # seconds; a full queue is worked off in less
LONGEST_WAIT = 5.0  # seconds; on a machine busy with something else even a short queue takes too long for anybody
FREE = ("/health/", "/metrics", "/static/", "/vendor/", "/widget")  # cheap, and needed most when it is full


class Gate:
    """A bounded queue before an application."""

    def __init__(self, app: ASGIApp, most_waiting: int, page: Page | None = None) -> None:
        """Take the application, how many requests may wait, and the page for those who cannot."""
        self.app = app
        self._most = most_waiting
        self._page = page
        self._waiting = 0
        self._working = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when its turn has come, or answer 503."""
        if scope["type"] != "http" or scope["path"].startswith(FREE):
            await self.app(scope, receive, send)
            return
        if (self._working.locked() and self._waiting >= self._most) or not await self._turn():
            metrics.OVERLOADED.inc()
            await self._full(scope)(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            self._working.release()

    async def _turn(self) -> bool:
        """Wait for a place to be worked on; False when that takes too long."""
        self._waiting += 1
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await self._working.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    def _full(self, scope: Scope) -> Response:
        detail = f"Too many questions at once. Send it again in {RETRY_AFTER} seconds."
        return refused(scope, 503, detail, self._page, {"Retry-After": str(RETRY_AFTER)})
