"""A connection that must say what it wants in bounded time and size: uvicorn's own waits for headers without end.

What comes after the headers is `body`'s.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from assistant.body import LONGEST_HEADERS

HEAD_SECONDS = 10.0  # for the request line and all headers, as nginx gives them in its snippet
UNREADABLE = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nConnection: close\r\n\r\n"
    b'{"type":"about:blank","title":"Cannot be read","status":400,"detail":"This is no HTTP. Send HTTP/1.1."}'
)
TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Content-Type: application/problem+json\r\nConnection: close\r\n\r\n"
    b'{"type":"about:blank","title":"Headers too long","status":431,"detail":"At most 32 KB of headers are read."}'
)


class Connection(HttpToolsProtocol):
    """uvicorn's connection, closed when its headers take too long or are too many to read."""

    _head = 0  # bytes that came while the headers were not whole
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Read on, unless the headers have grown too long."""
        super().data_received(data)
        if self._deadline is None:
            return
        self._head += len(data)
        if self._head > LONGEST_HEADERS:
            self._rest()
            self.transport.write(TOO_LONG)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin to wait for the headers of the next request."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """Wait no longer."""
        self._rest()
        self._head = 0
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._rest()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Say so as a problem, like everything else that is refused."""
        self.transport.write(UNREADABLE)
        self.transport.close()

    def _await_head(self) -> None:
        self._rest()
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _rest(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
