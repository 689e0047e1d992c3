"""Whole conversations on the real content that must always go right, turn by turn."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from assistant.dialogue import Assistant
from assistant.house import open_assistant
from assistant.labelled import Dialogue, read
from assistant.rates import dialogues
from assistant.settings import Settings

PROMISES = read(Path(__file__).parent / "conversations", Dialogue)


@cache
def assistant() -> Assistant:
    return open_assistant(Settings())


@pytest.mark.parametrize("promise", PROMISES, ids=[promise.name for promise in PROMISES])
def test_the_conversation_goes_as_promised(promise: Dialogue) -> None:
    assert dialogues(assistant(), [promise]).misses == []
