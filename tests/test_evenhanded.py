from __future__ import annotations

import pytest

from assistant.catalog import CONTENT, Catalog
from assistant.evenhanded import Evenhanded
from index.lexical import fold

KNOWN = {
    fold(word)
    for word in ["braucht", "sucht", "kriegt", "schwanger", "bekommt", "deutsch", "kurs", "umschulung", "eltern"]
}
even = Evenhanded(Catalog.read(CONTENT).even, KNOWN.__contains__)


@pytest.mark.parametrize(
    "pair",
    [
        ("Mein Sohn ist 16", "Meine Tochter ist 16"),
        ("Ich bin Verkäufer", "Ich bin Verkäuferin"),
        ("Wir suchen Erzieher und Praktikanten", "Wir suchen Erzieherinnen und Praktikantinnen"),
        ("ein kollege wurde entlassen, was muss er tun", "eine kollegin wurde entlassen, was muss sie tun"),
        ("mein mann ist arbeitslos", "meine frau ist arbeitslos"),
        ("my brother is looking for work", "my sister is looking for work"),
    ],
)
def test_men_and_women_are_asked_for_alike(pair: tuple[str, str]) -> None:
    assert even(pair[0]) == even(pair[1])


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Ich heiße Khadija und suche Arbeit", "Ich heiße und suche Arbeit"),
        ("mein sohn yusuf braucht Hilfe", "mein sohn braucht Hilfe"),
        ("Herr Nguyen bekommt Bürgergeld", "jemand bekommt Bürgergeld"),
        ("Aylin Yılmaz sucht Arbeit", "jemand sucht Arbeit"),
        ("Sabine Müller sucht Arbeit", "jemand sucht Arbeit"),
        ("Hallo, Lukas hier, 17", "Hallo, hier, 17"),
    ],
)
def test_a_name_is_left_out(message: str, said: str) -> None:
    assert even(message) == said


@pytest.mark.parametrize(
    "message",
    ["Deutsch Kurs", "Ich Brauche Hilfe", "Umschulung Müller", "mein sohn kifft", "Kurs, Termin", ""],
)
def test_words_that_are_no_names_stay(message: str) -> None:
    assert even(message) == message


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Ich komme aus Syrien", "Ich komme aus dem Ausland"),
        ("ich komme aus der türkei", "ich komme aus dem Ausland"),
        ("Ich bin aus Polen", "Ich bin aus einem EU-Land"),
        (
            "Meine Eltern sind aus Serbien, ich bin hier geboren",
            "Meine Eltern sind aus dem Ausland, ich bin hier geboren",
        ),
        ("Ich komme aus der Ukraine", "Ich komme aus der Ukraine"),  # has rules of its own (§ 24)
    ],
)
def test_countries_whose_people_have_the_same_rights_are_one(message: str, said: str) -> None:
    assert even(message) == said


def test_women_stay_women_where_offers_are_for_them() -> None:
    assert even("Kurse für Frauen in Nidda") == "Kurse für Frauen in Nidda"


def test_other_alphabets_stay_as_they_are() -> None:
    assert even("Моя дочка шукає роботу") == "Моя дочка шукає роботу"


def test_what_is_kept_holds_no_name_but_all_the_rest() -> None:
    assert even.without_names("Meine Tochter Khadija sucht Arbeit") == "Meine Tochter sucht Arbeit"
    assert even.without_names("gestern hat Khadija Muster angerufen") == "gestern hat jemand angerufen"
    assert even.without_names("der Azubi heißt Khadija Müller") == "der Azubi heißt"
    assert even.without_names("gestern hat Deutsch Kurs") == "gestern hat Deutsch Kurs"


@pytest.mark.parametrize("message", ["İran'dan geliyorum", "ben ıraklıyım, ırak", "aus ſyrien", "IRAK", "VERKÄUFERİN"])
def test_letters_that_only_look_alike_break_nothing(message: str) -> None:
    """`re.IGNORECASE` finds İran and ıran where iran is sought; lower() does not make iran of them."""
    assert isinstance(even(message), str)
    assert isinstance(even.same_origins(message), str)


def test_of_people_with_the_same_rights_the_same_is_learned() -> None:
    assert even.same_origins("Diplom aus Usbekistan") == even.same_origins("Diplom aus dem Iran") == "Diplom aus Syrien"
    assert even.same_origins("aus der Ukraine") == "aus der Ukraine"


def test_tags_are_no_words() -> None:
    assert even("<img src=x onerror=alert(1)> Umschulung").strip() == "Umschulung"
    assert even("unter 18 < 25 > 10") == "unter 18 < 25 > 10"
