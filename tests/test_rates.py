"""What counts as a right turn of a dialogue, and as hiding personal data."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.labelled import Dialogue, PersonalCase
from assistant.rates import dialogues, personal
from tests.house import open_assistant


def right(tmp_path: Path, say: str, **label: object) -> float:
    """The rate of later turns right in a dialogue that asks for an actor, then says something with this label."""
    turns = [{"say": "Jobcenter"}, {"say": say, **label}]
    labelled = Dialogue.model_validate({"name": "a dialogue", "turns": turns})
    return float(dialogues(open_assistant(tmp_path), [labelled]).figures["later turns right"])


@pytest.mark.parametrize(
    ("say", "field"), [("wann haben die auf?", "hours"), ("wo ist das?", "way")], ids=["hours", "address"]
)
def test_what_the_content_has_learned_since_is_right_to_tell(tmp_path: Path, say: str, field: str) -> None:
    assert right(tmp_path, say, field=field, missing=True) == 1.0


def test_to_tell_something_else_is_not(tmp_path: Path) -> None:
    assert right(tmp_path, "Umschulung", field="hours", missing=True) == 0.0


def test_what_is_hidden_of_a_message_without_personal_data_counts(tmp_path: Path) -> None:
    said = [("Umschulung mit 45", ()), ("Umschulung, Tel. 06031 111111", ()), ("mail: a@example.org", ("a@example",))]
    labelled = [PersonalCase(message=message, planted=planted) for message, planted in said]

    figures = personal(open_assistant(tmp_path), labelled).figures

    assert figures["hidden without need"] == 0.5
    assert (figures["with personal data"], figures["personal data kept"]) == (1, 0.0)
