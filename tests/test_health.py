"""Alive, ready, figures: what an operator reads, and that nobody else reads more than whether it runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from assistant import metrics
from assistant.api import create_app
from assistant.health import is_inside
from assistant.settings import Settings
from assistant.switch import Switch, write_switch
from index import steps
from tests.conftest import WordEncoder
from tests.kept import House, a_house
from tests.test_switch import OFF

TOKEN = "ein-langes-geheimnis"
OPERATOR = {"authorization": f"Bearer {TOKEN}"}
LOCAL = ("127.0.0.1", 5000)
OUTSIDE = ("203.0.113.9", 5000)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    metrics.start()
    yield a_house(tmp_path, monkeypatch, WordEncoder())
    steps._listeners.clear()


def visitor(house: House, address: tuple[str, int] = LOCAL, token: str = TOKEN) -> TestClient:
    """Somebody at an address."""
    return TestClient(create_app(house.settings.model_copy(update={"metrics_token": token})), client=address)


def ready(client: TestClient, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """What `/health/ready` says."""
    response = client.get("/health/ready", headers=headers or {})
    assert response.status_code == 200
    said: dict[str, Any] = response.json()
    return said


def figures(client: TestClient) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every figure by its name and its labels' values."""
    families = text_string_to_metric_families(client.get("/metrics", headers=OPERATOR).text)
    return {(s.name, tuple(s.labels.values())): s.value for family in families for s in family.samples}


def test_ready_says_since_when_it_serves_what(house: House) -> None:
    with visitor(house) as client:
        said = ready(client)
    assert said["status"] == "ok"
    assert said["index"]["version"] == house.version.name
    assert said["index"]["passages"] > 0
    assert len(said["content"]) == 12
    assert said["since"] >= said["index"]["made_at"]
    assert (said["search"], said["problems"], said["switched_off"]) == ("meaning and words", {}, [])


def test_ready_is_degraded_with_the_reason_and_still_200(house: House) -> None:
    shutil.rmtree(Path(house.settings.index_address))
    with visitor(house) as client:
        said = ready(client)
    assert (said["status"], said["search"]) == ("degraded", "words only")
    assert "Run: assistant index" in said["problems"]["index"]


def test_a_stranger_reads_that_something_is_wrong_but_not_what(house: House) -> None:
    shutil.rmtree(Path(house.settings.index_address))
    with visitor(house, OUTSIDE) as client:
        said = ready(client)
    assert (said["status"], said["problems"]) == ("degraded", ["index"])
    assert str(house.settings.var) not in str(said)


def test_ready_names_what_is_turned_off(house: House) -> None:
    write_switch(house.settings.var, Switch(everything=OFF, topics={"school": OFF}))
    with visitor(house) as client:
        assert ready(client)["switched_off"] == ["everything", "school"]


@pytest.mark.parametrize(
    ("address", "headers", "token", "status"),
    [
        (LOCAL, {}, TOKEN, 200),
        (LOCAL, {}, "", 200),
        (OUTSIDE, {}, TOKEN, 404),
        (OUTSIDE, OPERATOR, TOKEN, 200),
        (OUTSIDE, {"authorization": "Bearer falsch"}, TOKEN, 404),
        (OUTSIDE, {"authorization": "Bearer "}, "", 404),
        (LOCAL, {"x-forwarded-for": "203.0.113.9"}, TOKEN, 404),
        (LOCAL, {"x-forwarded-for": "127.0.0.1"}, TOKEN, 404),
        (LOCAL, {"x-forwarded-for": "203.0.113.9", **OPERATOR}, TOKEN, 200),
    ],
)
def test_the_figures_are_for_the_operator_alone(
    house: House, address: tuple[str, int], headers: dict[str, str], token: str, status: int
) -> None:
    with visitor(house, address, token) as client:
        assert client.get("/metrics", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("host", "inside"),
    [("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("testclient", False), ("127.0.0.1.example", False)],
)
def test_an_address_is_inside_or_not(host: str, inside: bool) -> None:
    assert is_inside(host, Settings().metrics_from) == inside


def test_answers_are_counted_by_outcome_and_language_and_their_steps_timed(house: House) -> None:
    with visitor(house) as client:
        before = figures(client)
        client.post("/api/chat", json={"message": "Umschulung bitte", "language": "de"})
        client.post("/api/chat", json={"message": "Raumschiff", "language": "xx"})
        client.post("/", data={"message": "Ich will nicht mehr leben"})
        after = figures(client)

    def more(name: str, *labels: str) -> float:
        return after.get((name, labels), 0) - before.get((name, labels), 0)

    counted = [("de", "asking"), ("other", "unanswered"), ("de", "emergency")]
    answered = more("lotse_answers_total", "de", "answered") + more("lotse_answers_total", *counted[0])
    assert answered == 1
    assert [more("lotse_answers_total", *labels) for labels in counted[1:]] == [1, 1]
    assert more("lotse_below_threshold_total") == 1
    for step in ("screen", "encode", "search", "compose", "answer", "render"):
        assert more("lotse_step_seconds_count", step) >= 1
    assert more("lotse_requests_total", "/api/chat", "200") == 2


def test_the_figures_tell_of_what_is_served_and_what_is_off(house: House) -> None:
    write_switch(house.settings.var, Switch(topics={"school": OFF}))
    with visitor(house) as client:
        said = figures(client)
    assert said["lotse_index_made_timestamp_seconds", ()] > 1_700_000_000
    assert said["lotse_degraded", ()] == 0
    assert (said["lotse_switched_off", ("school",)], said["lotse_switched_off", ("everything",)]) == (1, 0)


def test_no_words_and_no_addresses_are_in_the_figures(house: House) -> None:
    with visitor(house, OUTSIDE) as client:
        client.post("/api/chat", json={"message": "Wombatgeheimnis in Nidda"})
        client.get("/angebote?suche=wombatgeheimnis")
        client.get("/wombatgeheimnis")
        said = client.get("/metrics", headers=OPERATOR).text.lower()
    assert "wombat" not in said
    assert OUTSIDE[0] not in said
    assert "nidda" not in said
