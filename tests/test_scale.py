"""The measurement of scale: its passages are no easier than real ones, and its figures can be trusted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant import scale
from assistant.scale import Measured, Task, make_task, write_report
from assistant.scale_data import NOISE, compose, composed_vectors, grown
from index.database import connect
from tests.conftest import WordEncoder, passage
from tests.postgres import Server
from tests.test_stores import random_vectors

TEXTS = [
    passage(
        f"Der Kurs {number} dauert lange genug. Er beginnt im Monat {number}. Er kostet nichts.", context=f"K{number}"
    )
    for number in range(12)
]


def test_a_composed_text_has_a_title_and_sentences_of_the_content() -> None:
    texts = compose(TEXTS, 5)

    titles, sentences = {p.context for p in TEXTS}, {s for p in TEXTS for s in p.text.split(". ")}
    for text in texts:
        title, _, body = text.partition("\n")
        assert title in titles
        assert any(sentence in body for sentence in sentences)
    assert texts == compose(TEXTS, 5)


def test_composed_texts_are_encoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.scale_data.compose", lambda passages: [p.text for p in passages])
    encoder = WordEncoder()

    first, second = composed_vectors(tmp_path, TEXTS, encoder), composed_vectors(tmp_path, TEXTS, encoder)

    np.testing.assert_array_equal(first, second)
    assert len(encoder.encoded) == len(TEXTS)


def test_more_passages_begin_with_the_composed_and_are_unit_vectors_near_them() -> None:
    composed = random_vectors(60, 32)

    assert grown(composed, 40).tolist() == composed[:40].tolist()
    more = grown(composed, 200)

    np.testing.assert_array_equal(more[:60], composed)
    np.testing.assert_allclose(np.linalg.norm(more, axis=1), 1, atol=1e-5)
    nearest = (more[60:] @ composed.T).max(axis=1)
    assert nearest.max() < 1 / np.sqrt(1 + NOISE**2) + 0.1  # none is a copy
    assert nearest.min() > 0.5  # and none is lost in space
    np.testing.assert_array_equal(more, grown(composed, 200))


def test_what_should_be_found_is_truly_the_nearest() -> None:
    task = make_task(random_vectors(100, 8), random_vectors(40, 8, seed=1))

    for question, wanted in zip(task.questions, task.wanted, strict=True):
        assert set(wanted) == set(np.argsort(-(task.vectors @ question))[:10])


def test_every_store_is_measured_and_an_exact_search_finds_everything(postgres: Server, tmp_path: Path) -> None:
    task = make_task(random_vectors(300, 16), random_vectors(40, 16, seed=1))
    figures = {row.store: row for row in measure(task, tmp_path, postgres.new_database())}

    assert list(figures) == ["FAISS exact", "FAISS codes", "FAISS graph", "pgvector exact", "pgvector graph"]
    assert figures["FAISS exact"].recall == figures["pgvector exact"].recall == 1
    assert figures["FAISS graph"].recall > 0.9
    assert figures["pgvector graph"].recall > 0.9
    assert all(0 < row.p50_ms <= row.p95_ms and row.build_s > 0 for row in figures.values())


def test_what_was_built_is_kept_for_the_next_run(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, address = make_task(random_vectors(300, 16), random_vectors(40, 16, seed=1)), postgres.new_database()
    first = measure(task, tmp_path, address)

    def built_again(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(scale, "_fill", built_again)
    second = measure(task, tmp_path, address)

    assert [row.build_s for row in second] == [row.build_s for row in first]


def test_the_report_holds_the_newest_figures_of_every_store_and_size(tmp_path: Path) -> None:
    def row(passages: int, build_s: float) -> Measured:
        return Measured("FAISS exact", passages, build_s, None, 2.0, 0.1, 0.2, 0.3, 1.0)

    write_report([row(1000, 0.1), row(10, 0.2)], tmp_path, draw=False)
    write_report([row(1000, 0.123456), replace(row(10, 0.3), store="FAISS codes")], tmp_path, draw=False)

    written = [(row["passages"], row["build_s"]) for row in json.loads((tmp_path / "scale.json").read_text())]
    assert written == [(10, 0.3), (10, 0.2), (1000, 0.123)]


def measure(task: Task, folder: Path, address: str) -> list[Measured]:
    with connect(address, scale.KREIS) as session:
        return [*scale.measure_faiss(task, folder), *scale.measure_pgvector(task, folder, session)]
