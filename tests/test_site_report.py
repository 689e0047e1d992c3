"""The report's page: for whoever brings the token, without a cookie, with plots that need no style."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from assistant.api import create_app
from assistant.dialogue import Assistant
from assistant.journal import Journal
from assistant.settings import SecretWeak, Settings
from assistant.sqlite_ledger import SqliteLedger
from tests.house import open_assistant
from tests.test_report import TODAY, turns

TOKEN = "wb7Qm-2kd_9PzXr4LtHs"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return open_assistant(tmp_path_factory.mktemp("house"))


@contextmanager
def served(folder: Path, assistant: Assistant, **settings: Any) -> Iterator[TestClient]:
    usual = {"secret": "x9-TqLw7_vR2mNc84bYd", "journal": str(folder / "journal.sqlite"), "report_token": TOKEN}
    app = create_app(Settings(**{**usual, **settings}), assistant)
    with TestClient(app) as client:
        journal: Journal | None = app.state.journal
        if journal:
            journal.today = lambda: TODAY
        yield client


@pytest.fixture
def client(tmp_path: Path, assistant: Assistant) -> Iterator[TestClient]:
    ledger = SqliteLedger(tmp_path / "journal.sqlite", 400)
    for month, count in (("2026-10", 20), ("2026-11", 28)):
        for place in ("nidda", "friedberg", "buedingen", ""):
            ledger.add(turns(month, count, place=place))
            ledger.add(turns(month, count - 3, "declined", "declined/weather", place))
        ledger.add(turns(month, 4, "unanswered", "unknown"))
    with served(tmp_path, assistant) as client:
        yield client


def test_with_the_token_in_a_header_or_typed_the_report_is_shown(client: TestClient) -> None:
    by_header = client.get("/bericht?von=2026-10&bis=2026-11", headers=BEARER)
    typed = client.post("/bericht", data={"token": TOKEN, "von": "2026-10", "bis": "2026-11"})
    assert by_header.status_code == typed.status_code == 200
    assert by_header.text == typed.text
    assert "2026-10 bis 2026-11" in typed.text
    assert "Wetter" in typed.text


def test_while_the_journal_cannot_be_read_the_report_is_to_be_asked_for_later(
    tmp_path: Path, assistant: Assistant
) -> None:
    with served(tmp_path, assistant, journal="postgresql://lotse@127.0.0.1:1/lotse") as client:
        answer = client.get("/bericht", headers=BEARER)
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The report cannot be read now. Try again in some minutes."


def test_a_part_without_numbers_and_a_wrong_token_say_so_in_words(client: TestClient) -> None:
    shown = client.get("/bericht", headers=BEARER).text
    offers = shown.partition("<h2>Angebote</h2>")[2]
    assert offers.lstrip().startswith("<p class='kern-body'>Hierzu gibt es keine Zahlen")
    refused = client.post("/bericht", data={"token": "geraten"}).text
    assert re.search(r'id="token"[^>]* aria-invalid="true" aria-describedby="wrong"', refused)
    assert re.search(r'id="von"[^>]* maxlength="7" autocomplete="off">', refused)


def test_the_page_says_no_number_under_five(client: TestClient) -> None:
    page = client.get("/bericht", headers=BEARER).text
    cells = [int(number) for number in re.findall(r"<td>(?:<abbr[^>]*>≥</abbr> )?(\d+)</td>", page)]
    assert len(cells) > 10
    assert min(cells) >= 5


def test_a_wrong_token_is_refused_and_nothing_is_told(client: TestClient) -> None:
    for response in (
        client.get("/bericht", headers={"Authorization": "Bearer falsch"}),
        client.post("/bericht", data={"token": "falsch"}),
        client.post("/bericht", data={"token": ""}),
        client.post("/bericht", data={"token": TOKEN.lower()}),
    ):
        assert response.status_code == 401
        assert "Dieses Kennwort stimmt nicht" in response.text
        assert "<table" not in response.text


def test_without_a_token_the_page_asks_for_it(client: TestClient) -> None:
    page = client.get("/bericht")
    assert page.status_code == 200
    assert 'type="password"' in page.text
    assert "<table" not in page.text


def test_the_token_stands_nowhere_in_the_page_and_no_cookie_is_set(client: TestClient) -> None:
    response = client.post("/bericht", data={"token": TOKEN})
    assert TOKEN not in response.text
    assert "set-cookie" not in response.headers
    assert response.headers["cache-control"] == "no-store"


def test_another_time_is_answered_with_which_there_are(client: TestClient) -> None:
    response = client.post("/bericht", data={"token": TOKEN, "von": "2026-11", "bis": "2026-12"})
    assert response.status_code == 422
    assert "ganze Monate" in response.text


@pytest.mark.parametrize("settings", [{"report_token": ""}, {"journal": "off"}])
def test_without_a_token_set_or_a_journal_there_is_no_report(
    tmp_path: Path, assistant: Assistant, settings: dict[str, str]
) -> None:
    with served(tmp_path, assistant, **settings) as client:
        for headers in (BEARER, {"Authorization": "Bearer "}, {}):
            assert client.get("/bericht", headers=headers).status_code == 404
        assert client.post("/bericht", data={"token": ""}).status_code == 404


def test_a_token_that_can_be_guessed_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.settings import refuse_weak_secrets

    with pytest.raises(SecretWeak, match="LOTSE_REPORT_TOKEN"):
        refuse_weak_secrets(Settings(report_token="bericht"))


def test_plots_are_drawn_by_attributes_and_say_their_numbers_to_everybody(client: TestClient) -> None:
    page = client.get("/bericht", headers=BEARER).text
    plots = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg viewBox=.*?</svg>", page, re.DOTALL)[1:]]
    assert len(plots) >= 2
    assert plots[0].attrib["aria-label"] == "Fragen im Monat: 2026-10 152, 2026-11 216"
    heights = [float(rect.attrib["height"]) for rect in plots[0].iter("rect")]
    assert heights == [pytest.approx(80 * 152 / 216, abs=0.1), 80.0]
    assert re.findall(r"<style|\sstyle=|<script|\son[a-z]+=", page) == []


def test_an_empty_journal_is_said(tmp_path: Path, assistant: Assistant) -> None:
    with served(tmp_path, assistant) as client:
        assert "keine Zahlen" in client.get("/bericht", headers=BEARER).text
    assert date(2026, 12, 15) == TODAY
