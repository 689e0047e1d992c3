"""No request fills a worker's memory, holds a place while it trickles in, or is turned away without a word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from assistant.api import create_app
from assistant.body import LONGEST_HEADERS, MOST_FIELDS, MOST_HEADERS, Body
from assistant.settings import Settings
from tests.house import open_assistant

HTML = {"accept": "text/html"}
LONGEST = 2000


class Echo:
    """An application that gives back what it read, and knows whether it was asked at all."""

    asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await PlainTextResponse(await Request(scope, receive).body())(scope, receive, send)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(secret="geheim"), open_assistant(tmp_path_factory.mktemp("house")))) as visitor:
        yield visitor


def sent(content: bytes | AsyncIterator[bytes], echo: Echo, **headers: str) -> httpx.Response:
    """What is answered to a body sent to an application behind the layer."""

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(Body(echo, LONGEST))
        async with httpx.AsyncClient(transport=transport, base_url="http://lotse") as visitor:
            return await visitor.post("/", content=content, headers=headers)

    return asyncio.run(post())


async def pieces(piece: bytes, count: int) -> AsyncIterator[bytes]:
    """A body that comes in pieces, with no length said before."""
    for _ in range(count):
        yield piece


def test_a_body_within_the_limit_arrives_whole() -> None:
    assert sent(pieces(b"abcd", 500), Echo()).text == "abcd" * 500


def test_a_body_that_is_too_long_is_a_problem_before_anybody_works_on_it() -> None:
    echo = Echo()
    refused = sent(b"x" * (LONGEST + 1), echo)
    assert (refused.status_code, refused.headers["content-type"]) == (413, "application/problem+json")
    assert refused.json()["detail"] == "The body is longer than 2000 bytes. Send a shorter message."
    assert refused.headers["connection"] == "close"
    assert echo.asked == 0


def test_a_body_without_a_length_and_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    echo = Echo()
    taken: list[int] = []

    async def run() -> list[Message]:
        answered: list[Message] = []

        async def receive() -> Message:
            taken.append(1)
            return {"type": "http.request", "body": b"x" * 500, "more_body": True}

        async def send(message: Message) -> None:
            answered.append(message)

        headers = [(b"transfer-encoding", b"chunked")]
        scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
        await Body(echo, LONGEST)(scope, receive, send)
        return answered

    monkeypatch.setattr("assistant.body.MOST_DISCARDED", 10 * 500)
    assert (asyncio.run(run())[0]["status"], len(taken), echo.asked) == (413, LONGEST // 500 + 1 + 10, 0)


def test_a_body_that_trickles_in_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.body.LONGEST_WAIT", 0.05)

    echo = Echo()

    async def run() -> int:
        stuck = asyncio.Event()
        status = 0

        async def receive() -> Message:
            await stuck.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)

        scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-length", b"9")]}
        await Body(echo, LONGEST)(scope, receive, send)
        return status

    assert (asyncio.run(run()), echo.asked) == (408, 0)


def test_headers_beyond_measure_are_a_problem() -> None:
    assert sent(b"", Echo(), long="x" * LONGEST_HEADERS).status_code == 431
    assert sent(b"", Echo(), **{f"x-{at}": "" for at in range(MOST_HEADERS)}).status_code == 431


def test_a_form_of_countless_fields_is_a_problem() -> None:
    fields, kind = b"&".join([b"a=1"] * (MOST_FIELDS + 1)), "application/x-www-form-urlencoded"
    assert sent(fields, Echo(), **{"content-type": kind}).status_code == 413
    assert sent(fields, Echo(), **{"content-type": "text/plain"}).status_code == 200


@pytest.mark.parametrize("letter", ["ж", "ع", "ß"])
def test_the_longest_message_of_any_script_fits_even_when_it_is_escaped(client: TestClient, letter: str) -> None:
    body = json.dumps({"message": (letter * 7 + " ") * 1000, "conversation": "x" * 4000})
    answered = client.post("/api/chat", content=body, headers={"content-type": "application/json"})
    assert (answered.status_code, len(body) > 40_000) == (200, True)


@pytest.mark.parametrize(("asked", "told"), [("uk-UA,de;q=0.5", "Це не вдалося прочитати"), ("xx", "nicht lesbar")])
def test_a_browser_gets_a_page_in_its_language(client: TestClient, asked: str, told: str) -> None:
    page = client.post("/", data={"message": "x" * 70_000}, headers={**HTML, "accept-language": asked})
    assert (page.status_code, page.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert told in page.text
    assert "content-security-policy" in page.headers


def test_the_limit_is_a_setting(tmp_path: Path) -> None:
    app = create_app(Settings(secret="geheim", longest_body=1024), open_assistant(tmp_path))
    with TestClient(app) as visitor:
        assert visitor.post("/api/chat", json={"message": "x" * 1024}).status_code == 413
