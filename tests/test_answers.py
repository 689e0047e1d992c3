"""How an answer is composed: reasons, contacts, ways to reach them, and the contract's JSON."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from assistant.cards import Answer, Chip, Citation, FollowUp, PhoneLine, Reply, Statement
from assistant.composer import Sources, opening_words
from assistant.details import contact_statements
from assistant.hours import BERLIN, Opening
from assistant.plain_text import as_text, german_date, german_hours
from assistant.sentences import best_sentence, commonplace, plain_sentences
from assistant.situation import Situation
from tests.house import (
    ACTORS,
    NOW,
    OFFERS,
    actor,
    asked,
    catalog,
    composer,
    offer,
    page,
    real_voices,
    site,
    situation,
    voice,
)

BOTH = OFFERS["umschulung"]  # Agentur for everybody, Jobcenter for Grundsicherung


# --- reasons -----------------------------------------------------------------------------------------------------


def test_why_quotes_the_words_that_matched_and_the_sentence_that_holds_them() -> None:
    content = catalog(
        texts={"offer/umschulung": "Erst kommt ein Test. Der Gabelstapler steht im Lager. Dann ist Pause."}
    )
    question = asked("Ich möchte im LAGER mit Gabelstaplern arbeiten")
    card = composer(content).offer_card("umschulung", question, Sources(content))
    assert card.why == "Passt zu „LAGER“ und „Gabelstaplern“: „Der Gabelstapler steht im Lager.“"


def test_why_names_what_is_known_of_the_person() -> None:
    content = catalog(offers={"eq": offer("EQ", audience={"max_age": 24, "status": ["unemployed"]})}, pages={})
    known = situation(age=17, status=("unemployed", "pupil"), place="nidda")
    card = composer(content).offer_card("eq", asked("irgendwas", known), Sources(content))
    assert card.why == "Passt, weil: Alter 17, Lebenslage ohne Arbeit."


def test_where_nothing_matched_why_names_the_topic() -> None:
    content = catalog()
    card = composer(content).offer_card("umschulung", asked("Raumschiff"), Sources(content))
    assert card.why == "Passt zum Thema „Arbeit“: „einen Platz mit Zeugnis“"


def test_the_best_sentence_holds_most_of_the_questions_words() -> None:
    sentences = ["Im Winter gibt es Kurse.", "Hier gibt es Kurse am Abend in Nidda.", "Schön ist Nidda."]
    assert best_sentence("Kurse abends in Nidda", sentences) == (["Kurse", "abends", "Nidda"], sentences[1])
    assert best_sentence("Raumschiff", sentences) == ([], "")
    assert best_sentence("Kurse abends in Nidda", sentences, {"kurs", "nidda"})[0] == ["abends"]


def test_what_stands_in_most_texts_is_no_reason() -> None:
    texts = [
        ("Hier gibt es Arbeit.", f"Und es gibt {thing}.") for thing in ("Kurse", "Pflege", "Holz") for _ in range(8)
    ]
    assert commonplace(texts) == {"arbeit"}
    assert commonplace([*texts, *texts[:8]]) == {"arbeit", "kurs"}


def test_sentences_are_read_without_headings_and_marks() -> None:
    markdown = "## Kosten\n\nDer Kurs ist **frei**. Das [Formular](https://example.org/x) ist kurz!\n\n- ein Ausweis\n"
    assert plain_sentences(markdown) == ("Der Kurs ist frei.", "Das Formular ist kurz!", "ein Ausweis")


# --- cards -------------------------------------------------------------------------------------------------------


def test_an_offer_that_may_fit_says_what_to_clarify() -> None:
    content = catalog()
    card = composer(content).offer_card("einstiegsqualifizierung", asked(), Sources(content))
    assert (card.fit, card.clarify) == ("unknown", "Bitte klären: Voraussetzung: unter 25.")


def test_an_offer_that_fits_leaves_nothing_to_clarify() -> None:
    content = catalog()
    card = composer(content).offer_card("einstiegsqualifizierung", asked(known=situation(age=17)), Sources(content))
    assert (card.fit, card.clarify) == ("yes", None)


@pytest.mark.parametrize(
    ("known", "contacts"),
    [
        (situation(benefit="grundsicherung"), ["jobcenter", "agentur"]),
        (situation(benefit="alg1"), ["agentur"]),
        (situation(benefit="none", status="employed"), ["agentur"]),
        (Situation(), ["agentur", "jobcenter"]),
    ],
)
def test_contacts_follow_the_situation(known: Situation, contacts: list[str]) -> None:
    """Jobcenter for Grundsicherung, Arbeitsagentur otherwise."""
    assert composer().contacts(BOTH, known) == contacts


@pytest.mark.parametrize(
    ("contacts", "known", "best_first"),
    [
        (["verein", "agentur"], Situation(), ["agentur", "verein"]),
        (["verein", "nebenan", "agentur"], Situation(), ["agentur", "verein", "nebenan"]),
        (["verein", "nebenan"], Situation(), ["verein", "nebenan"]),
        # the service line that stands in is a phone too
        (["jobcenter", "agentur"], Situation(), ["jobcenter", "agentur"]),
        (["verein", {"actor": "agentur", "when": {"benefit": ["alg1"]}}], Situation(), ["verein", "agentur"]),
        (
            ["verein", {"actor": "agentur", "when": {"benefit": ["alg1"]}}],
            situation(benefit="alg1"),
            ["agentur", "verein"],
        ),
    ],
)
def test_the_first_contact_can_be_rung_where_one_in_charge_can(
    contacts: list[object], known: Situation, best_first: list[str]
) -> None:
    doors = {"verein": actor("Verein", sites=[site()]), "nebenan": actor("Nebenan", sites=[site()])}
    content = catalog(actors=ACTORS | doors)
    assert composer(content).contacts(offer(contacts=contacts), known) == best_first


def test_a_card_names_its_contacts_best_first() -> None:
    content = catalog()
    known = situation(benefit="grundsicherung")
    card = composer(content).offer_card("umschulung", asked(known=known), Sources(content))
    assert card.actors == ("jobcenter", "agentur")


def test_an_actor_with_a_phone_shows_it_as_people_dial_it() -> None:
    content = catalog()
    card = composer(content).actor_card("kreisverwaltung-wetterau", asked(), Sources(content))
    assert card.phones == ("+496031830",)
    assert card.lines == (PhoneLine("+49 6031 83-0", "+496031830"),)
    assert (card.email, card.address) == ("info@example.org", "Europaplatz 1, 61169 Friedberg")


def test_an_actor_without_a_phone_shows_the_service_line_with_its_owners_name() -> None:
    content = catalog()
    question = asked()
    sources = Sources(content)
    card = composer(content).actor_card("jobcenter", question, sources)
    assert card.lines == (PhoneLine("+49 800 4 555500", "+498004555500", None, "Agentur für Arbeit"),)
    assert card.opening_hours == "Mo-Fr 08:00-18:00"
    text = as_text(Answer("answered", "de", "Kontakt", actors=(card,)), question.voice)
    assert "Telefon +49 800 4 555500 (Nummer von: Agentur für Arbeit)" in text


def test_an_actor_without_phone_and_service_line_still_ends_in_a_next_step() -> None:
    content = catalog(actors={**ACTORS, "verein": actor("Verein", web="https://verein.example.org/")})
    card = composer(content).actor_card("verein", asked(), Sources(content))
    assert (card.phones, card.opening_hours, card.open_now) == ((), None, None)
    assert "https://verein.example.org/" in as_text(Answer("answered", "de", "Kontakt", actors=(card,)), voice())


def test_the_site_in_charge_of_the_persons_town_is_shown() -> None:
    doors = [site(email="friedberg@example.org"), site(email="nidda@example.org", serves=["nidda"])]
    content = catalog(actors={**ACTORS, "verein": actor("Verein", sites=doors)})
    cards = [
        composer(content).actor_card("verein", asked(known=known), Sources(content))
        for known in (Situation(), situation(place="nidda"), situation(place="buedingen"))
    ]
    assert [card.email for card in cards] == ["friedberg@example.org", "nidda@example.org", "friedberg@example.org"]


def test_a_distance_is_told_from_the_persons_town() -> None:
    content = catalog()
    far, near, unknown = (
        composer(content).actor_card("kreisverwaltung-wetterau", asked(known=known), Sources(content)).distance
        for known in (situation(place="nidda"), situation(place="friedberg"), Situation())
    )
    assert (far, near, unknown) == ("etwa 20 km von Nidda", None, None)


@pytest.mark.parametrize(
    ("moment", "open_now", "words"),
    [
        ("2026-06-10 10:00", True, "jetzt erreichbar bis 12 Uhr"),
        ("2026-06-10 07:00", False, "öffnet heute um 8 Uhr"),
        ("2026-06-10 13:00", False, "öffnet am 11.06. um 8 Uhr"),
        ("2026-06-04 10:00", False, "öffnet am 05.06. um 8 Uhr"),  # Fronleichnam
    ],
)
def test_a_card_says_whether_somebody_is_there_now(moment: str, open_now: bool, words: str) -> None:
    content = catalog()
    question = asked(moment=datetime.fromisoformat(moment).replace(tzinfo=BERLIN))
    card = composer(content).actor_card("kreisverwaltung-wetterau", question, Sources(content))
    assert (card.open_now, card.opening) == (open_now, words)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (Opening(True, None), "jetzt erreichbar"),
        (Opening(False, None), "zurzeit geschlossen"),
        (Opening(True, datetime(2026, 6, 10, 16, 30, tzinfo=BERLIN)), "jetzt erreichbar bis 16:30 Uhr"),
        (Opening(True, datetime(2026, 6, 11, 2, 0, tzinfo=BERLIN)), "jetzt erreichbar"),
    ],
)
def test_an_opening_is_said_in_words(now: Opening, words: str) -> None:
    assert opening_words(now, NOW, voice()) == words


def test_a_full_hour_is_written_out_where_no_uhr_follows() -> None:
    at_four = Opening(True, datetime(2026, 6, 10, 16, 0, tzinfo=BERLIN))
    assert opening_words(at_four, NOW, real_voices()["uk"]) == "зараз відчинено до 16:00"


def test_what_was_understood_is_shown_as_chips() -> None:
    known = situation(age=17, status=("unemployed", "pupil"), shoe_size=43)
    assert composer().chips(known) == (
        Chip("age", "Alter: 17", "17"),
        Chip("status", "Lebenslage: ohne Arbeit", "unemployed"),
        Chip("status", "Lebenslage: in der Schule", "pupil"),
    )


# --- citations ---------------------------------------------------------------------------------------------------


def test_citations_are_numbered_in_the_order_they_are_needed_and_never_twice() -> None:
    content = catalog(pages={"wer": page("Wer hilft wobei", checked_by=None)})
    sources = Sources(content)
    assert [sources.cite(key) for key in ("page/wer", "offer/umschulung", "page/wer", "actor/jobcenter")] == [
        "c1",
        "c2",
        "c1",
        "c3",
    ]
    assert list(sources.found.values()) == [
        Citation("c1", "Wer hilft wobei", "https://example.org/seite", "2026-06-01", confirmed=False),
        Citation("c2", "Umschulung", "https://example.org/angebot", "2026-06-01", confirmed=True),
        Citation("c3", "Jobcenter", "https://example.org/beleg", "2026-06-01", confirmed=True),
    ]


# --- the contract ------------------------------------------------------------------------------------------------


def _whole_answer() -> Answer:
    """An answer with something in every field."""
    content = catalog()
    sources = Sources(content)
    question = asked("Umschulung", situation(age=17))
    return Answer(
        outcome="asking",
        language="de",
        heading="Ein Angebot",
        statements=(Statement("Umschulung mit einem Gespräch am Anfang.", ("c1",)),),
        offers=(composer(content).offer_card("umschulung", question, sources),),
        actors=(composer(content).actor_card("agentur", question, sources),),
        pages=("zustaendigkeit",),
        citations=tuple(sources.found.values()),
        follow_up=FollowUp(
            "status", "Haben Sie Arbeit?", (Reply("ohne Arbeit", "unemployed"),), "Dann passt es besser."
        ),
        suggestions=("Was kostet das?",),
        situation=(Chip("age", "Alter: 17", "17"),),
        text="Alles zusammen",
        remark="Nummern braucht es nicht.",
        confidence=0.9,
    )


def test_the_contract_is_exactly_what_the_design_says() -> None:
    """DESIGN.md, "The contract": these keys, no others."""
    why = "Passt zum Thema „Arbeit“: „einen Platz mit Zeugnis“"
    assert json.loads(json.dumps(_whole_answer().as_contract("abc.def"))) == {
        "outcome": "asking",
        "language": "de",
        "text": "Alles zusammen",
        "statements": [{"text": "Umschulung mit einem Gespräch am Anfang.", "citations": ["c1"]}],
        "offers": [
            {
                "id": "umschulung",
                "title": "Umschulung",
                "aliases": [],
                "summary": "Umschulung mit einem Gespräch am Anfang.",
                "fit": "yes",
                "why": why,
                "next_step": "Einen Termin ausmachen.",
                "actors": ["agentur", "jobcenter"],
                "url": "/angebote/umschulung",
                "checked_on": "2026-06-01",
            }
        ],
        "actors": [
            {
                "id": "agentur",
                "name": "Agentur für Arbeit",
                "aliases": [],
                "phones": ["+498004555500"],
                "email": None,
                "address": None,
                "opening_hours": "Mo-Fr 08:00-18:00",
                "open_now": True,
                "url": "/stellen/agentur",
            }
        ],
        "citations": [
            {"id": "c1", "title": "Umschulung", "url": "https://example.org/angebot", "checked_on": "2026-06-01"},
            {"id": "c2", "title": "Agentur für Arbeit", "url": "https://example.org/beleg", "checked_on": "2026-06-01"},
        ],
        "follow_up": {
            "slot": "status",
            "question": "Haben Sie Arbeit?",
            "choices": [{"label": "ohne Arbeit", "value": "unemployed"}],
        },
        "suggestions": ["Was kostet das?"],
        "situation": [{"slot": "age", "label": "Alter: 17"}],
        "conversation": "abc.def",
    }


def test_an_empty_answer_has_every_key_too() -> None:
    contract = Answer("smalltalk", "de", "Guten Tag.").as_contract("")
    assert contract.keys() == _whole_answer().as_contract("").keys()
    assert contract["follow_up"] is None


# --- as text -----------------------------------------------------------------------------------------------------


def test_the_plain_text_holds_everything_a_person_needs_to_act() -> None:
    text = as_text(_whole_answer(), voice())
    for line in (
        "Ein Angebot",
        "Nummern braucht es nicht.",
        "1. Umschulung",
        "Nächster Schritt: Einen Termin ausmachen.",
        "Agentur für Arbeit: Agentur für Arbeit: berät und vermittelt.",
        "Haben Sie Arbeit?",
        "[1] Umschulung: https://example.org/angebot (geprüft am 01.06.2026)",
    ):
        assert line in text.splitlines()
    assert "+49 800 4 555500" in text


def test_nothing_is_said_twice_in_the_plain_text() -> None:
    said = as_text(_whole_answer(), voice())
    assert said.count("Umschulung mit einem Gespräch am Anfang.") == 1


def test_dates_are_written_as_in_german() -> None:
    assert german_date("2026-06-01") == "01.06.2026"


def test_hours_are_said_of_those_who_have_them_and_missed_of_the_first() -> None:
    content = catalog()
    cards = composer(content).actor_cards(["behoerdennummer-115", "agentur"], asked(), Sources(content))
    texts = [statement.text for statement in contact_statements("hours", cards, asked())]
    assert texts == [
        "Geprüfte Öffnungszeiten liegen mir nicht vor. Am besten dort fragen: Behördennummer.",
        "Agentur für Arbeit: Mo–Fr 8–18 Uhr, jetzt erreichbar bis 18 Uhr.",
    ]
    assert contact_statements("contact", cards, asked()) == ()


def test_hours_are_written_in_german() -> None:
    assert german_hours("Mo-Th 08:00-12:30; Su,PH off") == "Mo–Do 8–12:30 Uhr; So,feiertags geschlossen"
    assert german_hours("Mo 08:00-12:00,13:30-16:00; Fr 00:00-09:00") == "Mo 8–12 und 13:30–16 Uhr; Fr 0–9 Uhr"
    assert german_hours("24/7") == "Tag und Nacht"
