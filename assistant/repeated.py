"""Keeps the answers of this minute, so that a rush on one question costs little.

Only of questions that begin a conversation: those are alike for everybody. Kept in memory alone, under a keyed hash of
the request, for the rest of the minute: after it an office may have closed. Who is given them is `rush`'s.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from assistant.dialogue import Response
from assistant.switch import ON, Switch

MOST = 500  # answers kept, some 10 KB each; of more different ones in a minute those that were not asked for longest go
MINUTE = 60  # seconds


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was composed, and as it was sent."""

    response: Response
    body: bytes


class Repeated:
    """The answers of this minute."""

    def __init__(self) -> None:
        """Draw a key of its own: hashes mean nothing outside this process."""
        self._key = secrets.token_bytes(16)
        self._given: OrderedDict[bytes, Given] = OrderedDict()
        self._minute = 0
        self._switch: Switch = ON

    def key(self, request: bytes, moment: datetime, switch: Switch) -> bytes:
        """What stands for a request at a moment; with the minute or a switch all answers before are forgotten."""
        minute = int(moment.timestamp() // MINUTE)
        if minute != self._minute or switch is not self._switch:
            self._given, self._minute, self._switch = OrderedDict(), minute, switch
        return blake2b(minute.to_bytes(8, "big") + request, key=self._key, digest_size=16).digest()

    def get(self, key: bytes) -> Given | None:
        """The answer given before in this minute and with nothing turned since."""
        if key in self._given:
            self._given.move_to_end(key)
        return self._given.get(key)

    def keep(self, key: bytes, given: Given) -> None:
        """Keep the answer to a request."""
        self._given[key] = given
        if len(self._given) > MOST:
            self._given.popitem(last=False)
