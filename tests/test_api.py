"""The HTTP side: the contract as JSON, and the same answers as pages that work without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from markupsafe import escape

from assistant.api import create_app
from assistant.settings import Settings
from tests.house import ACTORS, OFFERS, PLACES, open_assistant

LONGEST = 300
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A visitor of the small house."""
    settings = Settings(secret="geheim", longest_message=LONGEST, longest_api_message=2 * LONGEST)
    with TestClient(create_app(settings, open_assistant(tmp_path_factory.mktemp("house")))) as visitor:
        yield visitor


def chat(client: TestClient, message: str, **more: str | None) -> dict[str, Any]:
    """The contract's answer to a message."""
    response = client.post("/api/chat", json={"message": message, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def post(client: TestClient, **form: str) -> Any:
    """What the form on the page sends."""
    return client.post("/", data=form)


def carried(page: str) -> str:
    """The conversation that a page hands to its visitor."""
    found = re.search(r'name="conversation" value="([^"]*)"', page)
    assert found is not None
    return found[1]


# --- the contract ------------------------------------------------------------------------------------------------

KEYS = {
    "outcome": str,
    "language": str,
    "text": str,
    "statements": list,
    "offers": list,
    "actors": list,
    "citations": list,
    "follow_up": (dict, type(None)),
    "suggestions": list,
    "situation": list,
    "conversation": str,
}
OFFER_KEYS = {
    "id": str,
    "title": str,
    "aliases": list,
    "summary": str,
    "fit": str,
    "why": str,
    "next_step": str,
    "actors": list,
    "url": str,
    "checked_on": str,
}
ACTOR_KEYS = {
    "id": str,
    "name": str,
    "aliases": list,
    "phones": list,
    "email": (str, type(None)),
    "address": (str, type(None)),
    "opening_hours": (str, type(None)),
    "open_now": (bool, type(None)),
    "url": str,
}
CITATION_KEYS = {"id": str, "title": str, "url": str, "checked_on": str}


def _has_shape(value: dict[str, Any], keys: dict[str, Any]) -> bool:
    return value.keys() == keys.keys() and all(isinstance(value[key], kind) for key, kind in keys.items())


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ("Umschulung bitte", "answered"),
        ("Raumschiff", "unanswered"),
        ("Hallo", "smalltalk"),
        ("Wie wird das Wetter?", "declined"),
        ("Ich habe eine Sanktion", "referred"),
        ("Ich will nicht mehr leben", "emergency"),
    ],
)
def test_every_outcome_has_the_shape_of_the_contract(client: TestClient, message: str, outcome: str) -> None:
    answer = chat(client, message)
    assert answer["outcome"] == outcome
    assert _has_shape(answer, KEYS)
    assert all(_has_shape(offer, OFFER_KEYS) for offer in answer["offers"])
    assert all(_has_shape(actor, ACTOR_KEYS) for actor in answer["actors"])
    assert all(_has_shape(citation, CITATION_KEYS) for citation in answer["citations"])
    assert all(_has_shape(statement, {"text": str, "citations": list}) for statement in answer["statements"])


def test_the_answer_leads_to_the_offer_and_the_people_to_call(client: TestClient) -> None:
    answer = chat(client, "Umschulung bitte", language="de", conversation=None)
    assert (answer["offers"][0]["id"], answer["offers"][0]["url"]) == ("umschulung", "/angebote/umschulung")
    assert (answer["actors"][0]["phones"], answer["actors"][0]["open_now"]) == (["+498004555500"], True)


def test_what_was_understood_is_shown_by_slot_and_label(client: TestClient) -> None:
    assert chat(client, "bin 30 aus Nidda, Umschulung")["situation"] == [
        {"slot": "age", "label": "Alter: 30"},
        {"slot": "place", "label": "Ort: Nidda"},
    ]


def test_a_conversation_goes_on_where_it_was(client: TestClient) -> None:
    first = chat(client, "Umschulung bitte")
    then = chat(client, "Wie lange dauert das?", conversation=first["conversation"])
    assert [statement["text"] for statement in then["statements"]] == ["Dauer von „Umschulung“: zwei Jahre."]


def test_every_url_of_an_answer_leads_somewhere(client: TestClient) -> None:
    answer = chat(client, "Umschulung bitte")
    urls = [thing["url"] for thing in (*answer["offers"], *answer["actors"])]
    assert [client.get(url).status_code for url in urls] == [200] * len(urls)


@pytest.mark.parametrize("conversation", ["kaputt", "a.b.c", "", "x" * 10_000])
def test_a_tampered_conversation_starts_anew(client: TestClient, conversation: str) -> None:
    answer = chat(client, "Umschulung bitte", conversation=conversation)
    assert (answer["outcome"], answer["situation"]) == ("answered", [])
    assert chat(client, "Was kostet das?", conversation=answer["conversation"])["offers"][0]["id"] == "umschulung"


# --- problems ----------------------------------------------------------------------------------------------------


def _problem(response: Any) -> tuple[int, str]:
    """Status and detail of an RFC 9457 problem document."""
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body.keys() == {"type", "title", "status", "detail", "instance"}
    assert body["status"] == response.status_code
    return response.status_code, body["detail"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "message: "),
        ({"message": None}, "message: "),
        ({"message": 17}, "message: "),
        ({"message": "Umschulung", "conversation": 5}, "conversation: "),
        ({"message": "Umschulung", "session": "x"}, "session: "),
        ({"message": "Umschulung", "language": "<b>"}, "language: "),
        ({"message": ""}, "message: is empty"),
        ({"message": " \n "}, "message: is empty"),
        ([], ""),
    ],
)
def test_bad_input_is_a_problem_that_says_what_to_do(client: TestClient, body: object, where: str) -> None:
    status, detail = _problem(client.post("/api/chat", json=body))
    assert (status, detail[: len(where)]) == (422, where)
    assert "Send " in detail


def test_half_a_letter_as_language_is_a_problem(client: TestClient) -> None:
    body = r'{"message": "Umschulung", "language": "\ud800"}'
    response = client.post("/api/chat", content=body, headers={"content-type": "application/json"})
    assert _problem(response)[0] == 422


def test_what_is_no_json_is_a_problem(client: TestClient) -> None:
    response = client.post("/api/chat", content="{kaputt", headers={"content-type": "application/json"})
    assert _problem(response)[0] == 422


@pytest.mark.parametrize(("length", "status"), [(2 * LONGEST, 200), (2 * LONGEST + 1, 413)])
def test_a_message_may_be_so_long_and_no_longer(client: TestClient, length: int, status: int) -> None:
    response = client.post("/api/chat", json={"message": "x" * length})
    assert response.status_code == status
    if status != 200:
        assert _problem(response)[1] == "message: 601 characters are too many. Send at most 600."


@pytest.mark.parametrize("path", ["/api/offers/raumschiff", "/api/actors/raumschiff", "/api/raumschiff", "/raumschiff"])
def test_an_unknown_address_is_a_problem_for_a_program(client: TestClient, path: str) -> None:
    assert _problem(client.get(path))[0] == 404


def test_a_wrong_method_is_a_problem(client: TestClient) -> None:
    assert _problem(client.get("/api/chat"))[0] == 405


# --- content as JSON ---------------------------------------------------------------------------------------------


def test_all_offers_and_actors_can_be_had_as_json(client: TestClient) -> None:
    assert [offer["id"] for offer in client.get("/api/offers").json()] == sorted(OFFERS)
    assert [actor["id"] for actor in client.get("/api/actors").json()] == sorted(ACTORS)


def test_one_offer_comes_with_its_text_and_without_the_questions_that_only_serve_finding(client: TestClient) -> None:
    offer = client.get("/api/offers/umschulung").json()
    assert (offer["id"], offer["title"], offer["text"][:27]) == (
        "umschulung",
        "Umschulung",
        "Am Anfang steht ein Gespräc",
    )
    assert "questions" not in offer


def test_one_actor_can_be_had_as_json(client: TestClient) -> None:
    actor = client.get("/api/actors/jobcenter").json()
    assert (actor["id"], actor["name"], actor["service_line"]) == ("jobcenter", "Jobcenter", "agentur")


def test_it_says_whether_it_is_alive_and_ready(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    ready = client.get("/health/ready").json()
    assert (ready["status"], ready["offers"]) == ("ok", len(OFFERS))
    assert ready["index"]["passages"] > len(PLACES)


# --- pages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/", 'name="message"'),
        ("/angebote", "Umschulung"),
        ("/angebote/umschulung", "Am Anfang steht ein Gespräch."),
        ("/angebote/deutschkurs", "https://example.org/angebot"),
        ("/stellen/kreisverwaltung-wetterau", "Europaplatz 1, 61169 Friedberg"),
        ("/stellen/jobcenter", 'href="tel:+498004555500"'),
    ],
)
def test_a_page_shows_its_content(client: TestClient, path: str, shown: str) -> None:
    response = client.get(path, headers=HTML)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert shown in response.text


def test_every_page_names_its_language_and_has_one_main_heading(client: TestClient) -> None:
    for path in ("/", "/angebote", "/angebote/umschulung", "/stellen/jobcenter"):
        page = client.get(path, headers=HTML).text
        assert (page.count("<html lang="), page.count("<h1")) == (1, 1), path


@pytest.mark.parametrize("path", ["/raumschiff", "/angebote/raumschiff", "/stellen/raumschiff"])
def test_an_address_that_leads_nowhere_is_a_page_with_a_way_on(client: TestClient, path: str) -> None:
    response = client.get(path, headers=HTML)
    assert (response.status_code, response.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert 'href="/"' in response.text


def test_the_form_answers_without_scripts(client: TestClient) -> None:
    page = post(client, message="Umschulung bitte")
    assert page.status_code == 200
    assert 'href="/angebote/umschulung"' in page.text
    assert 'href="tel:+498004555500"' in page.text


def test_the_form_takes_the_conversation_along(client: TestClient) -> None:
    first = post(client, message="Umschulung bitte").text
    then = post(client, message="Was kostet das?", conversation=carried(first)).text
    assert "Kosten bei „Umschulung“: kostenlos." in then
    assert "Umschulung bitte" in then


@pytest.mark.parametrize("message", ["", "   ", "\n"])
def test_an_empty_form_is_told_so(client: TestClient, message: str) -> None:
    page = post(client, message=message)
    assert page.status_code == 422
    assert "Bitte schreiben Sie Ihre Frage in das Feld." in page.text


def test_a_message_that_is_too_long_is_told_so_and_stays_in_the_field(client: TestClient) -> None:
    message = "Meine Geschichte " + "x" * LONGEST
    page = post(client, message=message)
    assert page.status_code == 422
    assert f"Bitte höchstens {LONGEST} Zeichen." in page.text
    assert f">{message}</textarea>" in page.text


def test_an_empty_form_loses_nothing_of_the_conversation(client: TestClient) -> None:
    first = post(client, message="bin 30, Umschulung bitte").text
    empty = post(client, message="", conversation=carried(first)).text
    assert "Dauer von „Umschulung“" in post(client, message="Wie lange dauert das?", conversation=carried(empty)).text


@pytest.mark.parametrize("conversation", ["kaputt", "a.b.c", "<script>"])
def test_a_tampered_conversation_starts_anew_with_a_friendly_word(client: TestClient, conversation: str) -> None:
    page = post(client, message="Umschulung bitte", conversation=conversation)
    assert page.status_code == 200
    assert "Hier geht es neu weiter." in page.text
    assert 'href="/angebote/umschulung"' in page.text


def test_an_untouched_conversation_needs_no_word(client: TestClient) -> None:
    first = post(client, message="Umschulung bitte").text
    assert "Hier geht es neu weiter." not in post(client, message="Deutschkurs", conversation=carried(first)).text


def test_a_chip_can_be_pressed_away(client: TestClient) -> None:
    first = post(client, message="bin 30 aus Nidda, Umschulung").text
    assert "Alter: 30" in first
    then = post(client, forget="age=30", conversation=carried(first)).text
    assert "Alter: 30" not in then
    assert "Ort: Nidda" in then


@pytest.mark.parametrize("attack", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}<b>"])
def test_html_in_a_question_is_shown_and_never_run(client: TestClient, attack: str) -> None:
    first = post(client, message=f"Umschulung {attack}").text
    second = post(client, message="Deutschkurs", conversation=carried(first)).text
    too_long = post(client, message=attack + "x" * LONGEST).text
    for page in (first, second, too_long):
        assert attack not in page
        assert str(escape(attack)) in page


def test_html_in_a_conversation_is_not_run_either(client: TestClient) -> None:
    page = post(client, message="", conversation='"><script>alert(1)</script>').text
    assert "<script>alert(1)</script>" not in page


def test_personal_data_does_not_come_back_on_the_page(client: TestClient) -> None:
    page = post(client, message="Umschulung, ich bin unter 0176 12345678 zu erreichen").text
    assert "12345678" not in page
    assert "Nummern braucht es nicht." in page


def test_no_cookie_is_set(client: TestClient) -> None:
    responses: list[Any] = [
        client.get("/"),
        post(client, message="Umschulung"),
        client.post("/api/chat", json={"message": "EQ"}),
    ]
    assert [response.headers.get("set-cookie") for response in responses] == [None, None, None]
