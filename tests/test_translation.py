"""The assistant's German sentences are said in the frame's language; what the content says stays German."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from assistant.cards import Chip, FollowUp, Reply
from assistant.languages import RuleWords
from assistant.translation import Translation
from tests.house import catalog, real_voices

VOICES = real_voices()
FOREIGN = ("en", "uk", "tr", "ar", "ru")


def translation(tag: str = "en") -> Translation:
    """The sentences of a voice over the small house."""
    return Translation(VOICES[tag], [VOICES["de"], VOICES["de-du"]], catalog())


def test_a_fixed_sentence_is_said_in_the_language_of_the_frame() -> None:
    assert translation().sentence("Was kostet das?") == "What does it cost?"


@pytest.mark.parametrize("address", ["Sie", "dich"])
def test_both_forms_of_address_are_understood(address: str) -> None:
    assert translation().sentence(f"3 Angebote für {address}") == "3 offers for you"


def test_a_sentence_made_of_sentences_is_said_whole() -> None:
    assert (
        translation().sentence("3 Angebote für dich und eine Ansprechstelle") == "3 offers for you and one place to ask"
    )


def test_a_sentence_of_the_same_words_is_filled_with_what_is_said_otherwise() -> None:
    """Simple German says "und" as German does, but counts Hilfen, not Angebote."""
    told = translation("de-simple").sentence("3 Angebote für Sie und eine Ansprechstelle")
    assert told == "3 Hilfen für Sie und eine Stelle zum Fragen"


def test_what_fills_a_sentence_stays_german_and_is_marked() -> None:
    said = translation("ar").sentence("Kosten bei „Abendschule“: kostenlos.")
    assert said is not None
    assert re.findall(r'<span lang="de" dir="ltr">([^<]+)</span>', said) == ["Abendschule", "kostenlos"]


def test_what_is_no_sentence_of_ours_is_left_alone() -> None:
    assert translation().sentence("Ausbildung und Arbeit") is None
    assert translation().sentence("Hier gibt es Kurse: am Abend.") is None


def test_signs_of_html_in_content_stay_text() -> None:
    assert "<b>" not in (translation().sentence("Kosten bei „<b>x</b>“: 1 & 2.") or "")


def test_a_chip_is_translated_and_a_town_keeps_its_name() -> None:
    assert translation("tr").chip(Chip("age", "Alter: 17", "17")) == "Yaş: 17"
    assert translation("uk").chip(Chip("children", "mit Kindern", "True")) == "з дітьми"
    place = translation().chip(Chip("place", "Ort: Nidda", "nidda"))
    assert place == 'Town: <span lang="de" dir="ltr">Nidda</span>'


def test_a_value_without_a_translation_stays_german() -> None:
    assert translation("en").chip(Chip("status", "etwas Neues", "something-new")) is None


@pytest.mark.parametrize("tag", FOREIGN)
def test_a_follow_up_is_asked_with_its_reason_and_choices(tag: str) -> None:
    told = translation(tag)
    asked = told.question(FollowUp("age", "Wie alt sind Sie?", ()))
    assert asked is not None
    assert all(asked)
    assert told.choice("age", Reply("unter 18", "17"))


def test_a_rule_speaks_the_language_of_the_frame_in_both_forms_of_address() -> None:
    voice = replace(VOICES["en"], rules={"despair": RuleWords(say="You are not alone.")})
    told = Translation(voice, [VOICES["de"]], catalog())
    rule = catalog().rules.emergencies["despair"]
    assert {told.sentence(said) for said in (rule.say, rule.say_du) if said} == {"You are not alone."}


@pytest.mark.parametrize("tag", ["ar", "uk", "ru"])
def test_a_german_name_in_another_script_is_marked_as_german(tag: str) -> None:
    """So that it is read aloud in German and runs from left to right: the office's name and its address."""
    voice = replace(VOICES[tag], rules={"weather": RuleWords(say=VOICES[tag].rules["car-registration"].go or "")})
    told = Translation(voice, [VOICES["de"]], catalog())
    said = told.sentence(catalog().rules.declined["weather"].say)
    marked = re.findall(r'<span lang="de" dir="ltr">([^<]+)</span>', said or "")
    assert marked == ["Zulassungsstelle", "wetteraukreis.de"]
