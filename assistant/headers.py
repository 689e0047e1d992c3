"""The headers every response carries: what a page may load, who may frame it, what it may ask the device for.

Nothing here allows inline scripts or styles, nor any other host; that is why none of the pages has any.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRAMEABLE = "/embed"
SHARED = ("/widget", "/embed")  # what other sites may load
FOREVER = "public, max-age=31536000, immutable"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-src {frames}; frame-ancestors {ancestors}"
)


class SafeHeaders:
    """Adds the headers to every response of an application."""

    def __init__(self, app: ASGIApp, frame_ancestors: str) -> None:
        """Take the application and the origins that may show `/embed` in a frame."""
        self.app = app
        self._ancestors = frame_ancestors or "'none'"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and complete the headers of what comes back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, query = scope["path"], scope.get("query_string", b"")

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._for(path).items():
                    headers.setdefault(name, value)
                if path.startswith(("/static/", "/vendor/")) and message["status"] == 200:
                    # An address with a version never changes its content; without one it is looked up again.
                    headers["Cache-Control"] = FOREVER if query.startswith(b"v=") or "woff2" in path else "no-cache"
            await send(message)

        await self.app(scope, receive, completed)

    def _for(self, path: str) -> dict[str, str]:
        ancestors = self._ancestors if path == FRAMEABLE else "'none'"
        return {
            "Content-Security-Policy": POLICY.format(
                ancestors=ancestors, frames="'self'" if path == "/demo" else "'none'"
            ),
            "Cross-Origin-Resource-Policy": "cross-origin" if path.startswith(SHARED) else "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store" if path in ("/", "/embed", "/merkzettel", "/feedback") else "no-cache",
        }


def add_headers(app: FastAPI, frame_ancestors: str) -> None:
    """Complete and compress the responses of an application."""
    app.add_middleware(GZipMiddleware, minimum_size=800)
    app.add_middleware(SafeHeaders, frame_ancestors=frame_ancestors)
