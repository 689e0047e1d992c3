"""Works once on what many ask at the same time, and gives the answer of this minute again without taking a turn.

Before the gate: what is only given again may not wait behind what must be thought about, nor fill its queue. The same
request coming while its answer is being made waits for that one (request coalescing, as caching proxies do it).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant import metrics
from assistant.body import again
from assistant.pages import Pages
from assistant.repeated import Given, Repeated

PATH = "/api/chat"
GIVEN = "lotse.given"  # where in a request's scope its route leaves an answer that may be given again


class Rush:
    """Stands before an application whose route leaves answers in the scope."""

    def __init__(self, app: ASGIApp, pages: Callable[[Any], Pages], answered: Callable[[Any, Given], Response]) -> None:
        """Take the application, what finds the pages now served, and what sends an answer once more and counts it."""
        self.app = app
        self._pages = pages
        self._answered = answered
        self._under_way: dict[bytes, asyncio.Future[Given | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless its answer is there or on its way."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body: bytes = (await receive()).get("body", b"")  # `Body` stands before us and hands it over whole
        pages = self._pages(scope["app"])
        now, switch = pages.assistant.now(), pages.assistant.switch()
        key = pages.repeated.key(_asked(scope, body), now, switch)
        given = pages.repeated.get(key)
        if given is None and key in self._under_way:
            given = await self._under_way[key]
        if given is None:
            await self._first(key, pages.repeated, scope, again(body, receive), send)
            return
        metrics.REPEATED.inc()
        await self._answered(scope["app"], given)(scope, receive, send)

    async def _first(self, key: bytes, repeated: Repeated, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered; who asks the same meanwhile is told the answer, or that there is none to share."""
        answer = self._under_way.setdefault(key, asyncio.get_running_loop().create_future())
        try:
            await self.app(scope, receive, send)
        finally:
            given: Given | None = scope.get(GIVEN)
            if given is not None:
                repeated.keep(key, given)
            if not answer.done():
                answer.set_result(given)
            self._under_way.pop(key, None)


def _asked(scope: Scope, body: bytes) -> bytes:
    """What makes two requests the same: kind and body."""
    return Headers(scope=scope).get("content-type", "").encode() + b"\0" + body
