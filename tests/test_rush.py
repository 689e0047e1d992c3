"""What many ask at once is worked on once, and an answer that is there waits for nobody's turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from assistant.api import create_app
from assistant.dialogue import Assistant
from assistant.gate import AT_ONCE
from assistant.rush import PATH
from assistant.settings import Settings
from assistant.site import show
from tests.house import open_assistant, real_voices

MANY = 40


class Thinking:
    """Holds every answer of an assistant until it is let go, and counts them."""

    def __init__(self, assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.go = asyncio.Event()
        self._respond = assistant.respond
        monkeypatch.setattr(assistant, "respond", self)
        self._loop = asyncio.get_running_loop()

    def __call__(self, so_far: object, message: str, *more: object) -> object:
        self.asked.append(message)
        asyncio.run_coroutine_threadsafe(self._held(), self._loop).result(10)
        if message == "kaputt":
            raise ValueError
        return self._respond(so_far, message, *more)  # type: ignore[arg-type]

    async def _held(self) -> None:
        await self.go.wait()


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    return open_assistant(tmp_path)


@pytest.fixture
def app(assistant: Assistant) -> FastAPI:
    app = create_app(Settings(secret="geheim", most_waiting=3), assistant)
    show(app, assistant, real_voices())
    return app


@contextmanager
def visitors(app: FastAPI) -> Iterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    yield httpx.AsyncClient(transport=transport, base_url="http://lotse")


def test_the_same_question_of_many_at_once_is_worked_on_once(
    app: FastAPI, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rush() -> tuple[list[httpx.Response], list[str]]:
        thinking = Thinking(assistant, monkeypatch)
        with visitors(app) as client:
            asked = [asyncio.create_task(client.post(PATH, json={"message": "Umschulung"})) for _ in range(MANY)]
            await asyncio.sleep(0.2)
            thinking.go.set()
            return [await task for task in asked], thinking.asked

    answers, asked = asyncio.run(rush())
    assert ({answer.status_code for answer in answers}, asked) == ({200}, ["Umschulung"])
    assert len({answer.content for answer in answers}) == 1


def test_an_answer_that_is_there_is_given_while_the_queue_is_full(
    app: FastAPI, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rush() -> tuple[int, int]:
        with visitors(app) as client:
            await client.post(PATH, json={"message": "Umschulung"})
            thinking = Thinking(assistant, monkeypatch)
            full = [
                asyncio.create_task(client.post(PATH, json={"message": f"Frage {at}"})) for at in range(AT_ONCE + 3)
            ]
            await asyncio.sleep(0.2)
            known = await client.post(PATH, json={"message": "Umschulung"})
            new = await client.post(PATH, json={"message": "Praktikum"})
            thinking.go.set()
            await asyncio.gather(*full)
            return known.status_code, new.status_code

    assert asyncio.run(rush()) == (200, 503)


@pytest.mark.parametrize(("body", "status"), [({"message": "kaputt"}, 500), ({"message": ""}, 422)])
def test_where_there_is_no_answer_to_share_everybody_is_answered_alone(
    app: FastAPI, assistant: Assistant, monkeypatch: pytest.MonkeyPatch, body: dict[str, str], status: int
) -> None:
    async def rush() -> tuple[list[int], int]:
        thinking = Thinking(assistant, monkeypatch)
        with visitors(app) as client:
            asked = [asyncio.create_task(client.post(PATH, json=body)) for _ in range(3)]
            await asyncio.sleep(0.1)
            thinking.go.set()
            statuses = [(await task).status_code for task in asked]
            return statuses, (await client.post(PATH, json={"message": "Umschulung"})).status_code

    assert asyncio.run(rush()) == ([status] * 3, 200)


def test_a_body_of_another_kind_is_not_answered_from_memory(app: FastAPI) -> None:
    async def asked() -> list[int]:
        body = b'{"message": "Umschulung"}'
        with visitors(app) as client:
            kinds = ("application/json", "application/json", "text/plain")
            answers = [await client.post(PATH, content=body, headers={"Content-Type": kind}) for kind in kinds]
            return [answer.status_code for answer in answers]

    assert asyncio.run(asked()) == [200, 200, 415]
