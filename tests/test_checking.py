"""What an editor is told beyond the shape of a file, and the sheet of open facts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.catalog import read_content
from assistant.checking import as_csv, check, is_phone_number, open_facts, readability
from assistant.content import Actor, Offer
from tests.house import (
    ACTORS,
    OFFERS,
    SLOTS,
    TEXT,
    TODAY,
    YESTERDAY,
    actor,
    catalog,
    content_folder,
    offer,
    page,
    site,
    slot,
    write,
)

NOWHERE = Path("/nowhere")  # no questions and no voices to check


def problems(**content: Any) -> list[tuple[str, str]]:
    """Severity and message of everything that is wrong with a catalogue."""
    return [(p.severity, p.message) for p in check(catalog(**content), NOWHERE, TODAY)]


def of_offer(kurs: Offer, text: str = TEXT) -> list[tuple[str, str]]:
    return problems(offers={"kurs": kurs}, pages={}, texts={"offer/kurs": text})


def of_actor(someone: Actor) -> list[tuple[str, str]]:
    return problems(offers={}, pages={}, actors={"verein": someone}, rules={"emergencies": {}, "referred": {}})


def test_content_in_order_has_no_problems() -> None:
    current = {id: kept for id, kept in OFFERS.items() if id != "sommerlager"}
    assert problems(offers=current) == []


# --- facts of actors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["+49 6031 83-3302", "+49 800 4 555500", "110", "112", "115", "116 117", "116117"])
def test_a_number_that_can_be_rung_from_germany_is_one(number: str) -> None:
    assert is_phone_number(number)


@pytest.mark.parametrize(
    "number", ["06031 83-0", "+49 123", "12345", "bitte anrufen", "", "+49 6031 833302 833302", "1155"]
)
def test_a_number_that_nobody_could_ring_is_none(number: str) -> None:
    assert not is_phone_number(number)


def test_a_phone_number_that_is_none_is_an_error_with_an_example() -> None:
    assert of_actor(actor(sites=[site(phones=[{"number": "6031 / 83"}])])) == [
        ("error", "'6031 / 83' is no telephone number: write it like +49 6031 83-0, or a short code like 115")
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"opening_hours": "Montag bis Freitag 8 Uhr"},
        {"phones": [{"number": "115", "hours": "Montag bis Freitag 8 Uhr"}]},
    ],
)
def test_hours_that_do_not_parse_are_an_error_with_an_example(facts: dict[str, Any]) -> None:
    assert of_actor(actor(sites=[site(**facts)])) == [
        (
            "error",
            "'Montag bis Freitag 8 Uhr' are no opening hours: write them like 'Mo-Fr 08:00-12:00; Th 14:00-18:00' "
            "(OpenStreetMap opening_hours)",
        )
    ]


ADDRESS = {"street": "Markt 1", "postcode": "61169", "town": "Friedberg"}


@pytest.mark.parametrize(
    ("facts", "fact"),
    [
        ({"phones": [{"number": "115"}]}, "sites.0.phones.0"),
        ({"email": "info@example.org"}, "sites.0.email"),
        ({"address": ADDRESS}, "sites.0.address"),
        ({"opening_hours": "Mo-Fr 08:00-12:00"}, "sites.0.opening_hours"),
        ({"appointment_url": "https://example.org/termin"}, "sites.0.appointment_url"),
    ],
)
def test_a_fact_without_a_source_is_an_error(facts: dict[str, Any], fact: str) -> None:
    unproven = [{"facts": ["name", "role"], "url": "https://example.org/"}]
    assert of_actor(actor(sites=[site(**facts)], sources=unproven)) == [
        ("error", f"'{fact}' has no source: add '{fact}' to the facts of a source, or leave it out")
    ]


def test_a_source_of_a_whole_site_proves_its_facts_and_no_other_sites() -> None:
    proof = [{"facts": ["sites.1"], "url": "https://example.org/"}]
    doors = [site(email="a@example.org"), site(email="b@example.org"), *[site()] * 8, site(email="c@example.org")]
    assert [message for _, message in of_actor(actor(sites=doors, sources=proof))] == [
        "'sites.0.email' has no source: add 'sites.0.email' to the facts of a source, or leave it out",
        "'sites.10.email' has no source: add 'sites.10.email' to the facts of a source, or leave it out",
    ]


def test_a_problem_is_told_with_the_line_it_stands_on(tmp_path: Path) -> None:
    wrong = actor(sites=[site(phones=[{"number": "115"}, {"number": "0000"}])])
    content_folder(tmp_path, catalog(actors={**ACTORS, "verein": wrong.model_copy(update={"name": "Verein"})}))
    file = tmp_path / "actors/verein.yaml"
    line = next(at for at, text in enumerate(file.read_text().splitlines(), start=1) if "0000" in text)
    found = check(read_content(tmp_path)[0], tmp_path, TODAY)
    assert [(p.file, p.line) for p in found if p.severity == "error"] == [(file, line)]


# --- dates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"valid_until": YESTERDAY},
            ("warning", "valid_until 2026-06-09 has gone by: it is no longer shown. Renew it, or remove the file"),
        ),
        ({"checked_on": "2026-06-11"}, ("error", "checked_on 2026-06-11 lies in the future")),
        (
            {"checked_on": "2025-06-09"},
            ("warning", "was last checked on 2025-06-09: look at the source again and set the day of today"),
        ),
        (
            {"dates": [{"start": "2026-06-09", "label": "Start"}]},
            ("warning", "the date 'Start' (2026-06-09) has gone by: take it out"),
        ),
        (
            {"dates": [{"start": "2026-06-20", "end": "2026-06-19", "label": "Start"}]},
            ("error", "the date ends (2026-06-19) before it starts (2026-06-20)"),
        ),
        ({"audience": {"min_age": 30, "max_age": 20}}, ("error", "min_age 30 is above max_age 20: nobody would fit")),
    ],
)
def test_a_date_that_makes_no_sense_is_reported(facts: dict[str, Any], expected: tuple[str, str]) -> None:
    assert of_offer(offer("Kurs", **facts)) == [expected]


@pytest.mark.parametrize(
    "facts",
    [
        {"valid_until": TODAY},
        {"checked_on": TODAY},
        {"checked_on": "2025-06-10"},
        {"dates": [{"start": "2026-06-01", "end": "2026-06-10", "label": "läuft noch"}]},
    ],
)
def test_a_date_of_today_is_in_order(facts: dict[str, Any]) -> None:
    assert of_offer(offer("Kurs", **facts)) == []


def test_an_actor_gone_by_is_reported() -> None:
    assert of_actor(actor(valid_until=YESTERDAY)) == [
        ("warning", "valid_until 2026-06-09 has gone by: it is no longer shown. Renew it, or remove the file")
    ]


# --- names -------------------------------------------------------------------------------------------------------


def test_two_offers_of_one_title_are_an_error() -> None:
    twins = {"kurs": offer("Prüfung"), "kurs-2": offer("Pruefung")}
    assert problems(offers=twins, pages={}) == [
        ("error", "the name 'prufung' belongs to 'kurs' too: keep it where it fits better")
    ]


def test_two_offers_of_one_alias_are_a_warning() -> None:
    twins = {"kurs": offer("Kurs", aliases=["EQ"]), "lehre": offer("Lehre", aliases=["eq"])}
    assert problems(offers=twins, pages={}) == [
        ("warning", "the name 'eq' belongs to 'kurs' too: keep it where it fits better")
    ]


def test_an_offer_may_repeat_its_own_name_and_a_page_that_of_an_offer() -> None:
    assert problems(offers={"kurs": offer("Kurs", aliases=["kurs"])}, pages={"kurs": page("Kurs")}) == []


def test_two_actors_of_one_name_are_an_error() -> None:
    assert problems(offers={}, pages={}, actors={**ACTORS, "verein": actor("Jobcenter")}) == [
        ("error", "the name belongs to 'jobcenter' too")
    ]


# --- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ease"),
    [
        # 7 words in 2 sentences; 8 syllables: Der Hund schläft, die Kat-ze trinkt Milch
        ("Der Hund schläft. Die Katze trinkt Milch.", 180 - 7 / 2 - 58.5 * 8 / 7),
        # 4 words in 1 sentence; 15 syllables: Die Wei-ter-bil-dungs-för-de-rung un-ter-stützt Ar-beit-neh-mer
        ("Die Weiterbildungsförderung unterstützt Arbeitnehmer.", 180 - 4 / 1 - 58.5 * 15 / 4),
        # 3 words, no full stop; numbers and signs are no words: Öff-nung bis mor-gen
        ("Öffnung bis morgen 18:30", 180 - 3 / 1 - 58.5 * 5 / 3),
    ],
)
def test_readability_is_what_counting_by_hand_gives(text: str, ease: float) -> None:
    assert readability(text) == pytest.approx(ease)


def test_a_text_without_words_is_not_hard() -> None:
    assert readability("… 2026") == 100


def test_a_hard_text_is_a_warning() -> None:
    hard = "Die Weiterbildungsförderung unterstützt Arbeitnehmer. " * 25
    assert of_offer(offer("Kurs"), hard) == [
        (
            "warning",
            "the text is hard to read (Flesch-Amstad -43, wanted 50): shorter sentences and everyday words help",
        )
    ]


@pytest.mark.parametrize(("count", "warnings"), [(25, 0), (26, 1)])
def test_a_sentence_of_more_than_25_words_is_a_warning(count: int, warnings: int) -> None:
    sentence = " ".join(["Wort"] * count) + "."
    expected = f"a sentence of {count} words: 'Wort Wort Wort Wort Wort Wort Wort Wort Wort Wort …'. Make it two"
    assert of_offer(offer("Kurs"), f"{TEXT}\n{sentence}") == [("warning", expected)] * warnings


@pytest.mark.parametrize(("count", "is_fine"), [(79, False), (80, True), (250, True), (251, False)])
def test_a_text_has_80_to_250_words(count: int, is_fine: bool) -> None:
    text = " ".join(["Das ist gut so."] * (count // 4) + ["Ja."] * (count % 4))
    expected = [] if is_fine else [("warning", f"the text has {count} words; 80 to 250 read well")]
    assert of_offer(offer("Kurs"), text) == expected


@pytest.mark.parametrize(
    ("sentence", "word"),
    [("Hier bekommst du Rat.", "du"), ("Du bekommst hier Rat.", "Du"), ("Bitte Ihren Pass mitnehmen.", "Ihren")],
)
def test_a_text_that_speaks_to_the_reader_is_a_warning(sentence: str, word: str) -> None:
    expected = ("warning", f"speaks to the reader ('{word}' in '{sentence}'): say it without du and Sie")
    assert of_offer(offer("Kurs"), f"{TEXT}\n{sentence}") == [expected]


def test_the_short_fields_of_an_offer_speak_to_nobody_either() -> None:
    expected = "speaks to the reader ('deine' in 'Ruf deine Schule an.'): say it without du and Sie"
    assert of_offer(offer("Kurs", first_step="Ruf deine Schule an.")) == [("warning", expected)]


# --- what refers to content --------------------------------------------------------------------------------------


def test_a_pattern_of_the_age_must_say_where_it_stands() -> None:
    [(severity, message)] = problems(offers={}, pages={}, slots={**SLOTS, "age": slot(patterns=["bin alt"])})
    assert (severity, message) == ("error", "age: a pattern without {age} tells no age")


def test_a_pattern_that_does_not_compile_is_an_error() -> None:
    age = slot(patterns=["bin ({age}"])
    [(severity, message)] = problems(offers={}, pages={}, slots={**SLOTS, "age": age})
    assert severity == "error"
    assert message.startswith("age: the pattern 'bin (1' is not valid: ")


def test_a_rule_that_names_nobody_is_an_error() -> None:
    despair = {"say": "Sie sind nicht allein.", "actors": ["seelsorger"], "patterns": ["sterben"]}
    assert problems(offers={}, pages={}, rules={"emergencies": {"despair": despair}}) == [
        ("error", "emergencies.despair: 'seelsorger' is neither an actor nor an offer")
    ]


def test_a_labelled_question_that_expects_what_does_not_exist_is_an_error(tmp_path: Path) -> None:
    asked = "- question: Was ist das?\n  offers: [umschulung]\n- question: Und das?\n  offers: [umschuhlung]\n"
    file = write(content_folder(tmp_path) / "questions/test/work.yaml", asked)
    found = check(read_content(tmp_path)[0], tmp_path, TODAY)
    assert [(p.file, p.message) for p in found if p.severity == "error"] == [
        (file, "question 2 expects 'umschuhlung', which is not in content/offers")
    ]


def test_labelled_questions_that_are_no_yaml_are_an_error_at_their_line(tmp_path: Path) -> None:
    write(content_folder(tmp_path) / "questions/test/work.yaml", "- question: Was\n  offers: das: hier\n")
    found = check(read_content(tmp_path)[0], tmp_path, TODAY)
    assert [(p.file.name, p.line) for p in found if p.severity == "error"] == [("work.yaml", 2)]


def test_a_voice_that_lacks_a_sentence_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "languages/de.yaml", "name: Deutsch\nsentences: {hello: Guten Tag, bye: Auf Wiedersehen}\n")
    file = write(tmp_path / "languages/uk.yaml", "name: Українська\nsentences: {hello: Добрий день}\n")
    found = check(catalog(offers={}, pages={}), tmp_path, TODAY)
    assert [(p.file, p.message) for p in found] == [(file, "sentences missing: bye. Add them, or name a fallback")]


# --- the sheet of open facts -------------------------------------------------------------------------------------

SHEET_ACTORS = {
    "amt": actor("Amt", checked_by=None),
    "verein": actor("Verein", checked_by=None, sites=[site(phones=[{"number": "115"}], email="info@example.org")]),
    "bund": actor("Bund", checked_by="Bund, 3.6.2026", sites=[site(address=ADDRESS)]),
}


def sheet() -> list[tuple[str, int, str, str, str]]:
    used = {id: offer(id, contacts=contacts) for id, contacts in {"a": ["verein"], "b": ["verein", "bund"]}.items()}
    facts = open_facts(catalog(offers=used, pages={}, actors=SHEET_ACTORS))
    return [(fact.name, fact.offers, fact.fact, fact.state, fact.value) for fact in facts]


def test_open_facts_are_listed_most_used_actor_first() -> None:
    assert sheet() == [
        ("Verein", 2, "Telefon", "nicht bestätigt", "115"),
        ("Verein", 2, "Adresse", "fehlt", ""),
        ("Verein", 2, "E-Mail", "nicht bestätigt", "info@example.org"),
        ("Verein", 2, "Öffnungszeiten", "fehlt", ""),
        ("Verein", 2, "Internet", "nicht bestätigt", "https://example.org/"),
        ("Bund", 1, "Telefon", "fehlt", ""),
        ("Bund", 1, "E-Mail", "fehlt", ""),
        ("Bund", 1, "Öffnungszeiten", "fehlt", ""),
        ("Bund", 1, "Ohne Stufen", "fehlt", ""),
        ("Amt", 0, "Telefon", "fehlt", ""),
        ("Amt", 0, "Adresse", "fehlt", ""),
        ("Amt", 0, "E-Mail", "fehlt", ""),
        ("Amt", 0, "Öffnungszeiten", "fehlt", ""),
        ("Amt", 0, "Internet", "nicht bestätigt", "https://example.org/"),
    ]


def test_the_sheet_as_csv_has_a_column_to_fill_in() -> None:
    someone = actor("Rat; und Tat", checked_by=None, sites=[site(phones=[{"number": "115"}, {"number": "112"}])])
    facts = open_facts(catalog(offers={}, pages={}, actors={"rat": someone}))
    assert as_csv(facts[:2]) == (
        "Stelle;Kennung;Angebote;Angabe;Stand;Bisher;Richtig ist\r\n"
        '"Rat; und Tat";rat;0;Telefon;nicht bestätigt;115, 112;\r\n'
        '"Rat; und Tat";rat;0;Adresse;fehlt;;\r\n'
    )


def test_the_day_of_the_small_house_is_a_wednesday() -> None:
    """The dates above are chosen around it."""
    assert (TODAY, TODAY.weekday()) == (date(2026, 6, 10), 2)
