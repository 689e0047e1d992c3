"""Nothing a visitor sends is written down: words planted in every part of a request, searched in all that is left."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.house import content_folder
from tests.test_faults import ENDED_SECONDS, Server, served

# One word for each place; none of them is in the content, and each is searched in all the ways it may be written.
PLANTED = {
    place: f"{word}verzeichnis"
    for place, word in {
        "message": "Zwetschgen",
        "form": "Quitten",
        "language": "Mispel",
        "conversation": "Holunder",
        "header": "Schlehen",
        "agent": "Hagebutten",
        "referer": "Sanddorn",
        "cookie": "Berberitzen",
        "path": "Kornelkirschen",
        "query": "Maulbeer",
        "token": "Vogelbeer",
        "reason": "Felsenbirnen",
        "broken": "Weißdorn",
        "request_id": "Speierling",
        "forwarded": "Elsbeer",
        "search": "Feigen",
    }.items()
} | {"phone": "06031 9988776655", "mail": "zita.zwiebel@zwiebelfisch.example"}
HEADERS = {
    "X-Planted": PLANTED["header"],
    "User-Agent": PLANTED["agent"],
    "Referer": f"https://{PLANTED['referer']}.example/",
    "Authorization": f"Bearer {PLANTED['token']}",
    "Cookie": f"a={PLANTED['cookie']}",
    "Accept-Language": PLANTED["header"],
    "X-Request-ID": PLANTED["request_id"],
    "X-Forwarded-For": PLANTED["forwarded"],
    "Forwarded": f"for={PLANTED['forwarded']}",
}
MESSAGE = f"Umschulung in Nidda {PLANTED['message']} {PLANTED['phone']} {PLANTED['mail']}"


def send(server: Server, method: str, path: str, body: str | bytes | None = None, kind: str = "") -> int:
    """A request with planted headers."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        given = body.encode() if isinstance(body, str) else body
        connection.request(method, path, given, HEADERS | ({"Content-Type": kind} if kind else {}))
        return connection.getresponse().status
    finally:
        connection.close()


def visit(server: Server) -> list[int]:
    """Every kind of request that can carry words, in order and broken."""
    as_json, as_form = "application/json", "application/x-www-form-urlencoded"
    query = "?" + urlencode({"suche": PLANTED["search"], "sprache": PLANTED["query"], "thema": PLANTED["query"]})
    path = quote(PLANTED["path"])
    chats = [
        {"message": MESSAGE},
        {"message": MESSAGE},  # from memory
        {"message": PLANTED["message"]},  # unanswered
        {"message": f"Ich will nicht mehr leben, {PLANTED['message']}"},
        {"message": MESSAGE, "conversation": PLANTED["conversation"]},
        {"message": MESSAGE, "language": PLANTED["language"]},
        {"message": MESSAGE, PLANTED["broken"]: 1},
        {"message": "x" * 9000 + PLANTED["message"]},
    ]
    forms = [
        {"message": PLANTED["form"], "conversation": PLANTED["conversation"], "language": PLANTED["language"]},
        {"message": MESSAGE, "forget": PLANTED["form"], "choice": PLANTED["form"], "switch": PLANTED["form"]},
    ]
    votes = [
        {"helped": False, "reason": PLANTED["reason"]},
        {"helped": True, "token": PLANTED["token"]},
        {"helped": True, "remark": PLANTED["reason"]},
    ]
    paths = [f"/{path}", f"/angebote/{path}", f"/stellen/{path}", f"/api/offers/{path}", f"/{path}.php{query}"]
    paths += [
        f"/bericht?von={path}&bis={path}",
        f"/{query}",
        f"/embed{query}",
        f"/angebote{query}",
        f"/metrics{query}",
        f"/health/ready{query}",
    ]
    statuses = [send(server, "POST", f"/api/chat{query}", json.dumps(body), as_json) for body in chats]
    statuses += [send(server, "POST", f"/{query}", urlencode(body), as_form) for body in forms]
    statuses += [send(server, "POST", "/api/feedback", json.dumps(body), as_json) for body in votes]
    vote = {"helped": "no", "reason": PLANTED["reason"], "token": PLANTED["token"], "remark": PLANTED["reason"]}
    statuses += [send(server, "POST", "/feedback", urlencode(vote), as_form)]
    statuses += [send(server, "POST", "/merkzettel", urlencode({"offer": PLANTED["form"]}), as_form)]
    statuses += [
        send(server, "POST", "/bericht", urlencode({"token": PLANTED["token"], "von": PLANTED["form"]}), as_form)
    ]
    statuses += [send(server, "GET", path) for path in paths]
    broken = PLANTED["broken"].encode("latin-1")
    statuses += [send(server, "POST", "/api/chat", b'{"message": "' + broken, as_json)]
    statuses += [send(server, "POST", "/api/chat", broken + b"\xff\x00", "text/" + "plain")]
    statuses += [send(server, "DELETE", f"/{path}", broken)]
    return statuses


@pytest.mark.parametrize("style", ["json", "text"])
def test_nothing_that_visitors_send_is_found_in_anything_that_was_written(tmp_path: Path, style: str) -> None:
    content_folder(tmp_path / "content")
    for name in ("var", "figures", "temporary"):
        (tmp_path / name).mkdir()
    environment = {
        "LOTSE_JOURNAL": "",
        "LOTSE_REPORT_TOKEN": "wb7Qm-2kd_9PzXr4LtHs",
        "LOTSE_LOG_FORMAT": style,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "figures"),
        "TMPDIR": str(tmp_path / "temporary"),
    }
    with served(tmp_path, workers=2, **environment) as server:
        statuses = visit(server)
        figures = server.call("GET", "/metrics")[1]
        ready = server.call("GET", "/health/ready")[1]
        during = read(tmp_path)  # the journal's log while it is in use
        server.process.terminate()
        assert server.process.wait(ENDED_SECONDS) == 0
    assert {200, 404, 422} <= set(statuses)
    assert [status for status in statuses if status >= 500] == []
    written = [*during, *read(tmp_path), figures.encode(), ready.encode()]
    assert any(b"lotse_answers" in text for text in written)
    assert any(b"nidda" in text for text in written)  # the journal was looked at, and knows the town
    found = [place for place, word in PLANTED.items() for text in written if any(w in text for w in forms_of(word))]
    assert found == []


def read(folder: Path) -> list[bytes]:
    """All that was written, except the content, which was there before."""
    files = [file for file in folder.rglob("*") if file.is_file() and folder / "content" not in file.parents]
    return [file.read_bytes() for file in files]


def forms_of(word: str) -> set[bytes]:
    """A word as it may have been written: encoded, folded, or without its first letter's case."""
    written = {word, word.lower(), quote(word), word.encode("ascii", "backslashreplace").decode()}
    return {text.encode(code, "ignore") for text in written for code in ("utf-8", "latin-1", "utf-16-le")}
