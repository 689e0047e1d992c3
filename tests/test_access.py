"""Every request has an id, a line in the log and an end that can be read; none of them tells what was asked."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from assistant.access import HEADER, Access
from assistant.api import create_app
from assistant.logs import set_up_logs
from assistant.settings import Settings
from tests.house import open_assistant

SECRET = "Wombatgeheimnis"


@pytest.fixture
def logged() -> Iterator[None]:
    """Logging as it was, after a test that set it up as a served process does."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    logging.raiseExceptions = True
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """What was logged, line by line."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def visitor(folder: Path) -> TestClient:
    return TestClient(create_app(Settings(secret="geheim"), open_assistant(folder)), raise_server_exceptions=False)


def test_a_plain_id_of_the_proxy_is_kept_and_any_other_replaced(folder: Path) -> None:
    with visitor(folder) as client:
        given = {id: client.get("/health/live", headers={HEADER: id}).headers[HEADER] for id in IDS}
    assert given.pop("a1b2-c3d4-e5f6") == "a1b2-c3d4-e5f6"
    assert all(re.fullmatch("[0-9a-f]{16}", made) for made in given.values())


IDS = ("a1b2-c3d4-e5f6", "kurz", "umschulung", "wo bin ich jetzt", "x" * 65, '"};{"event":"erfunden"', "")


def test_a_log_line_holds_route_status_and_time_and_nothing_else(
    folder: Path, logged: None, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("json")
    with visitor(folder) as client:
        client.get(f"/angebote/umschulung?suche={SECRET}", headers={HEADER: "a17a-17a1"})
    line = next(line for line in lines(capsys) if line["event"] == "request")
    assert line.keys() == {"event", "level", "timestamp", "request_id", "route", "status", "ms"}
    assert (line["route"], line["status"], line["request_id"]) == ("/angebote/{id}", 200, "a17a-17a1")


def test_nothing_that_was_typed_is_logged_wherever_it_stood(
    folder: Path, logged: None, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("json")
    with visitor(folder) as client:
        client.post("/api/chat", json={"message": SECRET, "conversation": SECRET, "language": SECRET})
        client.post("/api/chat", json={SECRET: SECRET})
        client.post("/", data={"message": SECRET, "forget": SECRET, "switch": SECRET})
        client.get(f"/{SECRET}", headers={HEADER: SECRET + " a", "referer": SECRET, "user-agent": SECRET})
        client.get(f"/angebote?suche={SECRET}&o={SECRET}")
        client.get(f"/stellen/{SECRET}")
    said = capsys.readouterr().err
    assert said.count('"event": "request"') == 6
    assert SECRET.lower() not in said.lower()
    assert "testclient" not in said


def test_an_error_is_logged_by_its_kind_and_place_and_the_visitor_gets_the_id(
    folder: Path, logged: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up_logs("json")

    def breaks(*_: object, **__: object) -> None:
        raise ValueError(f"cannot parse '{SECRET}'")

    assistant = open_assistant(folder)
    monkeypatch.setattr(assistant, "respond", breaks)
    with TestClient(create_app(Settings(secret="geheim"), assistant), raise_server_exceptions=False) as client:
        response = client.post("/api/chat", json={"message": SECRET})
    said = capsys.readouterr().err
    line = next(json.loads(line) for line in said.splitlines() if '"failed"' in line)
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert response.headers[HEADER] == line["request_id"]
    assert (line["error"], line["route"]) == ("ValueError", "/api/chat")
    assert str(line["where"][-1]).startswith("tests/test_access.py:")
    assert SECRET not in said
    assert SECRET not in response.text


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError(SECRET)

    with pytest.raises(Exception, match=r"^$"):
        TestClient(Access(half)).get("/")


def test_what_a_library_logs_of_an_error_loses_its_message(logged: None, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json")
    try:
        raise KeyError(SECRET)
    except KeyError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    said = capsys.readouterr().err
    assert json.loads(said)["error"] == "KeyError"
    assert SECRET not in said


def test_on_a_terminal_the_lines_are_for_people(logged: None, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("text")
    structlog.get_logger().info("request", route="/")
    said = capsys.readouterr().err
    assert "route" in said
    assert not said.startswith("{")
