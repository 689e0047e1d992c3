"""The pages that need no browser to be checked: what they say, which headers they carry, what can be downloaded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.api import create_app
from assistant.composer import Sources
from assistant.conversation import LONGEST_QUESTION, REMEMBERED
from assistant.directory import Directory, Filters
from assistant.icalendar import icalendar
from assistant.ledger import Turns
from assistant.legal import measured
from assistant.markup import linked
from assistant.merkzettel import known, shared_address
from assistant.settings import Settings
from assistant.structured_data import opening_specifications
from assistant.vcard import folded, vcard
from tests.house import ACTORS, OFFERS, actor, asked, catalog, composer, offer, open_assistant, site

NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A visitor of the small house."""
    settings = Settings(secret="geheim", public_url="https://lotse.example", operator="Kreis|Platz 1|61169 Friedberg")
    app = create_app(settings, open_assistant(tmp_path_factory.mktemp("house")))
    with TestClient(app, base_url="https://lotse.example") as visitor:
        yield visitor


# --- headers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/embed", "/angebote", "/angebote/umschulung", "/impressum", "/api/offers"])
def test_every_response_forbids_inline_code_and_other_hosts(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(headers["permissions-policy"].split(", "))
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers


def test_only_the_embedded_page_may_be_framed(client: TestClient) -> None:
    assert "frame-ancestors 'none'" in client.get("/").headers["content-security-policy"]
    assert "frame-ancestors 'self'" in client.get("/embed").headers["content-security-policy"]


def test_no_page_has_inline_scripts_styles_or_handlers(client: TestClient) -> None:
    answer = client.post("/", data={"message": "Umschulung bitte"}).text
    for page in (answer, *(client.get(p).text for p in ("/", "/angebote", "/angebote/umschulung", "/ueber"))):
        assert re.findall(r"<script(?![^>]*(?:src=|ld\+json))|<style|\sstyle=|\son[a-z]+=", page) == []


def test_the_conversation_is_never_kept_by_a_cache(client: TestClient) -> None:
    assert client.get("/").headers["cache-control"] == "no-store"
    assert client.post("/", data={"message": "Umschulung"}).headers["cache-control"] == "no-store"


def test_a_file_with_a_version_is_kept_forever(client: TestClient) -> None:
    found = re.search(r"/static/chat\.css\?v=\w+", client.get("/").text)
    assert found is not None
    assert "immutable" in client.get(found[0]).headers["cache-control"]
    assert client.get("/static/chat.css").headers["cache-control"] == "no-cache"


# --- the turn as a fragment --------------------------------------------------------------------------------------


def test_a_script_gets_only_the_new_turn(client: TestClient) -> None:
    data = {"message": "Umschulung bitte"}
    part = client.post("/", data=data, headers={"X-Requested-With": "fetch"})
    assert "<html" not in part.text
    assert part.headers["content-language"] == "de"
    whole = client.post("/", data=data).text
    turn = re.search(r'<article class="answer.*?</article>\s*</li>', part.text, re.DOTALL)
    assert turn is not None
    unsigned = re.compile(r'value="[^"]{60,}"|-[0-9a-f]{8}|-hint-[^"]+|"remark-[^"]+')
    assert unsigned.sub("", turn[0]) in unsigned.sub("", whole)


# --- the directory -----------------------------------------------------------------------------------------------


def directory() -> Directory:
    """Three offers that differ in focus, audience and area."""
    offers = {
        "kurs": offer("Kurs", focus=["training"], topic="school", audience={"status": ["pupil"]}),
        "stelle": offer("Stelle", area=["nidda"]),
        "hilfe": offer("Hilfe", aliases=["Unterstützung"]),
    }
    content = catalog(offers=offers, pages={})
    return Directory(content, content.offers)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), ["hilfe", "kurs", "stelle"]),
        (Filters(focus="training"), ["kurs"]),
        (Filters(topic="work"), ["hilfe", "stelle"]),
        (Filters(status="unemployed"), ["hilfe", "stelle"]),
        (Filters(place="friedberg"), ["hilfe", "kurs"]),
        (Filters(search="unterstuetzungen"), ["hilfe"]),
        (Filters(search="xyzzy"), []),
        (Filters(only=("stelle", "kurs")), ["stelle", "kurs"]),
    ],
)
def test_filters_leave_what_suits(filters: Filters, found: list[str]) -> None:
    assert directory().found(filters) == found


def test_a_filter_says_how_many_it_would_leave() -> None:
    options = {option.value: option.count for option in directory().options("focus", Filters(place="friedberg"))}
    assert options == {"training": 1, "work": 1}


def test_the_directory_is_shareable_by_its_address(client: TestClient) -> None:
    page = client.get("/angebote?thema=school&suche=Deutschkurs").text
    assert "Gefundene Angebote: 1" in page
    assert '<option value="school" selected>' in page
    assert '<link rel="canonical" href="https://lotse.example/angebote?thema=school&amp;suche=Deutschkurs">' in page


def test_a_shared_list_shows_its_offers_in_their_order(client: TestClient) -> None:
    page = client.get("/angebote?o=deutschkurs,umschulung,gibt-es-nicht").text
    assert re.findall(r'<a class="kern-link" href="/angebote/([\w-]+)"', page) == ["deutschkurs", "umschulung"]


# --- to take along -----------------------------------------------------------------------------------------------


def test_the_merkzettel_needs_no_conversation_in_its_address(client: TestClient) -> None:
    page = client.post("/merkzettel", data={"offer": ["umschulung", "deutschkurs"]}).text
    assert "https://lotse.example/angebote?o=umschulung,deutschkurs" in page
    assert '<svg role="img"' in page
    assert "<li>Lebenslauf</li>" in page


def test_the_question_is_printed_only_when_wished(client: TestClient) -> None:
    answer = client.post("/", data={"message": "Umschulung bitte"}).text
    found = re.search(r'name="conversation" value="([^"]{20,})"', answer)
    assert found is not None
    sheet = {"offer": "umschulung", "conversation": found[1]}
    assert "Umschulung bitte" not in client.post("/merkzettel", data=sheet).text
    assert "Umschulung bitte" in client.post("/merkzettel", data={**sheet, "with_question": "1"}).text


def test_the_question_goes_into_an_e_mail_only_when_wished(tmp_path: Path) -> None:
    content = catalog(offers=OFFERS | {"rat": offer("Rat", contacts=["kreisverwaltung-wetterau"])})
    app = create_app(Settings(secret="geheim", journal=""), open_assistant(tmp_path, content))
    with TestClient(app) as client:
        answer = client.post("/", data={"message": "Umschulung & Geld?"}).text
        conversation = re.search(r'name="conversation" value="([^"]{20,})"', answer)
        assert conversation is not None
        sheet = {"offer": "rat", "conversation": conversation[1]}
        plain, wished = (client.post("/merkzettel", data={**sheet, **box}).text for box in ({}, {"with_question": "1"}))
    box = r'<input type="checkbox" name="with_question" value="1"( checked)?>'
    assert [re.findall(box, page) for page in (plain, wished)] == [[""], [" checked"]]
    assert 'href="mailto:info@example.org"' in plain
    assert 'href="mailto:info@example.org?body=Umschulung%20%26%20Geld%3F"' in wished


def test_only_offers_that_exist_get_on_a_sheet() -> None:
    assert known(["a", "b", "a", "c"], {"a": 1, "c": 1}) == ("a", "c")
    assert shared_address("https://x", ["a", "c"]) == "https://x/angebote?o=a,c"


def test_a_contact_can_be_saved(client: TestClient) -> None:
    response = client.get("/stellen/kreisverwaltung-wetterau.vcf")
    assert response.headers["content-type"] == "text/vcard; charset=utf-8"
    lines = response.text.split("\r\n")
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:4.0"]
    assert "TEL;VALUE=uri;TYPE=voice:tel:+496031830" in lines
    assert "ADR:;;Europaplatz 1;Friedberg;;61169;Deutschland" in lines
    assert lines[-2:] == ["END:VCARD", ""]


def test_no_line_of_a_vcard_is_longer_than_its_standard_allows() -> None:
    text = folded("NOTE:" + "ä" * 200)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert text.replace("\r\n ", "").strip() == "NOTE:" + "ä" * 200


def test_signs_with_a_meaning_are_escaped_in_a_vcard() -> None:
    content = catalog(actors={**ACTORS, "agentur": ACTORS["agentur"].model_copy(update={"name": "A, B; C"})})
    made = composer(content).actor_card("agentur", asked(), Sources(content))
    assert "FN:A\\, B\\; C\r\n" in vcard(made, "https://x")


def test_dates_become_whole_days_in_a_calendar() -> None:
    course = offer("Kurs", dates=[{"start": "2026-09-01", "end": "2026-09-03", "label": "Block 1"}])
    lines = icalendar("kurs", course, "https://x/angebote/kurs", NOW).split("\r\n")
    assert "DTSTART;VALUE=DATE:20260901" in lines
    assert "DTEND;VALUE=DATE:20260904" in lines
    assert "SUMMARY:Kurs: Block 1" in lines


def test_an_offer_without_dates_has_no_calendar(client: TestClient) -> None:
    assert client.get("/angebote/umschulung.ics").status_code == 404


# --- for search engines ------------------------------------------------------------------------------------------


def test_an_offer_describes_itself_to_search_engines(client: TestClient) -> None:
    page = client.get("/angebote/umschulung").text
    assert '<link rel="canonical" href="https://lotse.example/angebote/umschulung">' in page
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert (data["@type"], data["name"]) == ("GovernmentService", "Umschulung")


def test_an_actor_describes_its_hours(client: TestClient) -> None:
    page = client.get("/stellen/kreisverwaltung-wetterau").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert data["@type"] == "GovernmentOffice"
    assert data["location"]["address"]["postalCode"] == "61169"
    assert data["location"]["openingHoursSpecification"][0]["opens"] == "08:00"


def test_hours_that_are_not_plain_are_left_out() -> None:
    hours = opening_specifications("Mo,We 08:00-12:00,13:00-16:00; Fr 08:00-12:00; PH off")
    assert [(h["dayOfWeek"], h["opens"], h["closes"]) for h in hours] == [
        (["Monday", "Wednesday"], "08:00", "12:00"),
        (["Monday", "Wednesday"], "13:00", "16:00"),
        (["Friday"], "08:00", "12:00"),
    ]


ADDRESS = {"street": "Europaplatz 1", "postcode": "61169", "town": "Friedberg"}


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ({"step_free": True}, "ja"),
        ({"step_free": False}, "nein, es gibt Stufen"),
        ({}, "nicht bekannt, bitte vorher fragen"),
    ],
)
def test_a_house_says_whether_it_has_steps(door: dict[str, bool], said: str, tmp_path: Path) -> None:
    actors = {**ACTORS, "agentur": actor(sites=[site(address=ADDRESS, **door)])}
    with TestClient(create_app(Settings(secret="geheim"), open_assistant(tmp_path, catalog(actors=actors)))) as client:
        page = client.get("/stellen/agentur").text
    assert re.findall(r"Ohne Stufen</dt><dd[^>]*>([^<]*)<", page) == [said]


def test_who_has_no_door_says_nothing_of_steps(client: TestClient) -> None:
    assert "Ohne Stufen" not in client.get("/stellen/agentur").text


def test_an_actor_tells_its_whole_week(client: TestClient) -> None:
    page = client.get("/stellen/agentur").text
    assert "Mo–Fr 8–18 Uhr" in page
    assert page.count("Agentur für Arbeit</h") == 1


def test_whom_to_ring_stands_beside_the_first_step(client: TestClient) -> None:
    step = re.search(r'item next">.*?</dd>', client.get("/angebote/umschulung").text, re.DOTALL)
    assert step is not None
    assert 'href="tel:+4980045555' in step[0]


def test_a_reason_has_one_colon(client: TestClient) -> None:
    page = client.post("/", data={"message": "Ich bin 17. Einstiegsqualifizierung"}).text
    assert "weil: Alter 17" in page


def test_the_merkzettel_has_no_empty_list_of_languages(client: TestClient) -> None:
    assert 'aria-label="Sprache wählen"' not in client.post("/merkzettel", data={"offer": "umschulung"}).text


@pytest.mark.parametrize(
    ("sentence", "addresses"),
    [
        ("Auf rmv.de nachsehen.", ["rmv.de"]),
        ("Unter www.arbeitsagentur.de/jobsuche suchen (elster.de).", ["www.arbeitsagentur.de/jobsuche", "elster.de"]),
        ("Auf wetteraukreis.de/frauenseiten.", ["wetteraukreis.de/frauenseiten"]),
        ("Eine Mail an info@example.org, z. B. am 3.12. oder in Nr.5.", []),
    ],
)
def test_the_address_of_a_page_can_be_pressed(sentence: str, addresses: list[str]) -> None:
    assert re.findall(r'<a class="kern-link" href="https://([^"]+)">\1</a>', linked(sentence)) == addresses


def test_a_sentence_with_addresses_stays_text() -> None:
    assert linked('<b>x</b> "rmv.de"').startswith("&lt;b&gt;x&lt;/b&gt; &#34;<a ")


def test_robots_and_sitemap_name_the_public_address(client: TestClient) -> None:
    assert "Sitemap: https://lotse.example/sitemap.xml" in client.get("/robots.txt").text
    sitemap = client.get("/sitemap.xml")
    assert sitemap.headers["content-type"] == "application/xml"
    assert "<loc>https://lotse.example/angebote/umschulung</loc>" in sitemap.text


# --- legal -------------------------------------------------------------------------------------------------------


def test_what_the_operator_has_not_said_is_shown_as_a_gap(client: TestClient) -> None:
    page = client.get("/impressum").text
    assert "61169 Friedberg" in page
    assert "Vom Betreiber zu ergänzen: Aufsichtsbehörde" in page


def test_the_privacy_page_states_what_the_code_does(client: TestClient) -> None:
    page = client.get("/datenschutz").text
    assert f"höchstens {REMEMBERED} Fragen" in page
    assert f"auf {LONGEST_QUESTION} Zeichen gekürzt" in page
    assert "Er gilt 24 Stunden." in page


def test_the_privacy_page_lists_what_the_journal_keeps_and_for_how_long(tmp_path: Path) -> None:
    def page(**settings: Any) -> str:
        with TestClient(create_app(Settings(**settings), open_assistant(tmp_path))) as visitor:
            return visitor.get("/datenschutz").text

    kept = page(journal=str(tmp_path / "journal.sqlite"), journal_days=123)
    assert kept.count('data-fact="journal"') == len(Turns._fields)
    assert "Nach 123 Tagen" in kept
    assert "zählt weder Fragen noch Rückmeldungen" in page(journal="off")


def test_the_first_page_says_that_a_program_answers(client: TestClient) -> None:
    assert "Computer-Programm (KI), kein Mensch" in client.get("/").text
    assert "Artikel 50" in client.get("/ueber").text


def test_the_page_about_the_program_tells_how_often_it_was_right(client: TestClient, tmp_path: Path) -> None:
    told = measured()
    assert told is not None
    assert f"Bei {told['questions']} Fragen" in client.get("/ueber").text
    assert f"bei {told['first']} von 100 Fragen an erster Stelle" in client.get("/ueber").text
    assert measured(tmp_path / "missing.json") is None


def test_the_demonstration_is_for_development_only(client: TestClient) -> None:
    assert client.get("/demo").status_code == 404


def test_nobody_chooses_the_template_of_a_page(client: TestClient) -> None:
    assert client.get("/ueber?template=offers.html").text == client.get("/ueber").text
