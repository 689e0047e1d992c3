"""What counts as telling a field that was not known when its dialogue was labelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.labelled import Dialogue
from assistant.rates import dialogues
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
