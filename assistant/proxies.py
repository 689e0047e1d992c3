"""Tells who asks and how when a proxy hands requests on: believed is only what a proxy says that the operator named.

The walk through `X-Forwarded-For` is uvicorn's: from the right, over trusted proxies, to the first address that none of
them is. What a visitor writes there stands further left and is never reached.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from assistant.health import FORWARDED, is_inside

log = structlog.get_logger()


class Proxies:
    """Replaces the proxy's address and scheme by those of the visitor, where the proxy may be believed."""

    def __init__(self, app: ASGIApp, trusted: str) -> None:
        """Take the application and the networks of the proxies, `127.0.0.1 10.0.0.0/8`."""
        self.app = app
        self._trusted = trusted
        believing: Callable[..., Any] = ProxyHeadersMiddleware(cast(Any, app), trusted.split())
        self._handed_on: ASGIApp = believing if trusted else app
        self._told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as it was sent."""
        if scope["type"] == "http" and not self._told and self._is_unknown_proxy(scope):
            self._told = True
            advice = "name its network in LOTSE_TRUSTED_PROXIES, or all its visitors share one rate limit"
            log.warning("a proxy that is not trusted hands requests on", advice=advice)
        await self._handed_on(scope, receive, send)

    def _is_unknown_proxy(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        host = (scope.get("client") or ("", 0))[0]
        return any(name in headers for name in FORWARDED) and not is_inside(host, self._trusted)
