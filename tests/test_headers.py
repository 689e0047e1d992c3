"""What every response tells a browser to allow, and to whom: nothing that was not named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from assistant.api import create_app
from assistant.dialogue import Assistant
from assistant.settings import Settings, unfit
from tests.house import open_assistant

KREIS, OTHER = "https://www.kreis.example", "https://boese.example"
PAGES = ("/", "/embed", "/angebote", "/api/offers", "/static/chat.css", "/widget.js", "/gibt-es-nicht", "/health/live")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return open_assistant(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with visitor(assistant) as visited:
        yield visited


def visitor(assistant: Assistant, base: str = "http://localhost", **settings: Any) -> TestClient:
    return TestClient(create_app(Settings(secret="geheim", **settings), assistant), base_url=base)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_may_use_the_device_be_opened_by_another_or_be_guessed_at(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert {"camera=()", "microphone=()", "geolocation=()", "usb=()"} <= set(headers["permissions-policy"].split(", "))


@pytest.mark.parametrize(
    ("base", "settings", "told"),
    [
        ("http://localhost", {}, None),
        ("https://localhost", {}, "max-age=31536000"),
        ("http://localhost", {"public_url": "https://lotse.example"}, "max-age=31536000"),
        ("http://localhost", {"public_url": "http://lotse.example"}, None),
    ],
)
def test_who_came_by_https_is_told_to_stay(
    assistant: Assistant, base: str, settings: dict[str, str], told: str | None
) -> None:
    with visitor(assistant, base, **settings) as client:
        assert client.get("/").headers.get("strict-transport-security") == told


@pytest.mark.parametrize("path", ["/api/offers", "/api/chat", "/"])
def test_no_other_site_may_ask_unless_it_is_named(client: TestClient, path: str) -> None:
    asked = client.options(path, headers={"origin": OTHER, "access-control-request-method": "POST"})
    assert "access-control-allow-origin" not in client.get(path, headers={"origin": OTHER}).headers
    assert "access-control-allow-origin" not in asked.headers


def test_a_site_that_is_named_may_ask_and_no_other(assistant: Assistant) -> None:
    with visitor(assistant, cors_origins=KREIS, rate_limit="2/hour") as client:
        preflight = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        asked = client.options("/api/chat", headers={"origin": KREIS, **preflight})
        answered = [client.get("/api/offers", headers={"origin": KREIS}) for _ in range(3)]
        others = client.get("/api/offers", headers={"origin": OTHER})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, KREIS)
    assert [response.status_code for response in answered] == [200, 200, 429]
    assert {response.headers["access-control-allow-origin"] for response in answered} == {KREIS}
    assert "access-control-allow-credentials" not in answered[0].headers
    assert "access-control-allow-origin" not in others.headers


@pytest.mark.parametrize(
    "ancestors", ["'self'", "'none'", "'self' https://www.kreis.example https://*.kreis.example:8443", "http://[::1]:*"]
)
def test_sites_that_may_frame_the_chat_are_written_as_csp_has_them(ancestors: str) -> None:
    assert Settings(frame_ancestors=ancestors).frame_ancestors == ancestors


@pytest.mark.parametrize(
    "ancestors",
    [
        "*",
        "*;script-src *",
        "'self'; script-src 'unsafe-inline'",
        "https://a,b",
        "https:",
        "data:",
        "'self' 'none'",
        "ä",
    ],
)
def test_what_would_open_the_policy_is_told_in_a_sentence(ancestors: str) -> None:
    with pytest.raises(ValidationError) as error:
        Settings(frame_ancestors=ancestors)
    [told] = unfit(error.value)
    assert told.startswith("LOTSE_FRAME_ANCESTORS: write 'self' and sites with spaces between")


@pytest.mark.parametrize("origins", ["*", "www.kreis.example", "https://www.kreis.example/", "null"])
def test_sites_that_cannot_be_read_are_told_in_a_sentence(origins: str) -> None:
    with pytest.raises(ValidationError) as error:
        Settings(cors_origins=origins)
    assert unfit(error.value)[0].startswith("LOTSE_CORS_ORIGINS: write sites with spaces between")


def test_the_command_line_says_which_setting_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from assistant import cli

    monkeypatch.setenv("LOTSE_FRAME_ANCESTORS", "*;script-src *")
    monkeypatch.setattr("sys.argv", ["assistant", "check"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert told.startswith("LOTSE_FRAME_ANCESTORS: ")
    assert "script-src" not in told
