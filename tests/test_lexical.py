"""Searching by words: what people type still finds what editors wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.lexical import LexicalIndex, fold, grams, stems, words

CATALOGUE = {
    "nursing": "Pflegeausbildung im Krankenhaus mit Abschluss nach drei Jahren",
    "licence": "Zuschuss zum Führerschein für den Weg zur Arbeit",
    "careers": "Berufsberatung der Agentur für Arbeit in der Schule",
    "german": "Deutschkurse für Zugewanderte mit Kinderbetreuung",
    "reskilling": "Umschulungen in Metallberufen mit Bildungsgutschein",
    "16i": "Teilhabe am Arbeitsmarkt nach § 16 i SGB II",
    "bafög": "BAföG beantragen, Anträge und Fristen",
    "bvb": "BvB: berufsvorbereitende Bildungsmaßnahme vor der Lehre",
}


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    return LexicalIndex.build(list(CATALOGUE.values()))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("Ausbildung Pflege", "nursing", id="the parts of a compound"),
        pytest.param("Ausbildung in der Krankenpflege", "nursing", id="another compound of the same parts"),
        pytest.param("Kurs Deutsch", "german", id="the parts in another order"),
        pytest.param("Ich suche eine Umschulung", "reskilling", id="singular for plural"),
        pytest.param("Wo ist der Antrag?", "bafög", id="an umlaut that came with the plural"),
        pytest.param("Metallberuf", "reskilling", id="without its ending"),
        pytest.param("Fuehrerschein", "licence", id="umlaut typed as ue"),
        pytest.param("fuhrerschein", "licence", id="umlaut left out"),
        pytest.param("FÜHRERSCHEIN", "licence", id="capitals"),
        pytest.param("Bildungsmassnahme", "bvb", id="ß typed as ss"),
        pytest.param("Füherschein", "licence", id="a letter missing"),
        pytest.param("Berufsbertaung", "careers", id="two letters swapped"),
        pytest.param("Pflegeausbilldung", "nursing", id="a letter doubled"),
        pytest.param("Umschukung", "reskilling", id="the key beside"),
        pytest.param("§ 16 i", "16i", id="paragraph with spaces"),
        pytest.param("§16i SGB II", "16i", id="paragraph without spaces"),
        pytest.param("was ist 16i", "16i", id="paragraph without its sign"),
        pytest.param("BAföG", "bafög", id="abbreviation"),
        pytest.param("bafoeg", "bafög", id="abbreviation without its umlaut"),
        pytest.param("Was ist eine BVB?", "bvb", id="abbreviation in capitals"),
    ],
)
def test_what_people_type_ranks_what_they_mean_first(index: LexicalIndex, asked: str, found: str) -> None:
    scores = index.scores(asked)

    assert list(CATALOGUE)[int(scores.argmax())] == found
    assert np.sort(scores)[-1] > np.sort(scores)[-2]


@pytest.mark.parametrize("spelling", ["Führerschein", "Fuehrerschein", "fuhrerschein", "FÜHRERSCHEIN"])
def test_every_spelling_of_an_umlaut_scores_the_same(index: LexicalIndex, spelling: str) -> None:
    np.testing.assert_array_equal(index.scores(spelling), index.scores("führerschein"))


@pytest.mark.parametrize("question", ["", "   ", "?!", "🙂", "Was ist das denn bitte?", "Wer kann mir helfen"])
def test_a_question_without_telling_words_finds_nothing(index: LexicalIndex, question: str) -> None:
    assert index.scores(question).tolist() == [0.0] * len(CATALOGUE)


def test_a_word_that_resembles_nothing_finds_nothing(index: LexicalIndex) -> None:
    assert index.scores("xqzzyw").tolist() == [0.0] * len(CATALOGUE)


def test_an_inflection_counts_more_than_a_word_that_only_begins_alike() -> None:
    index = LexicalIndex.build(["Kinder am Abend", "Kindle am Abend"])  # as many 4-grams in common with `Kind`

    inflected, alike = index.scores("Kind")

    assert inflected > alike > 0


@pytest.mark.parametrize("texts", [[], [""], ["", "🙂"], ["der und die"]])
def test_texts_without_words_are_found_by_nothing(texts: list[str]) -> None:
    index = LexicalIndex.build(texts)

    assert index.scores("Ausbildung").tolist() == [0.0] * len(texts)
    assert not index.knows("ausbildung")


def test_an_empty_text_leaves_the_others_in_their_rows() -> None:
    scores = LexicalIndex.build(["", "Ausbildung", ""]).scores("Ausbildung")

    assert (scores > 0).tolist() == [False, True, False]


def test_a_saved_index_answers_as_before(index: LexicalIndex, tmp_path: Path) -> None:
    (tmp_path / "lexical").mkdir()
    index.save(tmp_path / "lexical")

    opened = LexicalIndex.open(tmp_path / "lexical")

    assert opened.size == index.size
    for question in ("Ausbildung Pflege", "BAföG Antrag", "xqzzyw", ""):
        np.testing.assert_array_equal(opened.scores(question), index.scores(question))
        assert opened.asked(question) == index.asked(question)


@pytest.mark.parametrize("spelling", ["§ 16 i", "§16i", "§ 16i", "§§ 16 I", "16i"])
def test_a_paragraph_is_one_word_however_it_is_spaced(spelling: str) -> None:
    assert words(f"nach {spelling} SGB II")[-3:] == ["16i", "sgb", "ii"]


def test_a_paragraph_does_not_swallow_the_next_word() -> None:
    assert words("§ 16 Absatz 2, § 81 SGB III") == ["16", "absatz", "2", "81", "sgb", "iii"]


def test_words_questions_are_made_of_are_left_out() -> None:
    assert words("Hallo, wo kann ich bitte eine Ausbildung finden?") == ["ausbildung"]


def test_inflections_of_a_word_have_one_stem() -> None:
    assert stems("Ausbildung Ausbildungen") == stems("ausbildung")


def test_grams_mark_where_a_word_begins_and_ends() -> None:
    assert (grams("amt"), grams("kurse"), grams("a")) == (("_amt", "amt_"), ("_kur", "kurs", "urse", "rse_"), ("_a_",))


def test_all_words_held_cover_a_question_wholly(index: LexicalIndex) -> None:
    share, matched = index.coverage(
        index.asked("Gibt es einen Zuschuss zum Führerschein?"), stems(CATALOGUE["licence"])
    )

    assert (share, matched) == (1.0, ("zuschuss", "fuhrerschein"))


def test_a_rare_word_covers_more_of_a_question_than_a_common_one() -> None:
    index = LexicalIndex.build(["Kurs Deutsch", "Kurs Mathe", "Kurs Schweißen"])

    common, _ = index.coverage(index.asked("Kurs Schweißen"), stems("Kurs Mathe"))
    rare, _ = index.coverage(index.asked("Kurs Schweißen"), stems("Schweißen"))

    assert 0 < common < rare < 1
    assert common + rare == pytest.approx(1)


@pytest.mark.parametrize("question", ["", "wo ist das?", "Führershcein"])
def test_no_words_and_typos_cover_nothing(index: LexicalIndex, question: str) -> None:
    assert index.coverage(index.asked(question), stems(CATALOGUE["licence"])) == (0.0, ())


def test_a_word_asked_twice_counts_once(index: LexicalIndex) -> None:
    weight = index.weight("fuhrerschein")
    assert index.asked("Führerschein, Führerschein!") == {"fuhrerschein": ("fuhrerschein", weight)}


def test_an_unknown_word_weighs_as_much_as_the_rarest_known(index: LexicalIndex) -> None:
    assert index.weight("raumfahrt") == index.weight("fuhrerschein") == max(map(index.weight, words(CATALOGUE["bvb"])))
    assert (index.knows("raumfahrt"), index.knows("fuhrerscheine")) == (False, True)


def test_a_word_is_used_by_as_many_passages_as_hold_it() -> None:
    index = LexicalIndex.build(["Kurs am Abend", "Kurse am Tag", "Kurs", "Schule"])
    assert [index.uses("kurs", passages) for passages in (1, 2, 4)] == [True, True, False]
    assert [index.uses("schule", passages) for passages in (1, 2)] == [True, False]
    assert not index.uses("raumfahrt", 1)


@given(st.text())
@example("İ")
def test_folding_leaves_neither_capitals_nor_umlauts(text: str) -> None:
    assert not set(fold(text)) & set("äöüßÄÖÜẞABCDEFGHIJKLMNOPQRSTUVWXYZ")


# Without e, since "aee" could be "äe" or "aë"; without l, see the next test.
@given(st.text("abdfghkmnrstäöüß", max_size=20))
def test_every_umlaut_folds_as_its_two_letters_do(text: str) -> None:
    typed = text.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")

    assert fold(typed) == fold(text)


@pytest.mark.parametrize(("typed", "written"), [("Schueler", "Schüler"), ("ausfuellen", "ausfüllen")])
def test_an_umlaut_before_l_folds_as_its_two_letters_do(typed: str, written: str) -> None:
    assert fold(typed) == fold(written)
