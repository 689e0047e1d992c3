from __future__ import annotations

from assistant.gist import LONG, gist

STORY = "Ich wohne hier seit Jahren und es ist viel passiert. " * 8


def test_the_question_at_the_end_of_a_story_is_its_gist() -> None:
    question = "Wer hilft mir beim Antrag auf Kindergeld für meine Tochter?"
    assert gist(STORY + question) == question
    assert gist(f"{STORY}{question} Danke schon mal.") == question


def test_a_short_question_takes_the_sentence_before_it_along() -> None:
    end = "Der Vater meiner Kinder zahlt seit Mai keinen Unterhalt mehr. Was nun?"
    assert gist(STORY + end) == end


def test_without_a_question_or_a_story_there_is_none() -> None:
    assert gist(STORY) is None
    assert gist("Wer hilft mir?") is None
    assert len(STORY) >= LONG
