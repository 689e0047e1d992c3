"""All of a kind: what counts as one, and who comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.dialogue import Assistant
from tests.house import actor, answer_to, catalog, open_assistant, site

SCHOOLS = {
    "reis": actor("Johann-Reis-Schule Friedberg", sites=[site()]),
    "ost": actor("Berufliche Schule Ost in Nidda und Büdingen", sites=[]),
    "technik": actor("Technikerschule Butzbach", sites=[]),
    "amt": actor("Amt für Förderung", aliases=["Schüler-BAföG"], sites=[]),
    "netz": actor("Netzwerk Schule-Beruf", sites=[]),
}


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    return open_assistant(tmp_path, catalog(actors={**catalog().actors, **SCHOOLS}))


def test_what_ends_in_a_word_is_of_its_kind_and_what_only_begins_so_is_not(assistant: Assistant) -> None:
    listed = [card.id for card in answer_to(assistant, "Welche Schulen gibt es?").actors]
    assert sorted(listed) == ["ost", "reis", "technik"]


def test_what_is_called_by_the_town_comes_first(assistant: Assistant) -> None:
    answer = answer_to(assistant, "Welche Schulen gibt es in Nidda?")
    assert (answer.sort, answer.actors[0].id) == ("list", "ost")


def test_two_are_no_list(assistant: Assistant) -> None:
    assert answer_to(assistant, "Welche Technikerschulen gibt es?").sort != "list"
