"""What a message tells of others is not learned where somebody tells of themselves."""

from __future__ import annotations

import pytest

from assistant.bystanders import Clauses
from assistant.content import Bystanders

clauses = Clauses(
    Bystanders(
        joins=("und", "aber", "weil"),
        others=(r"\bmeine? (?:bruder|nachbarin)\b",),
        first_person=(r"\bich\b",),
        oneself=(r"\bich (?:hab|suche)\b",),
        asks_for_them=(r"\bsucht\b",),
        theirs=(r"\bfür (?:ihn|sie)\b",),
    )
)


def test_what_is_said_of_others_is_left_out_beside_what_is_said_of_oneself() -> None:
    assert clauses.of_oneself("mein Bruder hat Abi, ich hab nix") == " ich hab nix"


def test_a_clause_without_a_subject_goes_on_with_the_one_before() -> None:
    assert clauses.of_oneself("mein Bruder ist 20 und hat Abi aber ich hab nix") == "aber ich hab nix"


@pytest.mark.parametrize(
    "message",
    [
        "mein Bruder ist 20 und hat Abi",  # nothing of oneself: it is asked for him
        "mein Bruder sucht eine Lehre, ich hab schon eine",  # he is the one who needs something
        "meine Nachbarin ist krank, ich suche was für sie",
        "ich hab Abi",
    ],
)
def test_a_message_that_asks_for_others_is_left_whole(message: str) -> None:
    assert clauses.of_oneself(message) == message


def test_without_words_nothing_is_left_out() -> None:
    assert Clauses(Bystanders()).of_oneself("mein Bruder hat Abi, ich hab nix") == "mein Bruder hat Abi, ich hab nix"


asked = Clauses(
    Bystanders(general=(r"\bkriegt man\b", r"\bmein {kin} sagt\b"), nobody=(r"\brein theoretisch\b",)),
    {"kin": ("onkel", "bruder")},
)


def test_what_is_asked_about_nobody_in_particular_is_left_out() -> None:
    assert asked.of_somebody("bin Azubi, kriegt man da Bafög?") == "bin Azubi, "
    assert asked.of_somebody("mein Onkel sagt, Azubis kriegen Bafög") == " Azubis kriegen Bafög"
    assert asked.of_somebody("rein theoretisch: ich bin Azubi") == ""
    assert asked.of_somebody("bin Azubi") == "bin Azubi"
