"""Which language a text is in, and the sentences every voice must be able to say."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest

from assistant.content import ContentError
from assistant.languages import read_voices, tell_language
from tests.house import real_voices, write

OURS = {"bafog", "meister", "avgs", "arbeit", "ausbildung", "minijob", "kostet", "umschulung"}


def is_german(word: str) -> bool:
    """The words our content would know."""
    return word in OURS


@pytest.mark.parametrize(
    "text",
    [
        "BAföG",
        "AVGS",
        "meister bafög",
        "Minijob",
        "ich suchen arbeit",
        "Ich bin 17 und weiß nicht weiter.",
        "umschuhlung pflege",
        "und in Nidda?",
        "Wie lange dauert das?",
        "Welche Unterlagen brauche ich?",
        "Was kostet das?",
    ],
)
def test_german_is_told_even_in_single_words_and_broken_sentences(text: str) -> None:
    assert tell_language(text, is_german) == "de"


@pytest.mark.parametrize("text", ["", "   ", "61169", "?!", "👋"])
def test_what_has_no_words_is_taken_for_german(text: str) -> None:
    assert tell_language(text, is_german) == "de"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Мені потрібен курс німецької мови", "uk"),
        ("де можна вивчити німецьку?", "uk"),
        ("أبحث عن عمل", "ar"),
        ("كيف أتعلم اللغة الألمانية؟", "ar"),
        ("İş arıyorum", "tr"),
        ("Almanca kursu nerede?", "tr"),
        ("I am looking for a job", "en"),
        ("Where can I learn German?", "en"),
    ],
)
def test_a_question_in_another_language_is_told(text: str, language: str) -> None:
    assert tell_language(text, is_german) == language


def test_line_breaks_do_not_matter() -> None:
    assert tell_language("I am looking\nfor a job", is_german) == "en"


# --- voices ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", sorted(real_voices()))
def test_every_voice_says_every_sentence(tag: str) -> None:
    assert set(real_voices()[tag].sentences) == set(real_voices()["de"].sentences)


@pytest.mark.parametrize("tag", sorted(real_voices()))
def test_every_voice_fills_in_the_same_values(tag: str) -> None:
    german = real_voices()["de"].sentences
    filled = {key: _values(text) for key, text in real_voices()[tag].sentences.items()}
    assert filled == {key: _values(text) for key, text in german.items()}


def _values(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_no_sentence_is_empty() -> None:
    empty = [(tag, key) for tag, voice in real_voices().items() for key, text in voice.sentences.items() if not text]
    assert empty == []


def test_a_voice_inherits_from_its_fallback_what_it_lacks(tmp_path: Path) -> None:
    write(tmp_path / "de.yaml", "name: Deutsch\nsentences: {hello: 'Guten Tag, {name}', bye: Auf Wiedersehen}\n")
    write(tmp_path / "uk.yaml", "name: Українська\nfallback: de\nsentences: {hello: 'Добрий день, {name}'}\n")
    voice = read_voices(tmp_path)["uk"]
    assert (voice.say("hello", name="Olena"), voice.say("bye")) == ("Добрий день, Olena", "Auf Wiedersehen")


def test_a_voice_knows_which_way_it_is_written(tmp_path: Path) -> None:
    write(tmp_path / "ar.yaml", "name: العربية\ndirection: rtl\nsentences: {}\n")
    assert read_voices(tmp_path)["ar"].direction == "rtl"


@pytest.mark.parametrize("text", ["name: Deutsch\n", "name: Deutsch\nsentences: {}\nsentence: {}\n", "- Deutsch\n"])
def test_a_language_file_of_wrong_shape_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = write(tmp_path / "de.yaml", text)
    with pytest.raises(ContentError, match=str(file)):
        read_voices(tmp_path)
