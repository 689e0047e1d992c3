"""A name that somebody invents never stands in an address of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from assistant.api import create_app
from assistant.dialogue import Assistant
from assistant.hosts import is_ours, names
from assistant.settings import Settings, unfit
from tests.house import open_assistant

FORGED = "boese.example"
PATHS = ["/angebote/umschulung", "/angebote", "/stellen/jobcenter", "/stellen/jobcenter.vcf", "/sitemap.xml"]
PATHS += ["/robots.txt", "/barrierefreiheit", "/angebote/", "/"]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return open_assistant(tmp_path_factory.mktemp("house"))


def visitor(assistant: Assistant, **settings: str) -> TestClient:
    return TestClient(create_app(Settings(secret="geheim", **settings), assistant), follow_redirects=False)  # type: ignore[arg-type]


def told(client: TestClient, path: str, host: str) -> str:
    """Everything an answer says: its headers and its body."""
    response = client.get(path, headers={"host": host})
    return f"{response.headers}\n{response.text}"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("settings", [{}, {"public_url": "https://lotse.example"}, {"allowed_hosts": "lotse.example"}])
def test_a_forged_name_stands_in_no_answer(assistant: Assistant, path: str, settings: dict[str, str]) -> None:
    with visitor(assistant, **settings) as client:
        assert FORGED not in told(client, path, FORGED)


def test_a_forged_name_stands_in_no_code_of_a_merkzettel(assistant: Assistant) -> None:
    with visitor(assistant) as client:
        forged = client.post("/merkzettel", data={"offer": "umschulung"}, headers={"host": FORGED})
        ours = client.post("/merkzettel", data={"offer": "umschulung"}, headers={"host": "localhost:8000"})
    assert (forged.status_code, "<svg role" in forged.text, "<svg role" in ours.text) == (200, False, True)


def test_the_name_this_site_is_served_by_stands_in_its_addresses(assistant: Assistant) -> None:
    with visitor(assistant, allowed_hosts="lotse.example *.kreis.example") as client:
        for host in ("lotse.example", "lotse.example:8443", "a.kreis.example", "localhost:8000", "127.0.0.1"):
            assert f'<link rel="canonical" href="http://{host}/angebote/umschulung">' in told(client, PATHS[0], host)


def test_another_name_is_a_problem_that_says_which_to_ask_for(assistant: Assistant) -> None:
    with visitor(assistant, public_url="https://lotse.example") as client:
        problem = client.get("/api/offers", headers={"host": FORGED})
        page = client.get("/", headers={"host": FORGED, "accept": "text/html"})
    assert (problem.status_code, problem.headers["content-type"]) == (421, "application/problem+json")
    assert problem.json()["detail"] == "This name is not served here. Ask for lotse.example."
    assert (page.status_code, "<h1" in page.text) == (421, True)


@pytest.mark.parametrize("host", ["a b", "lotse.example/x", "<b>", "lotse.example:99x", '"onload=', "a@b", "[::1"])
def test_a_malformed_name_is_a_problem(assistant: Assistant, host: str) -> None:
    with visitor(assistant) as client:
        response = client.get("/angebote/umschulung", headers={"host": host})
    assert (response.status_code, host in response.text) == (400, False)


def test_monitoring_may_ask_by_any_name(assistant: Assistant) -> None:
    with visitor(assistant, public_url="https://lotse.example") as client:
        assert client.get("/health/live", headers={"host": "10.1.2.3:8000"}).status_code == 200


def test_an_address_with_a_slash_too_many_leads_to_the_right_one_on_the_same_site(assistant: Assistant) -> None:
    with visitor(assistant) as client:
        asked = [client.get(f"http://localhost{path}") for path in ("/angebote/", "//boese.example/", "/angebote/?a=1")]
    led = [response.headers.get("location") for response in asked]
    assert led == ["/angebote", "/boese.example", "/angebote?a=1"]


@pytest.mark.parametrize(
    ("host", "ours"),
    [("lotse.example", True), ("LOTSE.example.", True), ("xlotse.example", False), ("lotse.example.org", False)],
)
def test_a_name_is_ours_or_not(host: str, ours: bool) -> None:
    assert is_ours(host, ("lotse.example",)) == ours


def test_the_public_address_comes_first() -> None:
    assert names("b.example", "https://a.example:8443") == ("a.example", "b.example")
    assert names("", "") == ()


@pytest.mark.parametrize("address", ["lotse.example", "https://a b", "https://lotse.example/x", 'https://"><script>'])
def test_a_public_address_that_cannot_be_read_is_told_in_a_sentence(address: str) -> None:
    with pytest.raises(ValidationError) as error:
        Settings(public_url=address)
    assert unfit(error.value) == ["LOTSE_PUBLIC_URL: write scheme and name alone, as in https://lotse.example."]


def test_names_that_cannot_be_read_are_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as error:
        Settings(allowed_hosts="https://lotse.example")
    assert unfit(error.value) == ["LOTSE_ALLOWED_HOSTS: write names alone, as in lotse.example *.kreis.example."]
