"""Removing what only tells a language lets a question find a text in another language."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.centering import Centering, question_means, read_samples
from index.encoder import Vectors
from tests.conftest import WordEncoder

WORK, SCHOOL, GERMAN, UKRAINIAN = np.eye(4, dtype=np.float32)

CENTERING = Centering(passages=2 * GERMAN, questions={"de": 2 * GERMAN, "uk": 2 * UKRAINIAN})


def test_a_question_in_another_language_finds_the_text_of_its_topic() -> None:
    texts = np.stack([WORK + 2 * GERMAN, SCHOOL + 2 * GERMAN])
    question = np.stack([SCHOOL + 2 * UKRAINIAN])

    cosines = CENTERING.center_questions(question, "uk") @ CENTERING.center_passages(texts).T

    np.testing.assert_allclose(cosines, [[0, 1]], atol=1e-6)


def test_one_question_in_two_languages_becomes_one_vector() -> None:
    german = CENTERING.center_questions(np.stack([WORK + 2 * GERMAN]), "de")
    ukrainian = CENTERING.center_questions(np.stack([WORK + 2 * UKRAINIAN]), "uk")

    np.testing.assert_allclose(german, ukrainian, atol=1e-6)


def test_a_language_without_samples_loses_the_mean_of_all() -> None:
    centered = CENTERING.center_questions(np.stack([WORK + GERMAN + UKRAINIAN]), "ti")

    np.testing.assert_allclose(centered, [WORK], atol=1e-6)


def test_without_any_samples_questions_stay_as_they_are() -> None:
    vectors = unit(WORK + SCHOOL)

    centered = Centering(GERMAN, {}).center_questions(vectors, "de")

    np.testing.assert_array_equal(centered, vectors)


def test_centered_vectors_have_length_one_again() -> None:
    vectors = unit(WORK + GERMAN, SCHOOL + UKRAINIAN)

    for centered in (CENTERING.center_passages(vectors), CENTERING.center_questions(vectors, "uk")):
        np.testing.assert_allclose(np.linalg.norm(centered, axis=1), [1, 1], atol=1e-6)
        assert centered.dtype == np.float32


def test_a_passage_that_is_the_mean_itself_is_near_to_nothing() -> None:
    assert CENTERING.center_passages(np.stack([2 * GERMAN])).tolist() == [[0, 0, 0, 0]]


def test_the_mean_of_a_language_is_the_mean_of_its_questions(encoder: WordEncoder) -> None:
    means = question_means(encoder, {"de": ["Arbeit", "Schule"], "en": ["work"], "so": []})

    halves = np.zeros(encoder.dimension)
    halves[[encoder.axis("arbeit"), encoder.axis("schule")]] = 0.5
    assert list(means) == ["de", "en"]
    np.testing.assert_allclose(means["de"], halves)
    np.testing.assert_allclose(means["en"], encoder.encode_queries(["work"])[0])


def test_saved_means_are_read_as_they_were(tmp_path: Path) -> None:
    CENTERING.save(tmp_path / "means.npz")

    opened = Centering.open(tmp_path / "means.npz")

    np.testing.assert_array_equal(opened.passages, CENTERING.passages)
    assert {language: mean.tolist() for language, mean in opened.questions.items()} == {
        language: mean.tolist() for language, mean in CENTERING.questions.items()
    }


def test_samples_are_the_lines_of_each_languages_file(tmp_path: Path) -> None:
    (tmp_path / "de.txt").write_text("Wo finde ich Arbeit?\n\nWas kostet das?\n", encoding="utf-8")
    (tmp_path / "uk.txt").write_text("Де знайти роботу?", encoding="utf-8")
    (tmp_path / "README.md").write_text("not a language")

    samples = read_samples(tmp_path)

    assert samples == {"de": ["Wo finde ich Arbeit?", "Was kostet das?"], "uk": ["Де знайти роботу?"]}


@pytest.mark.parametrize("language", read_samples())
def test_every_language_has_as_many_samples_as_german(language: str) -> None:
    samples = read_samples()

    assert len(samples[language]) == len(samples["de"]) > 0
    assert len(set(samples[language])) == len(samples[language])


def unit(*vectors: Vectors) -> Vectors:
    stacked = np.stack(vectors)
    lengths: Vectors = np.linalg.norm(stacked, axis=1, keepdims=True)
    return stacked / lengths
