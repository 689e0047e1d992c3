"""Gives the answer that was just given to the same question again, so that a rush on one question costs little.

Only questions that begin a conversation: those are alike for everybody. Kept in memory alone, under a keyed hash of the
words, for the rest of the minute: after it an office may have closed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from assistant.dialogue import Response
from assistant.switch import ON, Switch

MOST = 500  # answers kept, some 10 KB each; a minute that brings more different ones is no rush on one
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
        self._given: dict[bytes, Given] = {}
        self._minute = 0
        self._switch: Switch = ON

    def get(self, message: str, language: str, moment: datetime, switch: Switch) -> Given | None:
        """The answer given before in this minute and with nothing turned since."""
        minute = _minute(moment)
        if minute != self._minute or switch is not self._switch:
            self._given, self._minute, self._switch = {}, minute, switch
        return self._given.get(self._hash(message, language, minute))

    def keep(self, message: str, language: str, moment: datetime, given: Given) -> None:
        """Keep an answer to a question that was asked at a moment, while there is room."""
        if len(self._given) < MOST:
            self._given[self._hash(message, language, _minute(moment))] = given

    def _hash(self, message: str, language: str, minute: int) -> bytes:
        asked = f"{minute}\0{language}\0{message}".encode("utf-8", "surrogatepass")
        return blake2b(asked, key=self._key, digest_size=16).digest()


def _minute(moment: datetime) -> int:
    return int(moment.timestamp() // MINUTE)
