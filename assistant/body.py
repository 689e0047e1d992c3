"""Reads a request's body before anybody works on it: whole, in bounded size and bounded time.

What is read here may not hold a place in the gate's queue while it trickles in, nor fill the memory of a worker.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.problems import Page, refused

LONGEST_WAIT = 10.0  # seconds for a whole body, as nginx allows; 64 KB take two of them on the slowest mobile network
MOST_DISCARDED = 32_000_000  # bytes of a body that is too long, the size of a photo or a document sent by mistake
MOST_FIELDS = 100  # of a form; the longest of ours has a field for each offer of a Merkzettel, and some more
LONGEST_HEADERS = 32_768  # bytes of all headers, as nginx takes them by default
MOST_HEADERS = 100  # a browser sends some twenty
FORM = "application/x-www-form-urlencoded"
CLOSE = {"Connection": "close"}  # what still comes is not read


class Body:
    """Bounds what an application has to read."""

    def __init__(self, app: ASGIApp, longest: int, page: Page | None = None) -> None:
        """Take the application, the bytes a body may have, and the pages for browsers."""
        self.app = app
        self._longest = longest
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its whole body, or say what is wrong with its size or pace."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = self._too_much_said(headers, scope)
        body, more = b"", "expect" not in headers  # who expects a word before sending has sent nothing yet
        if answer is None and _may_have_body(scope, headers):
            try:
                async with asyncio.timeout(LONGEST_WAIT):
                    read = await self._read(receive)
            except TimeoutError:
                answer = self._slow(scope)
            else:
                if read is None:
                    return  # the visitor has gone
                body, more = read
                answer = self._too_much_read(body, headers, scope)
        if answer and answer.status_code == 413 and more:
            await _discarded(receive)
        await (answer or self.app)(scope, again(body, receive), send)

    def _too_much_said(self, headers: Headers, scope: Scope) -> Response | None:
        """What can be told before a byte of the body is read."""
        size = sum(len(name) + len(value) for name, value in headers.raw)
        if len(headers.raw) > MOST_HEADERS or size > LONGEST_HEADERS:
            detail = f"At most {MOST_HEADERS} headers of {LONGEST_HEADERS} bytes together are read. Send fewer."
            return refused(scope, 431, detail, self._page, CLOSE)
        said = headers.get("content-length", "")
        # What is said is only believed where it is too much; the bytes themselves are counted.
        return self._long(scope) if said.isdecimal() and (len(said) > 15 or int(said) > self._longest) else None

    async def _read(self, receive: Receive) -> tuple[bytes, bool] | None:
        """The whole body, or its beginning where it is too long, and whether more comes; None when the visitor left."""
        body = bytearray()
        more = True
        while more and len(body) <= self._longest:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return bytes(body), more

    def _too_much_read(self, body: bytes, headers: Headers, scope: Scope) -> Response | None:
        if len(body) > self._longest:
            return self._long(scope)
        if headers.get("content-type", "").startswith(FORM) and body.count(b"&") >= MOST_FIELDS:
            detail = f"The form has more than {MOST_FIELDS} fields. Send only those that /openapi.json names."
            return refused(scope, 413, detail, self._page, CLOSE)
        return None

    def _long(self, scope: Scope) -> Response:
        detail = f"The body is longer than {self._longest} bytes. Send a shorter message."
        return refused(scope, 413, detail, self._page, CLOSE)

    def _slow(self, scope: Scope) -> Response:
        detail = f"The body did not arrive within {LONGEST_WAIT:.0f} seconds. Send it again, in one go."
        return refused(scope, 408, detail, self._page, CLOSE)


async def _discarded(receive: Receive) -> None:
    """Read what else comes and forget it: closed with bytes unread, a connection breaks before the answer is seen."""
    left = MOST_DISCARDED
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_WAIT):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _may_have_body(scope: Scope, headers: Headers) -> bool:
    return scope["method"] not in ("GET", "HEAD") or "transfer-encoding" in headers or "content-length" in headers


def again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read once more, and then waits for what else the server tells."""
    given = False

    async def once() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once
