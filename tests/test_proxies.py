"""Nobody chooses the address they are counted by, nor passes for the operator, by what they write into a header."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from assistant.api import create_app
from assistant.proxies import Proxies
from assistant.settings import Settings, unfit
from tests.house import open_assistant

VISITOR, PROXY, OUTER = "203.0.113.7", "10.0.0.1", "10.0.0.2"
TRUSTED = "10.0.0.0/8 ::1/128"


async def who(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that says who asks, and how."""
    request = Request(scope)
    await PlainTextResponse(f"{request.client.host if request.client else ''} {request.url.scheme}")(
        scope, receive, send
    )


def seen(peer: str, trusted: str = TRUSTED, **headers: str) -> str:
    """Who an application behind the layer takes the visitor for."""

    async def ask() -> str:
        transport = httpx.ASGITransport(Proxies(who, trusted), client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://lotse") as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return (await client.get("/", headers=named)).text

    return asyncio.run(ask())


def test_a_trusted_proxy_is_believed() -> None:
    assert seen(PROXY, x_forwarded_for=VISITOR, x_forwarded_proto="https") == f"{VISITOR} https"


@pytest.mark.parametrize("trusted", [TRUSTED, ""])
def test_anybody_else_is_not(trusted: str) -> None:
    assert seen(VISITOR, trusted, x_forwarded_for="127.0.0.1", x_forwarded_proto="https") == f"{VISITOR} http"


def test_by_default_not_even_this_machine_is_believed() -> None:
    assert Settings().trusted_proxies == ""
    assert seen("127.0.0.1", Settings().trusted_proxies, x_forwarded_for=VISITOR) == "127.0.0.1 http"


@pytest.mark.parametrize(
    "line",
    [
        f"127.0.0.1, {VISITOR}",  # what the visitor wrote stands left of what the proxy saw
        f"8.8.8.8, {PROXY}, {VISITOR}",  # even where they name the proxy themselves
        f"{VISITOR}, {OUTER}",  # two proxies, the outer one in the list
        f"kaputt, <script>, {VISITOR}, {OUTER}",
        f"{VISITOR}:4711, {OUTER}:80",
    ],
)
def test_the_list_is_walked_from_the_right_to_the_first_that_is_no_proxy(line: str) -> None:
    assert seen(PROXY, x_forwarded_for=line) == f"{VISITOR} http"


def test_an_ipv6_visitor_behind_an_ipv6_proxy_is_seen() -> None:
    assert seen("::1", x_forwarded_for="2001:db8::7") == "2001:db8::7 http"


@pytest.mark.parametrize("line", ["", " ", ",", f"{VISITOR}, "])
def test_a_list_that_ends_in_nothing_leaves_the_proxy_as_the_visitor(line: str) -> None:
    assert seen(PROXY, x_forwarded_for=line) == f"{PROXY} http"


@pytest.mark.parametrize("scheme", ["javascript", "https, http", ""])
def test_a_scheme_is_http_or_https(scheme: str) -> None:
    assert seen(PROXY, x_forwarded_proto=scheme) == f"{PROXY} http"


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_whatever_a_visitor_writes_the_proxy_saw_them(written: str) -> None:
    assert seen(PROXY, x_forwarded_for=f"{written}, {VISITOR}") == f"{VISITOR} http"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> object:
    settings = Settings(secret="geheim", trusted_proxies="10.0.0.0/8 127.0.0.1", rate_limit="3/hour")
    return create_app(settings, open_assistant(tmp_path_factory.mktemp("house")))


def test_a_forwarded_request_never_passes_for_the_operator(app: object) -> None:
    with TestClient(app, client=("127.0.0.1", 1)) as client:  # type: ignore[arg-type]
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 404
    with TestClient(app, client=(VISITOR, 1)) as client:  # type: ignore[arg-type]
        assert client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 404


def test_visitors_behind_one_proxy_are_counted_apart_and_a_liar_is_not(app: object) -> None:
    with TestClient(app, client=(PROXY, 1)) as client:  # type: ignore[arg-type]

        def asked(line: str) -> int:
            return client.get("/api/actors", headers={"x-forwarded-for": line}).status_code

        assert [asked(f"{number}.1.1.1, 203.0.113.1") for number in range(4)] == [200, 200, 200, 429]
        assert asked("203.0.113.2") == 200


@pytest.mark.parametrize("networks", ["*", "10.0.0.0/33", "proxy.intern", "10.0.0.1/8"])
def test_a_network_that_cannot_be_read_is_told_in_a_sentence(networks: str) -> None:
    with pytest.raises(ValidationError) as error:
        Settings(trusted_proxies=networks)
    [told] = unfit(error.value)
    assert told.startswith("LOTSE_TRUSTED_PROXIES: write networks with spaces between, as in 127.0.0.1 10.0.0.0/8")
