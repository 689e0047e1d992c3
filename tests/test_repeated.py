"""The same question in the same minute gets the same answer from memory; nothing that could differ is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant import metrics
from assistant.api import create_app
from assistant.dialogue import Assistant
from assistant.repeated import MOST, Given, Repeated
from assistant.settings import Settings
from assistant.site import show
from assistant.switch import ON, Switch
from tests.house import NOW, open_assistant, real_voices, talk
from tests.test_switch import OFF, SAY


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def assistant(tmp_path: Path, clock: Clock) -> Assistant:
    return open_assistant(tmp_path, clock=clock)


@pytest.fixture
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(secret="geheim"), assistant)) as visitor:
        yield visitor


def repeated() -> float:
    return float(metrics.REPEATED._value.get())


def ask(client: TestClient, message: str = "Umschulung", **more: str) -> tuple[dict[str, object], bool]:
    """The answer, and whether it came from memory."""
    before = repeated()
    answer = client.post("/api/chat", json={"message": message, **more}).json()
    return answer, repeated() > before


def test_the_same_question_again_is_answered_alike_from_memory_and_counted(client: TestClient) -> None:
    first, second = ask(client), ask(client)
    assert (first[1], second) == (False, (first[0], True))


def test_another_question_or_language_is_answered_anew(client: TestClient) -> None:
    ask(client)
    assert [ask(client, "Umschulung?")[1], ask(client, language="en")[1]] == [False, False]


def test_a_question_within_a_conversation_is_never_answered_from_memory(client: TestClient) -> None:
    conversation = str(ask(client)[0]["conversation"])
    answers = [ask(client, "Was kostet das?", conversation=conversation) for _ in range(2)]
    assert [kept for _, kept in answers] == [False, False]
    assert "kostenlos" in str(answers[0][0]["text"])


def test_a_minute_later_opening_hours_are_looked_up_anew(client: TestClient, clock: Clock) -> None:
    clock.moment = NOW.replace(hour=17, minute=59)
    assert [actor["open_now"] for actor in ask(client)[0]["actors"]][:1] == [True]  # type: ignore[attr-defined]
    clock.moment += timedelta(minutes=2)
    answer, kept = ask(client)
    assert ([actor["open_now"] for actor in answer["actors"]][:1], kept) == ([False], False)  # type: ignore[attr-defined]


def test_a_turned_switch_counts_at_once(client: TestClient, assistant: Assistant) -> None:
    ask(client)
    off = Switch(everything=OFF)
    assistant.switch = lambda: off
    answer, kept = ask(client)
    assert (SAY in str(answer["text"]), kept) == (True, False)


def test_new_content_counts_at_once(client: TestClient, assistant: Assistant) -> None:
    ask(client)
    show(client.app, assistant, real_voices())  # type: ignore[arg-type]
    assert not ask(client)[1]


def test_no_more_is_kept_than_there_is_room_for_and_no_words_are(assistant: Assistant) -> None:
    kept, given = Repeated(), Given(talk(assistant, "Umschulung")[0], b"{}")
    keys = [kept.key(f"Wombatgeheimnis {at}".encode(), NOW, ON) for at in range(MOST + 10)]
    for key in keys:
        kept.keep(key, given)
    assert len(kept._given) == MOST
    assert all(isinstance(key, bytes) and len(key) == 16 for key in kept._given)
    assert (kept.get(keys[0]), kept.get(keys[-1])) == (None, given)
    later = kept.key(f"Wombatgeheimnis {MOST}".encode(), NOW + timedelta(minutes=1), ON)
    assert (kept.get(later), kept.get(keys[MOST])) == (None, None)


def test_of_many_different_questions_those_asked_again_stay(assistant: Assistant) -> None:
    kept, given = Repeated(), Given(talk(assistant, "Umschulung")[0], b"{}")
    keys = [kept.key(f"Frage {at}".encode(), NOW, ON) for at in range(MOST + 2)]
    for key in keys[:MOST]:
        kept.keep(key, given)

    kept.get(keys[0])
    for key in keys[MOST:]:
        kept.keep(key, given)

    assert [kept.get(key) is not None for key in (*keys[:4], keys[-1])] == [True, False, False, True, True]
