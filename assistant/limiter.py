"""Bounds how often one client may ask, so that none takes the others' turn; who is refused is told when to come again.

A client is an address, an IPv6 one by its /64: a household has that whole. Only a keyed hash of it is held, in memory
or in Redis, no longer than the limit needs it, and it is never logged.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import math
import time
from typing import cast

import structlog
from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.gate import FREE
from assistant.problems import Page, refused

OFF = "off"
HOUSEHOLD = 64  # bits of an IPv6 address that tell one household from the next
SWEEP = 30.0  # seconds between two looks at every client held; the library looks at every request, all day long
PATIENCE = 0.2  # seconds for Redis; an answer takes a tenth of that, and none waits because a counter is away
SILENCE = 60.0  # seconds between two lines in the log about a counter that is away

log = structlog.get_logger()


class Limiter:
    """Lets a client ask only so often."""

    def __init__(self, app: ASGIApp, limit: str, secret: str, store: str = "", page: Page | None = None) -> None:
        """Take the application, the limit as `60/minute` or `off`, and where to count for several processes."""
        self.app = app
        self._limits = [] if limit == OFF else parse_many(limit)
        self._key = hashlib.sha256(f"client {secret}".encode()).digest()
        self._page = page
        self._own = MemoryStorage()
        self._counters = [SlidingWindowCounterRateLimiter(self._own)]
        if store and self._limits:
            self._counters.insert(0, SlidingWindowCounterRateLimiter(shared_store(store)))
        self._pause: asyncio.Task[None] | None = None
        self._said = -math.inf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 429 with the seconds to wait."""
        wait = 0
        if self._limits and scope["type"] == "http" and not scope["path"].startswith(FREE):
            wait = await self._wait(client_key(scope, self._key))
        await (self._too_often(scope, wait) if wait else self.app)(scope, receive, send)

    async def _wait(self, client: str) -> int:
        """Seconds until this client may ask again; 0: now. Without Redis each process counts for itself."""
        for counter in self._counters:
            try:
                return await self._counted(counter, client)
            except (StorageError, OSError) as error:
                self._say(error)
        return 0

    async def _counted(self, counter: SlidingWindowCounterRateLimiter, client: str) -> int:
        self._sweep_seldom()
        for limit in self._limits:
            if not await counter.hit(limit, client):
                return await _seconds_left(counter, limit, client)
        return 0

    def _sweep_seldom(self) -> None:
        """Make the library rest between two sweeps: with many clients one a request would cost more than an answer."""
        if self._own.timer and self._own.timer.done() and self._own.timer is not self._pause:
            self._own.timer = self._pause = asyncio.create_task(asyncio.sleep(SWEEP))

    def _say(self, error: Exception) -> None:
        if time.monotonic() - self._said > SILENCE:
            self._said = time.monotonic()
            log.warning("rate limit store away, each worker counts for itself", error=type(error).__name__)

    def _too_often(self, scope: Scope, wait: int) -> Response:
        detail = f"Too many requests from your connection. Send it again in {wait} seconds."
        return refused(scope, 429, detail, self._page, {"Retry-After": str(wait)})


async def _seconds_left(counter: SlidingWindowCounterRateLimiter, limit: RateLimitItem, client: str) -> int:
    stats = await counter.get_window_stats(limit, client)
    return max(1, math.ceil(stats.reset_time - time.time()))


def client_key(scope: Scope, key: bytes) -> str:
    """Who asks, as a hash that nobody without the secret can turn back by trying all addresses."""
    client = scope.get("client")
    return hashlib.blake2b(household(client[0] if client else "").encode(), key=key, digest_size=12).hexdigest()


def household(host: str) -> str:
    """What counts as one client: an IPv4 address, the network of an IPv6 one, else the name itself."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((int(address), HOUSEHOLD), strict=False))


def shared_store(address: str) -> Storage:
    """Redis, where all workers and replicas count together."""
    store = storage_from_string(
        f"async+{address}",
        wrap_exceptions=True,
        implementation="redispy",
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
    )
    return cast(Storage, store)
