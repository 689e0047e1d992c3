"""A clock that jumps costs a conversation at most, never an answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.api import create_app
from assistant.hours import BERLIN, opening
from assistant.settings import Settings
from tests.house import NOW, open_assistant, talk

LONG_AGO = datetime(1970, 1, 1, 0, 0, 1, tzinfo=BERLIN)
FAR_AHEAD = datetime(2199, 12, 31, 23, 59, tzinfo=BERLIN)


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
def test_a_conversation_signed_by_another_time_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    with TestClient(create_app(Settings(secret="geheim"), open_assistant(tmp_path))) as client:
        with monkeypatch.context() as wrong:
            wrong.setattr("itsdangerous.timed.time.time", lambda: (NOW + jump).timestamp())
            first = client.post("/api/chat", json={"message": "Umschulung"}).json()
        then = client.post("/api/chat", json={"message": "Umschulung", "conversation": first["conversation"]})
        page = client.post("/", data={"message": "Umschulung", "conversation": first["conversation"]})
    assert (then.status_code, then.json()["offers"][0]["id"]) == (200, "umschulung")
    assert "Das Gespräch von vorhin ist nicht mehr da" in page.text


@pytest.mark.parametrize("moment", [LONG_AGO, FAR_AHEAD])
def test_at_any_date_help_is_named_and_emergencies_are_answered(tmp_path: Path, moment: datetime) -> None:
    assistant = open_assistant(tmp_path, clock=lambda: moment)
    asked = talk(assistant, "Umschulung", "Ich will nicht mehr leben")
    assert asked[0].answer.actors
    assert (asked[1].answer.outcome, [card.id for card in asked[1].answer.actors]) == ("emergency", ["seelsorge"])


@pytest.mark.parametrize("moment", [LONG_AGO, FAR_AHEAD])
@pytest.mark.parametrize("hours", ["Mo-Fr 08:00-12:00", "24/7", "Mo 09:00-11:00; PH off"])
def test_opening_hours_are_told_at_any_date(hours: str, moment: datetime) -> None:
    assert opening(hours, moment).open_now == (hours == "24/7")
