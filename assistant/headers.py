"""The headers every response carries: what a page may load, who may frame it, what it may ask the device for.

Nothing here allows inline scripts or styles, nor any other host; that is why none of the pages has any.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.settings import Settings

FRAMEABLE = "/embed"
SHARED = ("/widget", "/embed")  # what other sites may load
FOREVER = "public, max-age=31536000, immutable"
YEAR = 31_536_000  # seconds
# What none of our pages asks the device for, by the names that browsers know; copying stays, a sentence can be copied.
UNUSED = (
    "accelerometer autoplay bluetooth browsing-topics camera clipboard-read display-capture encrypted-media "
    "fullscreen gamepad  geolocation gyroscope hid idle-detection keyboard-map local-fonts magnetometer microphone "
    "midi payment picture-in-picture  publickey-credentials-create publickey-credentials-get screen-wake-lock "
    "serial storage-access usb window-management  xr-spatial-tracking"
)
PERMISSIONS = ", ".join(f"{feature}=()" for feature in UNUSED.split())
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-src {frames}; frame-ancestors {ancestors}"
)


class SafeHeaders:
    """Adds the headers to every response of an application."""

    def __init__(self, app: ASGIApp, frame_ancestors: str, https: bool = False) -> None:
        """Take the application, the origins that may show `/embed` in a frame, and whether visitors come by https."""
        self.app = app
        self._https = https
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
                for name, value in self._for(path, self._https or scope["scheme"] == "https").items():
                    headers.setdefault(name, value)
                if path.startswith(("/static/", "/vendor/")) and message["status"] == 200:
                    # An address with a version never changes its content; without one it is looked up again.
                    headers["Cache-Control"] = FOREVER if query.startswith(b"v=") or "woff2" in path else "no-cache"
            await send(message)

        await self.app(scope, receive, completed)

    def _for(self, path: str, https: bool) -> dict[str, str]:
        ancestors = self._ancestors if path == FRAMEABLE else "'none'"
        return {
            "Content-Security-Policy": POLICY.format(
                ancestors=ancestors, frames="'self'" if path == "/demo" else "'none'"
            ),
            "Cross-Origin-Resource-Policy": "cross-origin" if path.startswith(SHARED) else "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": PERMISSIONS,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store"
            if path in ("/", "/embed", "/merkzettel", "/feedback", "/bericht")
            else "no-cache",
            # Without the Kreis's other names: whether all of them speak https is not ours to say.
            **({"Strict-Transport-Security": f"max-age={YEAR}"} if https else {}),
        }


def add_headers(app: FastAPI, settings: Settings) -> None:
    """Compress the responses of an application; other sites may ask only when they are named."""
    if origins := settings.cors_origins.split():
        # No credentials: there is nothing to log in to.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type"],
            expose_headers=["Retry-After", "X-Request-ID"],
        )
    app.add_middleware(GZipMiddleware, minimum_size=800)


def add_safe_headers(app: FastAPI, settings: Settings) -> None:
    """Complete the headers of everything that an application answers, its own failures too."""
    https = settings.public_url.startswith("https://")
    app.add_middleware(SafeHeaders, frame_ancestors=settings.frame_ancestors, https=https)
