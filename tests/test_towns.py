from __future__ import annotations

import pytest

from assistant.towns import Towns
from tests.house import PLACES

WRITTEN = {"nidda": ("Нидд", "نيدا"), "friedberg": ("Фридберг", "فريدبرغ")}
towns = Towns({id: place.model_copy(update={"written": WRITTEN.get(id, ())}) for id, place in PLACES.items()})


@pytest.mark.parametrize(
    "message", ["живу в Нидде", "я з Нідди, Нидда", "أسكن في نيدا", "بنيدا", "Нидда", "Niddada oturuyorum"]
)
def test_a_town_is_known_in_other_alphabets_with_their_endings(message: str) -> None:
    assert towns.in_message(message) == "nidda"


@pytest.mark.parametrize("message", ["Ниддатальский", "نيداتالية"])
def test_a_longer_word_that_begins_like_a_town_is_none(message: str) -> None:
    assert towns.in_message(message) is None


@pytest.mark.parametrize(
    "message",
    [
        "arbeite in Friedberg, wohne in Nidda",
        "Ich komme aus Büdingen und lebe jetzt in Nidda",
        "bin von Friedberg nach Nidda gezogen",
        "in Nidda wohne ich, nach Friedberg fährt kein Bus",
    ],
)
def test_of_several_towns_the_one_lived_in_counts(message: str) -> None:
    assert towns.in_message(message) == "nidda"


def test_the_river_is_no_town() -> None:
    assert towns.in_message("die Nidda hat Hochwasser") is None
    assert towns.in_message("die Nidda hat Hochwasser, ich wohne in Büdingen") == "buedingen"


def test_a_postcode_in_arabic_digits_is_one() -> None:
    assert towns.in_message("٦٣٦٦٧") == "nidda"


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        ("i live in Friedberg, i am a nurse", "i live in i am a nurse"),
        ("Bin 17 und wohne in Nidda. Was kann ich lernen?", "Bin 17 und wohne in Was kann ich lernen?"),
        ("Ich suche Arbeit, ich wohne in Büdingen", "Ich suche Arbeit, ich wohne in"),
        ("я живу в Нидде, ищу работу", "я живу в ищу работу"),
        ("Wo gibt es Kurse in Büdingen?", "Wo gibt es Kurse in Büdingen?"),
        ("Ich will in Nidda arbeiten", "Ich will in Nidda arbeiten"),
        ("Lebensmittel in Nidda", "Lebensmittel in Nidda"),
    ],
)
def test_where_somebody_lives_is_not_what_they_ask_for(message: str, rest: str) -> None:
    assert towns.without_home(message) == rest
