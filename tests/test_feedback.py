"""A vote counts once, for the offer it is about, and carries nothing of the person who gave it."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.api import create_app
from assistant.conversation import Conversation
from assistant.dialogue import Assistant
from assistant.feedback import Votes
from assistant.journal import Journal
from assistant.settings import Settings
from assistant.sqlite_ledger import SqliteLedger
from tests.house import open_assistant
from tests.test_journal import file_of

DAY = date(2026, 10, 7)
THANKS = "Ihre Rückmeldung hilft"
CLOSED = "schon eine Rückmeldung, oder die Antwort ist zu alt"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return open_assistant(tmp_path_factory.mktemp("house"))


class Desk:
    """A journal whose day a test sets, and who takes votes for it."""

    def __init__(self, folder: Path, assistant: Assistant, signed_with: str = "geheim") -> None:
        self.day, self.assistant = DAY, assistant
        self.journal = Journal(SqliteLedger(folder / "journal.sqlite", 400), today=lambda: self.day, seconds=0)
        self.votes = Votes(signed_with, self.journal)

    def token(self, message: str = "Umschulung") -> str:
        return self.votes.token(self.assistant.respond(Conversation(), message), self.assistant.catalog)

    def counted(self) -> dict[tuple[str, str], int]:
        self.journal.write()
        events = self.journal.ledger.events(date.min, date.max)
        return {(row.source, row.event): count for row, count in events.items()}


@pytest.fixture
def desk(tmp_path: Path, assistant: Assistant) -> Desk:
    return Desk(tmp_path, assistant)


def test_a_vote_counts_for_the_first_offer_of_its_answer_and_only_once(desk: Desk) -> None:
    token = desk.token()
    assert [desk.votes.take(token, helped=True) for _ in range(2)] == ["taken", "used"]
    assert desk.counted() == {("offer/umschulung", "helped"): 1}


def test_without_an_offer_it_counts_for_the_topic(desk: Desk) -> None:
    assert desk.votes.take(desk.token("wie wird das wetter"), helped=False) == "taken"
    assert desk.counted() == {("topic/declined/weather", "unhelped"): 1}


def test_a_no_and_its_reason_that_comes_later_count_once_each(desk: Desk) -> None:
    token = desk.token()
    assert desk.votes.take(token, helped=False) == "taken"
    assert desk.votes.take(token, helped=False, reason="outdated") == "taken"
    assert desk.votes.take(token, helped=False, reason="wrong") == "used"
    assert desk.votes.take(token, helped=True) == "used"
    assert desk.counted() == {("offer/umschulung", "unhelped"): 1, ("offer/umschulung", "outdated"): 1}


def test_a_no_with_its_reason_at_once_is_the_same(desk: Desk) -> None:
    assert desk.votes.take(desk.token(), helped=False, reason="outdated") == "taken"
    assert desk.counted() == {("offer/umschulung", "unhelped"): 1, ("offer/umschulung", "outdated"): 1}


def test_who_was_helped_cannot_give_a_reason_why_not(desk: Desk) -> None:
    token = desk.token()
    assert desk.votes.take(token, helped=True) == "taken"
    assert desk.votes.take(token, helped=False, reason="wrong") == "used"
    assert desk.counted() == {("offer/umschulung", "helped"): 1}


def test_a_token_holds_until_the_next_day(desk: Desk) -> None:
    tokens = [desk.token(), desk.token()]
    desk.day += timedelta(days=1)
    assert desk.votes.take(tokens[0], helped=True) == "taken"
    desk.day += timedelta(days=1)
    assert desk.votes.take(tokens[1], helped=True) == "expired"


def test_the_mark_of_a_vote_is_gone_when_its_token_holds_no_more(desk: Desk) -> None:
    desk.votes.take(desk.token(), helped=True)
    desk.day += timedelta(days=2)
    desk.journal.write()
    assert desk.journal.ledger.marks() == {}


def test_a_token_of_another_server_or_none_at_all_is_not_taken(tmp_path: Path, desk: Desk) -> None:
    other = Desk(tmp_path / "other", desk.assistant, "anders")
    assert [desk.votes.take(token, helped=True) for token in (other.token(), "", "a.b", "e30.x")] == ["unknown"] * 4
    assert desk.counted() == {}


def test_two_answers_to_the_same_question_have_different_tokens_that_tell_no_words(desk: Desk) -> None:
    one, other = desk.token("Umschulung wegen Rücken"), desk.token("Umschulung wegen Rücken")
    assert one != other
    assert "offer/umschulung" in str(desk.votes._seal.loads(one))
    assert "cken" not in str(desk.votes._seal.loads(one))


def test_while_the_journal_is_locked_a_vote_is_asked_for_again_and_takes_nobodys_time(desk: Desk) -> None:
    token = desk.token()
    desk.journal.write()
    with closing(sqlite3.connect(file_of(desk.journal), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        assert desk.votes.take(token, helped=True) == "unwritten"
        assert time.monotonic() - started < 1
        other.execute("ROLLBACK")
    assert desk.votes.take(token, helped=True) == "taken"


def test_a_token_signed_before_the_secret_was_changed_is_still_taken(desk: Desk) -> None:
    newer = Votes(["geheim", "ein neues"], desk.journal)
    assert newer.take(desk.token(), helped=True) == "taken"


def test_an_emergency_is_not_asked_whether_it_helped(desk: Desk) -> None:
    assert desk.token("Ich will nicht mehr leben") == ""


# --- page and API ------------------------------------------------------------------------------------------------


@contextmanager
def served(folder: Path, assistant: Assistant, journal: str = "") -> Iterator[TestClient]:
    with TestClient(
        create_app(Settings(secret="geheim", var=folder, journal=journal or "j.sqlite"), assistant)
    ) as client:
        yield client


@pytest.fixture
def client(tmp_path: Path, assistant: Assistant) -> Iterator[TestClient]:
    with served(tmp_path, assistant, str(tmp_path / "journal.sqlite")) as client:
        yield client


def form(page: str) -> dict[str, str]:
    """The hidden fields of the feedback form."""
    [inside] = re.findall(r'<form class="chips feedback".*?</form>', page, re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', inside))


def test_on_the_page_a_no_is_asked_why_and_thanked_for_and_nothing_can_be_written(client: TestClient) -> None:
    page = client.post("/", data={"message": "Umschulung"}).text
    why = client.post("/feedback", data={**form(page), "helped": "no"}).text
    assert re.findall(r'name="reason" value="(\w+)"', why) == ["wrong", "outdated", "unclear", "other"]
    assert "<textarea" not in why
    assert 'type="text"' not in why
    assert THANKS in client.post("/feedback", data={**form(why), "reason": "wrong"}).text
    assert CLOSED in client.post("/feedback", data={**form(why), "reason": "wrong"}).text


def test_on_the_page_a_yes_is_thanked_for_once(client: TestClient) -> None:
    fields = {**form(client.post("/", data={"message": "Umschulung"}).text), "helped": "yes"}
    assert THANKS in client.post("/feedback", data=fields).text
    assert CLOSED in client.post("/feedback", data=fields).text
    assert CLOSED in client.post("/feedback", data={"helped": "yes"}).text


def test_an_answer_that_is_shown_again_is_not_asked_about_again(client: TestClient) -> None:
    fields = form(client.post("/", data={"message": "Umschulung"}).text)
    assert 'class="chips feedback"' not in client.post("/", data={**fields, "again": "1"}).text


def test_the_api_hands_out_a_token_and_takes_it_back_once(client: TestClient) -> None:
    tokens = [client.post("/api/chat", json={"message": "Umschulung"}).headers["X-Feedback-Token"] for _ in range(2)]
    assert tokens[0] != tokens[1]  # though the second answer came from memory
    vote = {"token": tokens[0], "helped": False, "reason": "outdated"}
    assert client.post("/api/feedback", json=vote).status_code == 204
    again = client.post("/api/feedback", json=vote)
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")
    assert "Thank you" in again.json()["detail"]


@pytest.mark.parametrize(
    "vote",
    [
        {"helped": False, "reason": "sonst"},
        {"helped": True, "remark": "Frau Muster war nett"},
        {"helped": True, "token": "erfunden"},
        {"helped": True, "token": "x" * 1000},
        {"reason": "wrong"},
    ],
)
def test_the_api_refuses_what_is_no_vote_and_says_what_to_do(client: TestClient, vote: dict[str, object]) -> None:
    response = client.post("/api/feedback", json=vote)
    assert response.status_code == 422
    assert "Send" in response.json()["detail"]
    assert "Muster" not in response.text


def test_a_vote_without_token_counts_for_no_offer(tmp_path: Path, assistant: Assistant) -> None:
    file = tmp_path / "journal.sqlite"
    with served(tmp_path, assistant, str(file)) as client:
        assert client.post("/api/feedback", json={"helped": True}).status_code == 204
    assert {(row.source, row.event) for row in SqliteLedger(file, 1).events(date.min, date.max)} == {
        ("unknown", "helped")
    }


def test_a_vote_that_cannot_be_kept_is_said_so_on_page_and_api(tmp_path: Path, assistant: Assistant) -> None:
    file = tmp_path / "journal.sqlite"
    with served(tmp_path, assistant, str(file)) as client:
        fields = {**form(client.post("/", data={"message": "Umschulung"}).text), "helped": "yes"}
        assert client.post("/api/feedback", json={"helped": True}).status_code == 204
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            page = client.post("/feedback", data=fields).text
            response = client.post("/api/feedback", json={"helped": True})
            other.execute("ROLLBACK")
        assert "Bitte später noch einmal versuchen" in page
        assert (response.status_code, response.headers["retry-after"]) == (503, "60")
        assert THANKS in client.post("/feedback", data=fields).text


def test_where_no_journal_is_kept_nobody_is_asked(tmp_path: Path, assistant: Assistant) -> None:
    with served(tmp_path, assistant, "off") as client:
        assert 'class="chips feedback"' not in client.post("/", data={"message": "Umschulung"}).text
        assert "X-Feedback-Token" not in client.post("/api/chat", json={"message": "Umschulung"}).headers
        assert client.post("/api/feedback", json={"helped": True}).status_code == 404
