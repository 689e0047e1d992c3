"""Whoever asks too often waits, and only they; nobody's address is kept or logged."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import fakeredis
import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from starlette.responses import PlainTextResponse

from assistant import metrics
from assistant.api import create_app
from assistant.limiter import Limiter, client_key, household
from assistant.settings import Settings, unfit
from tests.house import open_assistant

APP = PlainTextResponse("ok")
HTML = {"accept": "text/html"}


def asked(limiter: Limiter, *hosts: str, path: str = "/") -> list[int]:
    """The statuses of requests that come one after the other from these addresses."""

    async def run() -> list[int]:
        statuses = []
        for host in hosts:
            transport = httpx.ASGITransport(limiter, client=(host, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://lotse") as client:
                statuses.append((await client.get(path)).status_code)
        return statuses

    return asyncio.run(run())


def limiter(limit: str = "2/minute", store: str = "") -> Limiter:
    return Limiter(APP, limit, "geheim", store)


def test_who_asks_too_often_is_stopped_and_nobody_else() -> None:
    assert asked(limiter(), *["192.0.2.1"] * 3, "192.0.2.2") == [200, 200, 429, 200]


def test_a_household_is_one_client_and_its_neighbour_another() -> None:
    assert asked(limiter(), "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1") == [200, 200, 429, 200]


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix socket", "unix socket"),
    ],
)
def test_an_address_is_taken_by_its_household(host: str, client: str) -> None:
    assert household(host) == client


def test_every_limit_of_several_counts() -> None:
    assert asked(limiter("100/second;3/minute"), *["192.0.2.1"] * 4) == [200, 200, 200, 429]


def test_off_means_off() -> None:
    assert set(asked(limiter("off"), *["192.0.2.1"] * 500)) == {200}


@pytest.mark.parametrize("path", ["/health/live", "/metrics", "/static/chat.css", "/vendor/kern/kern.min.css"])
def test_monitoring_and_static_files_are_free(path: str) -> None:
    assert set(asked(limiter(), *["192.0.2.1"] * 9, path=path)) == {200}


def test_after_the_seconds_it_is_told_a_client_is_answered_again() -> None:
    async def run() -> list[int]:
        transport = httpx.ASGITransport(limiter("2/second"))
        async with httpx.AsyncClient(transport=transport, base_url="http://lotse") as client:
            answers = [await client.get("/") for _ in range(3)]
            await asyncio.sleep(int(answers[-1].headers["retry-after"]))
            return [answer.status_code for answer in [*answers, await client.get("/")]]

    assert asyncio.run(run()) == [200, 200, 429, 200]


def test_only_a_hash_is_held_that_needs_the_secret() -> None:
    one = limiter()
    asked(one, "192.0.2.1")
    held = str([*one._own.storage, *one._own.expirations])
    assert "192.0.2" not in held
    assert client_key({"client": ("192.0.2.1", 1)}, one._key) in held
    assert client_key({"client": ("192.0.2.1", 1)}, b"another key") not in held


def test_many_clients_cost_no_more_than_few() -> None:
    """The library's own sweep looks at all of them at each request; here it rests in between."""

    async def run() -> float:
        one = limiter("60/minute")
        for at in range(20_000):
            await one._wait(f"{at}")
        began = time.perf_counter()
        for at in range(200):
            await one._wait(f"{at}")
            await asyncio.sleep(0)  # a sweep that was asked for runs now
        return (time.perf_counter() - began) / 200

    assert asyncio.run(run()) < 0.0015


@pytest.fixture
def redis() -> Iterator[str]:
    server = fakeredis.TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"redis://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_with_redis_all_workers_count_together(redis: str) -> None:
    async def run() -> list[int]:
        workers = [limiter("2/minute", redis) for _ in range(3)]
        return [await worker._wait("somebody") for worker in workers]

    first, second, third = asyncio.run(run())
    assert (first, second) == (0, 0)
    assert third > 0


def test_without_its_redis_each_worker_counts_for_itself() -> None:
    assert asked(limiter("2/minute", "redis://127.0.0.1:9"), *["192.0.2.1"] * 3) == [200, 200, 429]


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(secret="geheim", rate_limit="3/hour")
    with TestClient(create_app(settings, open_assistant(tmp_path_factory.mktemp("house")))) as client:
        for _ in range(3):
            client.get("/api/actors")
        yield client


def test_a_program_gets_a_problem_that_says_when_to_come_again(visitor: TestClient) -> None:
    before = metrics.LIMITED._value.get()
    refused = visitor.post("/api/chat", json={"message": "Umschulung"})
    problem = refused.json()
    assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert (problem["status"], problem["title"]) == (429, "Too many requests")
    assert f"again in {refused.headers['retry-after']} seconds" in problem["detail"]
    assert metrics.LIMITED._value.get() == before + 1


@pytest.mark.parametrize(
    ("language", "told"), [("", "sehr viele Anfragen"), ("tr", "çok fazla istek"), ("ar-EG,en", "عدد كبير من الطلبات")]
)
def test_a_browser_gets_a_page_in_its_language(visitor: TestClient, language: str, told: str) -> None:
    page = visitor.get("/", headers={**HTML, "accept-language": language})
    assert (page.status_code, "content-security-policy" in page.headers) == (429, True)
    assert told in page.text


@pytest.mark.parametrize("limit", ["viel", "60", "60/fortnight"])
def test_a_limit_that_cannot_be_read_is_told_in_a_sentence(limit: str) -> None:
    with pytest.raises(ValidationError) as error:
        Settings(rate_limit=limit)
    assert unfit(error.value) == [
        "LOTSE_RATE_LIMIT: write a number and a time as in 60/minute, several with ; between, or off."
    ]
