"""Answers only under the names it is served by, so that nobody puts another one into its pages' addresses.

Where the operator names none, every well-formed name is answered, but only this machine's own stands in an address.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.problems import Page, refused

THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")
# What monitoring asks by whatever address it knows; no answer of these holds a name.
BY_ANY_NAME = ("/health/", "/metrics")
WELL_FORMED = re.compile(r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\.?|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?", re.IGNORECASE)


class Hosts:
    """Lets requests in by the name they ask for."""

    def __init__(self, app: ASGIApp, names: tuple[str, ...], page: Page | None = None) -> None:
        """Take the application, the names it is served by, `*.kreis.example` for all below one, and the pages."""
        self.app = app
        self._names = names
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say under which name to ask."""
        answer = self._refusal(scope) if scope["type"] == "http" else None
        await (answer or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) > 1 or not all(WELL_FORMED.fullmatch(host) for host in hosts):
            return refused(scope, 400, "Host: one well-formed name is needed. Send the name of this site.", self._page)
        if not self._names or not hosts or scope["path"].startswith(BY_ANY_NAME) or is_ours(hosts[0], self._names):
            return None
        detail = f"This name is not served here. Ask for {self._names[0].removeprefix('*.')}."
        return refused(scope, 421, detail, self._page)


def is_ours(host: str, names: tuple[str, ...]) -> bool:
    """Whether a `Host` header is one of the names, or this machine's own."""
    name = re.sub(r":[0-9]*$", "", host).rstrip(".").lower()
    return name in (*names, *THIS_MACHINE) or any(
        name.endswith(wanted[1:]) for wanted in names if wanted.startswith("*.")
    )


def names(allowed_hosts: str, public_url: str) -> tuple[str, ...]:
    """The names that settings give: that of the public address first, then the others."""
    public = urlsplit(public_url).hostname or ""
    return tuple(filter(None, dict.fromkeys([f"[{public}]" if ":" in public else public, *allowed_hosts.split()])))
