"""Whatever is sent, the answer says what to do next, in the asker's form and language, and repeats nothing harmful."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.api import create_app
from assistant.settings import Settings
from tests.house import open_assistant

HTML, JSON = {"accept": "text/html"}, {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=x"}
MARKUP = "<script>alert(1)</script>"
# Nothing is to be seen of these: NUL, zero-width space and joiners, a soft hyphen, a byte order mark, fillers.
UNSEEN = ["\x00", "\u200b\u200d", "\u00ad", "\ufeff \u2060", "\u3164\u2800", "\x07\x1b", "\u202e"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = create_app(Settings(secret="geheim"), open_assistant(tmp_path_factory.mktemp("house")))
    with TestClient(app, raise_server_exceptions=False) as visitor:
        yield visitor


def test_a_conversation_of_half_letters_starts_anew_like_any_that_was_changed(client: TestClient) -> None:
    body = b'{"message": "Umschulung", "conversation": "\\ud800.a"}'
    answered = client.post("/api/chat", content=body, headers=JSON)
    assert (answered.status_code, answered.json()["outcome"]) == (200, "answered")


def problem(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["title"] != "Error"
    return response.status_code, body["detail"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "do"),
    [
        ("POST", "/api/chat", JSON, b"\xff\xfe{", 400, "UTF-8"),
        ("POST", "/api/chat", JSON, b'{"message": "\xff"}', 400, "UTF-8"),
        ("POST", "/api/chat", JSON, b'{"message": "Umschulung \\ud800"}', 422, "UTF-8"),
        ("POST", "/api/chat", JSON, b'{"\\ud800": 1, "message": "a"}', 422, "/openapi.json"),
        ("POST", "/api/chat", JSON, b"[" * 60_000, 400, "/openapi.json"),
        ("POST", "/api/chat", {"content-type": "text/plain"}, b'{"message": "a"}', 415, "application/json"),
        ("POST", "/api/chat", FORM, b"message=a", 415, "application/json"),
        ("POST", "/api/chat", {}, b"", 415, "application/json"),
        ("DELETE", "/api/chat", {}, b"", 405, "Allow"),
        ("PUT", "/", {}, b"", 405, "Allow"),
        ("GET", "/api/nichts", {}, b"", 404, "/openapi.json"),
        ("POST", "/", MULTIPART, b"garbage", 400, "/openapi.json"),
        ("POST", "/", MULTIPART, b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--", 400, "/openapi.json"),
        ("POST", "/", {"content-type": "multipart/form-data"}, b"a", 400, "/openapi.json"),
        ("POST", "/feedback", FORM, b"helped=maybe", 422, "/openapi.json"),
    ],
)
def test_bad_input_is_a_problem_that_says_what_to_do(
    client: TestClient, method: str, path: str, headers: dict[str, str], body: bytes, status: int, do: str
) -> None:
    got, detail = problem(client.request(method, path, headers=headers, content=body))
    assert (got, do in detail) == (status, True)


@pytest.mark.parametrize("message", UNSEEN)
def test_a_message_of_which_nothing_can_be_seen_is_empty(client: TestClient, message: str) -> None:
    assert problem(client.post("/api/chat", json={"message": message})) == (
        422,
        "message: is empty. Send the question as text.",
    )
    page = client.post("/", data={"message": message})
    assert (page.status_code, "Bitte schreiben Sie Ihre Frage in das Feld." in page.text) == (422, True)


@pytest.mark.parametrize("message", ["Um\x00schulung", "\u200bUmschulung", "?", "🙂", "ش", "Umschulung\ufeff"])
def test_a_message_with_something_to_see_is_answered(client: TestClient, message: str) -> None:
    assert client.post("/api/chat", json={"message": message}).status_code == 200
    assert client.post("/", data={"message": message}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"/{MARKUP}", None),
        (f"/angebote/{MARKUP}", None),
        (f"/api/offers/{MARKUP}", None),
        (f"/stellen/{MARKUP}.vcf", None),
        (f"/widget-{MARKUP}.js", None),
        ("/api/chat", {MARKUP: 1, "message": "a"}),
        ("/api/chat", {"message": "a", "language": MARKUP}),
        ("/api/chat", {"message": {MARKUP: MARKUP}}),
    ],
)
def test_no_problem_repeats_markup(client: TestClient, path: str, body: Any) -> None:
    refused = client.post(path, json=body) if body else client.get(path)
    assert 400 <= refused.status_code < 500
    assert MARKUP not in refused.text


@pytest.mark.parametrize(
    ("method", "path", "language", "status", "told"),
    [
        ("GET", "/gibt-es-nicht?sprache=tr", "", 404, "Böyle bir sayfa yok"),
        ("GET", "/angebote/nichts", "ru-RU,ru;q=0.9,en;q=0.8", 404, "Такой страницы нет"),
        ("DELETE", "/", "en", 405, "We could not read that"),
        ("POST", "/feedback", "fr,uk;q=0.3", 422, "Це не вдалося прочитати"),
        ("POST", "/api/chat", "", 415, "Das ist hier nicht lesbar angekommen"),
    ],
)
def test_a_browser_gets_a_page_in_its_language(
    client: TestClient, method: str, path: str, language: str, status: int, told: str
) -> None:
    page = client.request(method, path, headers={**HTML, "accept-language": language})
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert told in page.text
    assert page.text.count("<h1") == 1


def test_a_browser_to_which_something_went_wrong_gets_a_page_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = open_assistant(tmp_path)

    def breaks(*_: object, **__: object) -> None:
        raise ValueError(MARKUP)

    monkeypatch.setattr(assistant, "respond", breaks)
    with TestClient(create_app(Settings(secret="geheim"), assistant), raise_server_exceptions=False) as client:
        page = client.post("/", data={"message": "Umschulung"}, headers={**HTML, "accept-language": "en"})
    assert (page.status_code, "Something went wrong here" in page.text) == (500, True)
    assert "x-request-id" in page.headers
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert MARKUP not in page.text
