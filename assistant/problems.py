"""What is answered to a request that goes no further: a problem document (RFC 9457), or a page where a browser asked.

Every problem says what to do next. Layers before the application and the application itself answer alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

Page = Callable[[int, Scope], str]  # the page for a status, in the language of who asked
TITLES = {
    400: "Cannot be read",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Done already",
    410: "Too late",
    413: "Too long",
    415: "Not a known kind of content",
    421: "Not served here",
    422: "Cannot be understood",
    429: "Too many requests",
    431: "Headers too long",
    500: "Error",
    503: "Busy",
}
# What the frameworks' own words leave open: what to do next.
ADVICE = {
    404: "Nothing is here. The offers are at /api/offers, what else there is at /openapi.json.",
    405: "This method is not for this address. The header Allow names those that are.",
}
LONGEST_LIST = 200  # characters of Accept-Language that are read; browsers send some forty


def refused(
    scope: Scope, status: int, detail: str, page: Page | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem document; a page instead where there is one and the request says that a browser asks."""
    if page and "text/html" in Headers(scope=scope).get("accept", ""):
        return HTMLResponse(page(status, scope), status, headers)
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail}
    body["instance"] = quote(str(scope["path"]), errors="replace")  # a reference, and nothing that a page could run
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def advice(status: int, detail: str) -> str:
    """What to do about an error: its own words, unless they only repeat what the status is called."""
    if status in ADVICE and detail == HTTPStatus(status).phrase:
        return ADVICE[status]
    return f"{detail.rstrip('.')}. Send it as /openapi.json describes, in UTF-8." if status == 400 else detail


def language_of(scope: Scope, known: Collection[str]) -> str:
    """The language a request names in its address, else the first of its browser's that we have, else none."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    listed = Headers(scope=scope).get("accept-language", "")[:LONGEST_LIST].split(",")
    browser = [tag.partition(";")[0].strip().partition("-")[0].lower() for tag in listed]
    return next((tag for tag in [*query.get("sprache", []), *browser] if tag in known), "")
