"""The confidence of a ranking: fitted on labelled questions, between never and always."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.calibration import Calibration, fit
from index.types import Evidence


def evidence(similarity: float = 0.5, coverage: float = 0.5, known: float = 0.5, foreign: bool = False) -> Evidence:
    """Evidence whose log chance, 0 at 1, and whose share go with its similarity."""
    return Evidence(
        similarity=similarity,
        chance=3 * (similarity - 1),
        coverage=coverage,
        known=known,
        foreign=foreign,
        share=max(0.0, similarity),
        length=4.0,
        told=max(0.0, similarity),
    )


ANSWERABLE = [evidence(0.5 + step / 50, 0.6 + step / 50, 0.9, step % 2 == 0) for step in range(10)]
OTHERS = [evidence(0.1 + step / 50, step / 50, 0.4, step % 2 == 0) for step in range(10)]


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    return fit(ANSWERABLE + OTHERS, [True] * 10 + [False] * 10)


def test_answerable_questions_pass_the_fitted_threshold_and_others_do_not(fitted: Calibration) -> None:
    passing = [item for item in ANSWERABLE + OTHERS if fitted.confidence(item) >= fitted.threshold]

    assert passing == ANSWERABLE


def test_more_similarity_never_means_less_confidence(fitted: Calibration) -> None:
    confidences = [fitted.confidence(evidence(similarity=step / 10)) for step in range(11)]

    assert confidences == sorted(confidences)
    assert confidences[0] < confidences[-1]


def test_confidence_lies_between_never_and_always(fitted: Calibration) -> None:
    lowest = fitted.confidence(evidence(-1.0, 0.0, 0.0))
    highest = fitted.confidence(evidence(1.0, 1.0, 1.0))

    assert 0 < lowest < 0.5 < highest < 1


def test_the_words_of_a_foreign_question_prove_nothing(fitted: Calibration) -> None:
    without = evidence(coverage=0.0, known=0.0, foreign=True)
    names_only = evidence(coverage=1.0, known=1.0, foreign=True)

    assert fitted.confidence(names_only) == fitted.confidence(without)


def test_a_given_threshold_is_kept() -> None:
    assert fit(ANSWERABLE + OTHERS, [True] * 10 + [False] * 10, threshold=0.25).threshold == 0.25


def test_uncalibrated_every_question_is_a_coin_toss() -> None:
    assert [Calibration().confidence(item) for item in (ANSWERABLE[0], OTHERS[0])] == [0.5, 0.5]


def test_a_saved_calibration_is_read_as_it_was(fitted: Calibration, tmp_path: Path) -> None:
    fitted.save(tmp_path / "calibration.json")

    assert Calibration.open(tmp_path / "calibration.json") == fitted


def test_the_calibration_we_ship_tells_strong_evidence_from_none() -> None:
    shipped = Calibration.open()

    assert (
        shipped.confidence(evidence(-0.2, 0.0, 0.0)) < shipped.threshold < shipped.confidence(evidence(0.9, 1.0, 1.0))
    )
