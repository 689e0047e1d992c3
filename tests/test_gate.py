"""When too many ask at once, some are told to come again; nobody waits for ever, and afterwards all is as before."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from assistant.api import create_app
from assistant.gate import AT_ONCE, Gate
from assistant.settings import Settings
from tests.house import open_assistant

WAITING = 3


class Slow:
    """An application that answers when it is told to, and knows how many it worked on at once."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.inside = self.most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.go.wait()
        self.inside -= 1
        await PlainTextResponse("ok")(scope, receive, send)


def test_overload_answers_503_at_once_and_recovers_at_once() -> None:
    async def rush() -> tuple[list[httpx.Response], list[int], int]:
        slow = Slow()
        gate = Gate(slow, WAITING)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gate), base_url="http://lotse") as client:
            asked = [asyncio.create_task(client.get("/")) for _ in range(AT_ONCE + WAITING + 5)]
            await asyncio.sleep(0.05)
            refused = [task.result() for task in asked if task.done()]
            slow.go.set()
            rest = [(await task).status_code for task in asked if not task.done() or task.result().status_code == 200]
            rest.append((await client.get("/")).status_code)
            return refused, rest, slow.most

    refused, rest, most = asyncio.run(rush())
    assert [(r.status_code, r.headers["retry-after"]) for r in refused] == [(503, "2")] * 5
    assert refused[0].headers["content-type"] == "application/problem+json"
    assert rest == [200] * (AT_ONCE + WAITING + 1)
    assert most == AT_ONCE


def test_nobody_waits_longer_than_makes_sense_on_a_machine_that_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.gate.LONGEST_WAIT", 0.05)

    async def stuck() -> tuple[list[int], list[int]]:
        slow = Slow()
        gate = Gate(slow, WAITING)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gate), base_url="http://lotse") as client:
            asked = [asyncio.create_task(client.get("/")) for _ in range(AT_ONCE + WAITING)]
            refused = [(await task).status_code for task in asked[AT_ONCE:]]
            slow.go.set()
            return refused, [(await task).status_code for task in asked[:AT_ONCE]]

    assert asyncio.run(stuck()) == ([503] * WAITING, [200] * AT_ONCE)


def test_a_request_that_fails_frees_its_place() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError

    client = TestClient(Gate(fails, 0))
    for _ in range(AT_ONCE + 2):
        with pytest.raises(ValueError, match=r"^$"):
            client.get("/")


def test_health_and_static_files_need_no_place(tmp_path: Path) -> None:
    async def full() -> list[int]:
        slow = Slow()
        gate = Gate(slow, 0)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gate), base_url="http://lotse") as client:
            waiting = [asyncio.create_task(client.get("/")) for _ in range(AT_ONCE)]
            await asyncio.sleep(0.01)
            free = [asyncio.create_task(client.get(path)) for path in ("/health/live", "/metrics", "/static/chat.css")]
            await asyncio.sleep(0.01)
            slow.go.set()
            return [(await task).status_code for task in [*waiting, *free]]

    assert asyncio.run(full()) == [200] * (AT_ONCE + 3)


def test_who_cannot_be_answered_reads_whom_to_ring_in_an_emergency(tmp_path: Path) -> None:
    app = create_app(Settings(secret="geheim"), open_assistant(tmp_path))
    with TestClient(app):
        page = app.state.pages.problem(503)
    assert "Gerade fragen sehr viele auf einmal" in page
    assert 'href="tel:+498001110111"' in page
