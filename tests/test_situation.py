"""What is learned from what people say, and which offers fit."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.content import Audience, Bystanders
from assistant.numerals import in_digits
from assistant.situation import Fit, Situation, Slots, fit
from assistant.spelling import Spelling
from tests.house import PLACES, SLOTS, situation, slot

slots = Slots(SLOTS, PLACES)


# --- fit ---------------------------------------------------------------------------------------------------------


def test_an_offer_without_conditions_fits_everybody() -> None:
    assert fit(Audience(), Situation()) == Fit("yes")
    assert fit(Audience(note="Gern mit Zeugnis."), situation(age=17)) == Fit("yes")


@pytest.mark.parametrize(
    ("audience", "known", "expected"),
    [
        # ages: both ends belong to it
        ({"min_age": 15, "max_age": 24}, {"age": 15}, Fit("yes")),
        ({"min_age": 15, "max_age": 24}, {"age": 24}, Fit("yes")),
        ({"min_age": 15, "max_age": 24}, {"age": 25}, Fit("no", "age")),
        ({"min_age": 15, "max_age": 24}, {"age": 14}, Fit("no", "age")),
        ({"max_age": 24}, {}, Fit("unknown", "age")),
        ({"min_age": 50}, {"age": 99}, Fit("yes")),
        # one of several values is enough
        ({"status": ["unemployed", "at_risk"]}, {"status": "at_risk"}, Fit("yes")),
        ({"status": ["unemployed"]}, {"status": ("at_home", "unemployed")}, Fit("yes")),
        ({"status": ["unemployed"]}, {"status": "pupil"}, Fit("no", "status")),
        ({"place": ["nidda"]}, {"place": "friedberg"}, Fit("no", "place")),
        # yes and no
        ({"children": True}, {"children": True}, Fit("yes")),
        ({"children": True}, {"children": False}, Fit("no", "children")),
        ({"disability": False}, {"disability": False}, Fit("yes")),
        ({"disability": True}, {}, Fit("unknown", "disability")),
        # several conditions: one that excludes decides, else the first that is open
        ({"max_age": 24, "status": ["pupil"]}, {"status": "employed"}, Fit("no", "status")),
        ({"max_age": 24, "status": ["pupil"]}, {"status": "pupil"}, Fit("unknown", "age")),
        ({"max_age": 24, "status": ["pupil"]}, {}, Fit("unknown", "age")),
        ({"max_age": 24, "status": ["pupil"]}, {"age": 17}, Fit("unknown", "status")),
        ({"max_age": 24, "status": ["pupil"]}, {"age": 17, "status": "pupil"}, Fit("yes")),
        # what the offer does not ask for does not matter
        ({"status": ["pupil"]}, {"status": "pupil", "age": 60, "german": "none"}, Fit("yes")),
    ],
)
def test_fit_is_yes_no_or_unknown_with_the_slot_that_decides(
    audience: dict[str, Any], known: dict[str, Any], expected: Fit
) -> None:
    assert fit(Audience.model_validate(audience), situation(**known)) == expected


# --- learning ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "age"),
    [("bin 17", 17), ("Ich bin 17 und suche was.", 17), ("Umschulung mit 52?", 52), ("meine Tochter ist 15", 15)],
)
def test_an_age_is_learned(message: str, age: int) -> None:
    assert slots.learn(message) == {"age": (age,)}


@pytest.mark.parametrize("message", ["bin 7", "seit 17 Jahren", "bin 170", "17", "Klasse 10", ""])
def test_a_number_that_is_no_age_is_not_learned(message: str) -> None:
    assert slots.learn(message) == {}


def test_an_age_is_not_learned_where_a_veto_matches() -> None:
    guarded = Slots({"age": slot(patterns=["bin {age}"], unless=["chef ist"])}, PLACES)
    assert guarded.learn("bin 17, mein Chef ist alt") == {}
    assert guarded.learn("bin 17") == {"age": (17,)}


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("Kurse in Nidda", "nidda"),
        ("kurse in nidda?", "nidda"),
        ("komme aus 61169", "friedberg"),
        ("Ich wohne in Büdingen", "buedingen"),
        ("bei Buedingen", "buedingen"),
        ("bin aus büd", "buedingen"),
        ("in Ockstadt", "friedberg"),
        ("63667 Eichelsdorf", "nidda"),
        ("von Eichelsdorf aus", "nidda"),
    ],
)
def test_a_place_is_learned_from_its_postcode_its_name_or_its_districts(message: str, place: str) -> None:
    assert slots.learn(message) == {"place": (place,)}


@pytest.mark.parametrize("message", ["60311 Frankfurt", "616", "1611690", "Niddas", "Friedbergerin"])
def test_a_place_outside_the_wetterau_is_not_learned(message: str) -> None:
    assert slots.learn(message) == {}


def test_without_places_none_is_learned() -> None:
    assert Slots(SLOTS, {}).learn("bin 17 und aus Nidda") == {"age": (17,)}


def test_a_slot_may_hold_several_values_where_it_says_so() -> None:
    assert slots.learn("arbeitslos, vorher Azubi") == {"status": ("unemployed", "apprentice")}
    only_one = Slots({"status": SLOTS["status"].model_copy(update={"many": False})}, PLACES)
    assert only_one.learn("arbeitslos, vorher Azubi") == {"status": ("unemployed",)}


def test_a_value_is_not_learned_where_a_veto_matches() -> None:
    assert slots.learn("bin arbeitslos") == {"status": ("unemployed",)}
    assert slots.learn("bin nicht mehr arbeitslos") == {}


def test_what_is_said_by_the_way_is_left_out_before_looking() -> None:
    told = slot(patterns={"b1": ["b1"], "a2": ["a2"]}, aside=["suche einen (?:b1|a2)"])
    german = Slots({"german": told}, PLACES)
    assert german.learn("habe A2 und suche einen B1") == {"german": ("a2",)}
    assert german.learn("suche einen B1") == {}
    assert german.learn("B1 hab ich") == {"german": ("b1",)}


def test_words_that_patterns_share_are_put_in_and_may_name_earlier_ones() -> None:
    shared = slot(words={"eu": "polen|malta", "far": "{eu}|syrien"}, patterns={"foreign": ["aus {far}"]})
    for told in ("komme aus Malta", "komme aus Syrien"):
        assert Slots({"residence": shared}, {}).learn(told) == {"residence": ("foreign",)}


@pytest.mark.parametrize("message", ["Bürgergeld", "buergergeld", "BÜRGERGELD", "burgergeld"])
def test_umlauts_and_capitals_do_not_matter(message: str) -> None:
    assert slots.learn(message) == {"benefit": ("grundsicherung",)}


def test_a_pupil_without_umlaut_is_one_too() -> None:
    assert slots.learn("bin Schueler") == slots.learn("bin Schüler")


def test_values_that_mean_yes_and_no_are_learned_as_such() -> None:
    with_children = Slots(
        {"children": slot("Kinder", patterns={"true": ["hab kinder"], "false": ["keine kinder"]})}, PLACES
    )
    assert with_children.learn("hab Kinder") == {"children": (True,)}
    assert with_children.learn("keine Kinder") == {"children": (False,)}


def test_one_message_may_tell_several_things() -> None:
    assert slots.learn("bin 19, ohne Arbeit und wohne in Nidda") == {
        "age": (19,),
        "status": ("unemployed",),
        "place": ("nidda",),
    }


@pytest.mark.parametrize(
    ("one", "other"), [("ich bin der Ali, bin 19", "ich bin die Anna, bin 19"), ("Schüler", "Schülerin")]
)
def test_name_and_gender_change_nothing(one: str, other: str) -> None:
    assert slots.learn(one) == slots.learn(other)


# --- keeping -----------------------------------------------------------------------------------------------------


def test_a_correction_replaces_what_was_known_slot_by_slot() -> None:
    before = situation(age=17, place="nidda", status=("pupil",))
    assert before.learned({"age": (18,), "status": ("unemployed", "at_home")}) == situation(
        age=18, place="nidda", status=("unemployed", "at_home")
    )
    assert before == situation(age=17, place="nidda", status=("pupil",))


def test_nothing_new_changes_nothing() -> None:
    assert situation(age=17).learned({}) == situation(age=17)
    assert situation(age=17).learned({"age": ()}) == situation(age=17)


def test_one_value_or_a_whole_slot_can_be_taken_away() -> None:
    known = situation(age=17, status=("unemployed", "at_home"))
    assert known.without("status", "at_home") == situation(age=17, status="unemployed")
    assert known.without("status") == situation(age=17)
    assert known.without("age", 17) == situation(status=("unemployed", "at_home"))
    assert known.without("age", 18) == known
    assert known.without("place") == known


def test_what_is_unknown_has_no_value() -> None:
    assert (Situation().get("age"), Situation().first("age")) == ((), None)
    assert situation(status=("pupil", "at_home")).first("status") == "pupil"


# --- showing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "chip"),
    [
        ("age", 17, "Alter: 17"),  # not the label of the choice that a button would send
        ("status", "unemployed", "Lebenslage: ohne Arbeit"),
        ("place", "buedingen", "Ort: Büdingen"),
        ("place", "frankfurt", "Ort: frankfurt"),
    ],
)
def test_what_was_understood_is_shown_in_words(name: str, value: str | int, chip: str) -> None:
    assert slots.chip(name, value) == chip


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("bin siebzehn", "bin 17"),
        ("Fünfunddreißig Jahre", "35 Jahre"),
        ("fuenfunddreissig", "35"),
        ("thirty-four and forty two", "34 and 42"),
        ("meine sechzehnjährige Tochter", "meine 16jährige Tochter"),
        ("fuffzig, siebzehneinhalb", "50, 17"),
        ("мне тридцать пять, мені п'ятдесят", "мне 35, мені 50"),
        ("otuz beş yaşındayım, тридцять п’ять", "35 yaşındayım, 35"),
        ("سی و پنج ساله، خمسة وثلاثين سنة", "35 ساله، 35 سنة"),
        ("treinta y dos, trentotto, vingt-sept", "32, 38, 27"),
        ("drei Kinder, siebzig Euro, zwanzigmal", "drei Kinder, siebzig Euro, zwanzigmal"),
    ],
)
def test_ages_that_are_written_out_are_read(written: str, digits: str) -> None:
    assert in_digits(written) == digits


@pytest.mark.parametrize(
    ("written", "digits"),
    [("ONALTI", "16"), ("kirk", "40"), ("altmiş", "60"), ("YİRMİ", "20"), ("otuz ıki", "32"), ("ſechzehn", "16")],
)
def test_a_number_is_read_whichever_way_its_letters_are_written(written: str, digits: str) -> None:
    assert in_digits(written) == digits


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hab Haubtschulabschlus", "hab hauptschulabschluss"),
        ("bin arbeitslohs", "bin arbeitslos"),
        ("Arbeitslose einstellen", "Arbeitslose einstellen"),  # an ending is no typo
        ("er kündigt", "er kündigt"),
        ("arbeit", "arbeit"),
    ],
)
def test_a_typo_in_a_long_word_is_put_right(typed: str, meant: str) -> None:
    assert Spelling(["Hauptschulabschluss", "arbeitslos", "gekündigt"])(typed) == meant


def test_what_a_message_tells_of_others_is_learned_of_nobody_but_their_children() -> None:
    told = Bystanders(others=(r"\bmein bruder\b",), oneself=(r"\bich bin\b",))
    known = {
        "age": SLOTS["age"],
        "children": slot("Kinder", patterns={"true": ["kinder"]}),
        "for_whom": slot("Für wen", bystanders=told),
    }
    learned = Slots(known, {}).learn("mein Bruder ist 40 und hat Kinder, ich bin 17")
    assert learned == {"age": (17,), "children": (True,)}


def test_patterns_may_name_a_list_of_words_of_any_slot() -> None:
    lists = {"kin": ["onkel", "tante"], "asks": [r"für meine? {kin}\b", r"im namen von\b"]}
    told = {
        "status": slot("Lebenslage", many=True, words=lists, patterns={"helper": ["{asks}"]}),
        "for_whom": slot("Für wen", patterns={"other": [r"\bmeine? {kin} sucht", "{asks}"]}),
    }
    both = {"status": ("helper",), "for_whom": ("other",)}
    assert Slots(told, {}).learn("ich frag für meine Tante") == both
    assert Slots(told, {}).learn("mein Onkel sucht Arbeit") == {"for_whom": ("other",)}
