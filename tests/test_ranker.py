"""What the ranker promises: it learns what tells right sources from others; only those that may answer have a share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.pooling import Pool
from index.ranker import FEATURES, Example, Ranker, evidence, fit

ALL = np.ones(3, bool)
TELLING, IDLE = 1, 0  # columns of the evidence in these tests


def example(right: int, own: bool = True) -> Example:
    """Three sources of which the right one has the higher value in the telling column."""
    values = np.zeros((3, len(FEATURES)), np.float32)
    values[:, IDLE] = (0.9, 0.5, 0.1)
    values[right, TELLING] = 1.0
    return Example(values, (right,), ALL, own)


def pool(scores: list[list[float]]) -> Pool:
    """What a leg found, with the same scores for the best rows and their means."""
    found = np.array(scores, np.float32)
    rows = np.zeros(found.shape, np.int64)
    return Pool(np.arange(len(scores)), found.sum(axis=1), rows, found, found)


def test_the_evidence_that_tells_right_from_wrong_weighs_most() -> None:
    learned = fit([example(0), example(1), example(2)])
    assert learned.own[TELLING] == max(learned.own)
    assert abs(learned.own[IDLE]) < learned.own[TELLING] / 10


def test_questions_in_other_languages_have_weights_of_their_own() -> None:
    learned = fit([example(0), example(1, own=False)])
    assert learned.own != learned.other
    assert fit([example(0)]).other == (0.0,) * len(FEATURES)


def test_the_shares_of_all_allowed_sources_make_a_whole() -> None:
    shares = fit([example(2)]).log_shares(example(2).evidence, True, ALL)
    assert np.exp(shares).sum() == pytest.approx(1.0)
    assert int(np.argmax(shares)) == 2


def test_a_source_that_may_not_answer_has_no_share() -> None:
    allowed = np.array([True, True, False])
    shares = np.exp(fit([example(2)]).log_shares(example(2).evidence, True, allowed))
    assert shares[2] == 0.0
    assert shares[:2].sum() == pytest.approx(1.0)


def test_where_nothing_may_answer_nothing_has_a_share() -> None:
    shares = fit([example(2)]).log_shares(example(2).evidence, True, ~ALL)
    assert np.isneginf(shares).all()


def test_a_leg_that_was_not_asked_says_nothing() -> None:
    found = evidence(pool([[0.5, 0.4, 0.3], [0.2, 0.1, 0.0]]), None, np.array([-1.0, -2.0], np.float32))
    assert found.shape == (2, len(FEATURES))
    assert (found[:, 6:] == 0.0).all()


def test_words_count_as_a_share_of_the_best_so_that_long_questions_weigh_no_more() -> None:
    meaning, chances = pool([[0.5, 0.4, 0.3]]), np.zeros(1, np.float32)
    short, long = (evidence(meaning, pool([[4.0 * n, 8.0 * n, 0.0]]), chances) for n in (1, 10))
    assert np.allclose(short, long)
    assert short[0, 6:].tolist() == [0.5, 1.0, 1.0, 1.0]


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    learned = fit([example(0), example(1)])
    learned.save(tmp_path / "ranker.json")
    assert Ranker.open(tmp_path / "ranker.json") == learned


def test_weights_of_other_evidence_are_refused_with_the_way_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "ranker.json"
    path.write_text('{"features": ["text"], "own": [1.0], "other": [1.0]}')
    with pytest.raises(ValueError, match="assistant evaluate --calibrate"):
        Ranker.open(path)


def test_the_shipped_weights_belong_to_this_version() -> None:
    assert len(Ranker.open().own) == len(Ranker.open().other) == len(FEATURES)
