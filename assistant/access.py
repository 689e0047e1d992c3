"""Follows every request from its first byte to its last: an id, a log line, figures, and no error that escapes.

Logged are the route as it is written in the code, the status and the time; never the path as typed, the query, the body
or the address it came from.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import MutableMapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant import metrics
from assistant.logs import where
from assistant.problems import Page, refused

HEADER = "X-Request-ID"
# What a proxy may hand on: a number in hexadecimal, or a UUID. Letters could carry words into the log.
PLAIN = re.compile(r"[0-9A-Fa-f][0-9A-Fa-f-]{7,63}")
QUIET = ("/health/live", "/health/ready", "/metrics", "/static", "/vendor")  # asked all day: counted, not logged

log = structlog.get_logger()


class Access:
    """The outermost layer of an application."""

    def __init__(self, app: ASGIApp, page: Page | None = None) -> None:
        """Take the application, and the page for a browser to which something went wrong."""
        self.app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; what goes wrong in it is logged here and answered with a problem."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        id, started = _id(Headers(scope=scope)), time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=id):
            try:
                await self.app(scope, receive, noted)
            except Exception as error:  # the last place where a visitor can still be told
                metrics.FAILED.labels(type(error).__name__).inc()
                log.error("failed", error=type(error).__name__, where=where(error), route=_route(scope))
                if status:
                    raise _Broken from None  # half an answer is out: only closing the connection tells the visitor
                await self._sorry(scope)(scope, receive, noted)
            finally:
                _note(_route(scope), status, time.perf_counter() - started)

    def _sorry(self, scope: Scope) -> Response:
        """A 500 that says what to do; the id finds the line in the log. What fails may be the page itself."""
        detail = "Something went wrong here. Try again; if it stays, tell the operator the X-Request-ID of this answer."
        try:
            return refused(scope, 500, detail, self._page)
        except Exception:
            return refused(scope, 500, detail)


class _Broken(Exception):
    """An answer broke off half way; it carries nothing of the request."""


def _id(headers: Headers) -> str:
    given = headers.get(HEADER, "")
    return given if PLAIN.fullmatch(given) else secrets.token_hex(8)


def _route(scope: MutableMapping[str, object]) -> str:
    """The route as the code writes it, `/angebote/{id}`; other paths are what somebody typed, and all alike."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):
        return path
    mounted = str(scope.get("root_path", ""))
    return mounted if mounted in ("/static", "/vendor") else "unknown"


def _note(route: str, status: int, seconds: float) -> None:
    metrics.REQUESTS.labels(route, str(status)).inc()
    metrics.REQUEST_SECONDS.labels(route).observe(seconds)
    if status == 429:
        metrics.LIMITED.inc()
    if route not in QUIET:
        log.info("request", route=route, status=status, ms=round(seconds * 1000, 1))
