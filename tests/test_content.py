"""The shapes of content files: what is let in, and what is sent back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from assistant.content import Audience, Contact, FollowUpWords, Offer
from tests.house import actor, eight_questions, offer, page, place, site


def _complaint(error: ValidationError) -> tuple[str, str]:
    first = error.errors()[0]
    return ".".join(map(str, first["loc"])), first["type"]


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"costs": "frei"}, ("costs", "extra_forbidden")),
        ({"audience": {"max_aeg": 24}}, ("audience.max_aeg", "extra_forbidden")),
        ({"audience": {"status": ["jobless"]}}, ("audience.status.0", "literal_error")),
        ({"audience": {"max_age": 140}}, ("audience.max_age", "less_than_equal")),
        ({"title": "  "}, ("title", "string_too_short")),
        ({"focus": []}, ("focus", "too_short")),
        ({"summary": "zu kurz"}, ("summary", "string_too_short")),
        ({"providers": []}, ("providers", "too_short")),
        ({"providers": ["Agentur für Arbeit"]}, ("providers.0", "string_pattern_mismatch")),
        ({"questions": eight_questions("Kurs")[:7]}, ("questions", "too_short")),
        ({"source_url": "siehe Flyer"}, ("source_url", "url_parsing")),
        ({"checked_on": "gestern"}, ("checked_on", "date_from_datetime_parsing")),
    ],
)
def test_an_offer_of_wrong_shape_is_refused(facts: dict[str, Any], complaint: tuple[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        offer(**facts)
    assert _complaint(refused.value) == complaint


def test_an_offer_must_say_whether_its_provider_confirmed_it() -> None:
    head = offer().model_dump(mode="json")
    del head["checked_by"]
    with pytest.raises(ValidationError) as refused:
        Offer.model_validate(head)
    assert _complaint(refused.value) == ("checked_by", "missing")


def test_unconfirmed_is_a_value_of_its_own() -> None:
    assert offer(checked_by=None).checked_by is None


def test_an_id_alone_is_a_contact_for_everybody() -> None:
    contacts = offer(contacts=["agentur", {"actor": "jobcenter", "when": {"benefit": ["grundsicherung"]}}]).contacts
    assert contacts == (
        Contact(actor="agentur"),
        Contact(actor="jobcenter", when=Audience(benefit=("grundsicherung",))),
    )


def test_an_offer_names_its_area_by_a_word_or_by_towns() -> None:
    assert offer(area="landesweit").area == "landesweit"
    assert offer(area=["nidda", "friedberg"]).area == ("nidda", "friedberg")


def test_dates_are_read_as_days() -> None:
    assert offer(dates=[{"start": "2026-09-01", "label": "Start"}]).dates[0].start == date(2026, 9, 1)


def test_what_was_read_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        offer().title = "Anders"  # type: ignore[misc]


def test_spaces_around_a_text_are_dropped() -> None:
    assert offer(cost="  frei ").cost == "frei"


def test_a_page_is_strategy_or_guide() -> None:
    with pytest.raises(ValidationError) as refused:
        page(kind="news")
    assert _complaint(refused.value) == ("kind", "literal_error")


def test_an_actor_needs_a_source() -> None:
    with pytest.raises(ValidationError) as refused:
        actor(sources=[])
    assert _complaint(refused.value) == ("sources", "too_short")


def test_a_postcode_has_five_digits() -> None:
    address = {"street": "Markt 1", "postcode": "6116", "town": "Friedberg"}
    with pytest.raises(ValidationError) as refused:
        actor(sites=[site(address=address)])
    assert _complaint(refused.value) == ("sites.0.address.postcode", "string_pattern_mismatch")


@pytest.mark.parametrize(
    ("fact", "value"), [("ags", "06434001"), ("latitude", 52.5), ("longitude", 13.4), ("postcodes", [])]
)
def test_a_place_lies_in_the_wetterau(fact: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        place("Anderswo", **{fact: value})
    assert refused.value.errors()[0]["loc"] == (fact,)


def test_followup_words_must_name_every_kind() -> None:
    with pytest.raises(ValidationError) as refused:
        FollowUpWords.model_validate({"fields": {}, "ordinals": {}, "more": [], "other_person": [], "compare": []})
    assert _complaint(refused.value) == ("list", "missing")
