"""Takes a vote on an answer once, and without knowing whose it is: every answer carries a token of its own.

A token says the day, the offer or topic, and a number drawn at random; the journal keeps that number's hash until the
token is too old, so that it is taken once. How votes are shown and asked for is `site_feedback`'s.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Literal, NamedTuple

from itsdangerous import BadData, URLSafeSerializer

from assistant.catalog import Catalog
from assistant.dialogue import Response
from assistant.journal import Journal
from assistant.subject import UNKNOWN, subject

DAYS = 1  # a vote may come on the day of the answer and on the next: nobody votes on what they no longer remember
REASONS = ("wrong", "outdated", "unclear", "other")  # why an answer did not help
HELPED, UNHELPED = "helped", "unhelped"
LONGEST_TOKEN = 500  # characters; ours have some 150

Taken = Literal["taken", "used", "expired", "unknown", "unwritten"]


class _Token(NamedTuple):
    day: str
    source: str
    number: str


class Votes:
    """Hands out tokens and takes the votes that bring them."""

    def __init__(self, secret: str | list[str], journal: Journal) -> None:
        """Take what signs tokens, or signed them before with the newest last, and the journal that counts votes."""
        self._seal = URLSafeSerializer(secret, salt="feedback")
        self._journal = journal

    def token(self, response: Response, catalog: Catalog) -> str:
        """The token of an answer: its first offer, else its topic; none for an emergency or small talk."""
        answer = response.answer
        if answer.outcome in ("emergency", "smalltalk"):
            return ""
        topic = subject(answer, response.conversation.situation, catalog).topic
        source = f"offer/{answer.offers[0].id}" if answer.offers else f"topic/{topic}"
        signed = self._seal.dumps(_Token(self._journal.today().isoformat(), source, secrets.token_urlsafe(12)))
        return signed if isinstance(signed, str) else signed.decode()

    def take(self, token: str, helped: bool, reason: str | None = None) -> Taken:
        """Count a vote; one that says no first and why later counts once as no and once for its reason."""
        try:
            told = _Token(*self._seal.loads(token))
            expires = date.fromisoformat(told.day) + timedelta(days=DAYS)
        except (BadData, TypeError, ValueError):
            return "unknown"
        if self._journal.today() > expires:
            return "expired"
        marked = [(_mark(told.number, step), events) for step, events in _steps(helped, reason)]
        return self._journal.vote(told.source, marked, expires)

    def take_unsigned(self, helped: bool, reason: str | None = None) -> Taken:
        """Count a vote that names no answer: it can speak for no offer."""
        events = [event for _, said in _steps(helped, reason) for event in said]
        return self._journal.vote(UNKNOWN, [(secrets.token_hex(), events)], self._journal.today())


def _steps(helped: bool, reason: str | None) -> list[tuple[str, Sequence[str]]]:
    """What a vote says, step by step; who was helped is not asked why not."""
    if helped:
        return [("vote", [HELPED]), ("reason", [])]
    return [("vote", [UNHELPED]), *([("reason", [reason])] if reason else [])]


def _mark(number: str, step: str) -> str:
    return sha256(f"{number}/{step}".encode()).hexdigest()
