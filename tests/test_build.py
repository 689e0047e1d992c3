"""Bringing an index up to date: only what is new is encoded, and whatever happens an index keeps serving."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from itertools import count
from multiprocessing.synchronize import Event
from pathlib import Path
from time import sleep

import numpy as np
import pytest

from index.build import BuildReport, build_index, open_index
from index.centering import Centering
from index.encoder import Progress, Vectors
from index.home import IndexMissing
from tests.conftest import WordEncoder, passage

SAMPLES = {"de": ["Wo finde ich Arbeit?"], "en": ["Where is work?"]}
COURSE = passage("Deutschkurs am Abend", "course", context="Kurse", facets={"place": "friedberg"})
GRANT = passage("Zuschuss zum Führerschein", "grant")
ASKED = passage("Wer zahlt den Führerschein?", "grant", kind="question")
OLD = [COURSE, GRANT, ASKED]
NEW = [COURSE, passage("Zuschuss zur Umschulung", "grant"), passage("Beratung im Jobcenter", "advice")]

PROCESSES = multiprocessing.get_context("forkserver")  # a fork each, of a process without threads
PROCESSES.set_forkserver_preload(["tests.test_build"])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the old passages, and one before it that the next build will clear away."""
    folder = tmp_path_factory.mktemp("built")
    build_index(folder, [COURSE], WordEncoder(), SAMPLES)
    build_index(folder, OLD, WordEncoder(), SAMPLES)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy of the built index, to be changed and damaged."""
    shutil.copytree(built, tmp_path / "index")
    return tmp_path / "index"


def test_a_first_run_encodes_every_passage(tmp_path: Path, encoder: WordEncoder) -> None:
    report = build_index(tmp_path / "index", OLD, encoder, SAMPLES)

    assert report == BuildReport(encoded=3, kept=0, dropped=0)
    assert set(encoder.encoded) == {p.searched for p in OLD} | {"Wo finde ich Arbeit?", "Where is work?"}


def test_a_second_run_encodes_nothing(folder: Path, encoder: WordEncoder) -> None:
    version = open_index(folder).version

    report = build_index(folder, OLD, encoder, SAMPLES)

    assert report == BuildReport(encoded=0, kept=3, dropped=0)
    assert encoder.encoded == []
    assert open_index(folder).version == version


def test_changing_one_passage_encodes_one(folder: Path, encoder: WordEncoder) -> None:
    changed = passage("Zuschuss zum Fahrrad", "grant")

    report = build_index(folder, [COURSE, changed, ASKED], encoder, SAMPLES)

    assert report == BuildReport(encoded=1, kept=2, dropped=1)
    assert encoder.encoded == ["Zuschuss zum Fahrrad"]
    assert open_index(folder).passages == (COURSE, changed, ASKED)


def test_a_passage_that_is_gone_is_dropped(folder: Path, encoder: WordEncoder) -> None:
    report = build_index(folder, [GRANT], encoder, SAMPLES)
    opened = open_index(folder)

    assert report == BuildReport(encoded=0, kept=1, dropped=2)
    assert encoder.encoded == []
    assert opened.passages == (GRANT,)
    assert (len(opened.vectors()), opened.store.count(), opened.lexical.size) == (1, 1, 1)
    assert not opened.lexical.knows("deutschkurs")


def test_everything_can_go_and_come_back(folder: Path, encoder: WordEncoder) -> None:
    gone = build_index(folder, [], encoder, SAMPLES)
    empty = open_index(folder)
    back = build_index(folder, OLD, encoder, SAMPLES)

    assert (gone, back) == (BuildReport(0, 0, 3), BuildReport(3, 0, 0))
    assert (empty.passages, empty.store.count()) == ((), 0)
    assert open_index(folder).passages == tuple(OLD)


def test_a_changed_facet_is_taken_over_without_encoding(folder: Path, encoder: WordEncoder) -> None:
    moved = passage("Deutschkurs am Abend", "course", context="Kurse", facets={"place": "nidda"})

    build_index(folder, [moved, GRANT, ASKED], encoder, SAMPLES)

    assert encoder.encoded == []
    assert open_index(folder).passages[0].facets == {"place": "nidda"}


def test_passages_may_change_places_without_encoding(folder: Path, encoder: WordEncoder) -> None:
    build_index(folder, OLD[::-1], encoder, SAMPLES)
    opened = open_index(folder)

    assert encoder.encoded == []
    assert opened.passages == tuple(OLD[::-1])
    np.testing.assert_array_equal(opened.vectors(), WordEncoder().encode_passages([p.searched for p in OLD[::-1]]))


def test_a_text_that_becomes_a_question_is_encoded_anew(folder: Path, encoder: WordEncoder) -> None:
    asked = passage("Zuschuss zum Führerschein", "grant", kind="question")

    build_index(folder, [COURSE, asked, ASKED], encoder, SAMPLES)

    assert encoder.encoded == ["Zuschuss zum Führerschein"]


def test_another_model_encodes_everything_anew(folder: Path) -> None:
    other = WordEncoder("other words", dimension=16)

    report = build_index(folder, OLD, other, SAMPLES)

    assert report == BuildReport(encoded=3, kept=0, dropped=0)
    assert open_index(folder, "other words").vectors().shape == (3, 16)


def test_a_new_language_of_questions_gets_its_mean(folder: Path, encoder: WordEncoder) -> None:
    report = build_index(folder, OLD, encoder, SAMPLES | {"uk": ["Де робота?"]})

    assert not report.encoded
    assert set(open_index(folder).centering.questions) == {"de", "en", "uk"}


def test_a_damaged_index_is_built_anew(folder: Path, encoder: WordEncoder) -> None:
    for file in folder.glob("*/vectors.npy"):
        file.write_bytes(b"")

    report = build_index(folder, OLD, encoder, SAMPLES)

    assert report == BuildReport(encoded=3, kept=0, dropped=0)
    assert open_index(folder).passages == tuple(OLD)


def test_the_progress_bar_counts_every_new_passage(folder: Path, encoder: WordEncoder) -> None:
    told: list[int] = []

    def started(texts: int) -> Progress:
        told.append(-texts)
        return told.append

    build_index(folder, NEW, encoder, SAMPLES, started)

    assert (told[0], sum(told[1:])) == (-2, 2)


def test_a_built_index_holds_what_was_put_in(folder: Path) -> None:
    opened = open_index(folder, "words")
    vectors = WordEncoder().encode_passages([p.searched for p in OLD])

    assert (opened.passages, opened.encoder) == (tuple(OLD), "words")
    np.testing.assert_array_equal(opened.vectors(), vectors)
    np.testing.assert_allclose(opened.centering.passages, vectors[:2].mean(axis=0))
    assert set(opened.centering.questions) == {"de", "en"}
    assert opened.lexical.scores("Deutschkurs").argmax() == 0


def test_texts_lose_the_mean_text_and_questions_the_mean_question(folder: Path) -> None:
    opened = open_index(folder)
    vectors = WordEncoder().encode_passages([p.searched for p in OLD])
    means = Centering(vectors[:2].mean(axis=0), {"de": WordEncoder().encode_queries(SAMPLES["de"])[0]})
    texts, questions = means.center_passages(vectors), means.center_questions(vectors, "de")

    for row, centered in enumerate([texts[0], texts[1], questions[2]]):
        rows, cosines = opened.store.search(centered, 1)
        assert (rows.tolist(), cosines.tolist()) == ([row], pytest.approx([1.0], abs=1e-5))


@pytest.mark.parametrize("text", ["eins\u2028zwei", "eins\u0085zwei", "eins\r\nzwei\x1ddrei", '"{}\\', "", "🙂"])
def test_any_text_can_be_indexed_and_read_again(text: str, tmp_path: Path, encoder: WordEncoder) -> None:
    build_index(tmp_path, [passage(text), GRANT], encoder, {})

    assert open_index(tmp_path).passages == (passage(text), GRANT)


def test_who_still_reads_the_version_before_can_go_on(folder: Path, encoder: WordEncoder) -> None:
    before = open_index(folder).version

    build_index(folder, NEW, encoder, SAMPLES)

    versions = {path.name for path in folder.iterdir() if path.is_dir()}
    assert versions == {before, open_index(folder).version}


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match=r"No index at .*assistant index"):
        open_index(tmp_path / "nowhere")


def test_an_index_of_another_model_is_refused(folder: Path) -> None:
    with pytest.raises(IndexMissing, match=r"'words'.*'multilingual-e5-small'.*assistant index"):
        open_index(folder, "multilingual-e5-small")


def test_an_index_of_another_format_is_refused(folder: Path) -> None:
    about = current(folder) / "index.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"format": "0"}))

    with pytest.raises(IndexMissing, match=r"format 0.*assistant index"):
        open_index(folder, "words")


def test_a_pointer_to_nowhere_is_refused(folder: Path) -> None:
    (folder / "CURRENT").write_text("0123456789ab")

    with pytest.raises(IndexMissing, match="assistant index"):
        open_index(folder, "words")


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_truncated_file_is_refused_whichever_it_is(folder: Path, share: float) -> None:
    files = [folder / "CURRENT", *(path for path in current(folder).rglob("*") if path.is_file())]

    assert len(files) > 10
    for file in files:
        whole = file.read_bytes()
        file.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(IndexMissing, match="assistant index"):
            open_index(folder, "words")
        file.write_bytes(whole)
    assert open_index(folder, "words").passages == tuple(OLD)


def test_a_missing_file_is_refused_whichever_it_is(folder: Path) -> None:
    for file in [path for path in current(folder).rglob("*") if path.is_file()]:
        whole = file.read_bytes()
        file.unlink()
        with pytest.raises(IndexMissing, match="assistant index"):
            open_index(folder, "words")
        file.write_bytes(whole)


def test_killed_before_any_step_the_old_index_or_the_whole_new_one_serves(folder: Path, tmp_path: Path) -> None:
    served = []
    for step in count(1):
        copy = tmp_path / f"killed-at-{step}"
        shutil.copytree(folder, copy)
        process = PROCESSES.Process(target=build_until, args=(copy, step))
        process.start()
        process.join()
        served.append(open_index(copy, "words").passages)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL

    old, new = tuple(OLD), tuple(NEW)
    assert served == [old] * served.count(old) + [new] * served.count(new)
    assert served.count(old) > 20  # every file of the new version was about to be written once
    assert served.count(new) > 1  # and the versions before about to be cleared away


def test_killed_while_encoding_the_old_index_still_serves(folder: Path) -> None:
    encoding = PROCESSES.Event()
    process = PROCESSES.Process(target=build_slowly, args=(folder, encoding))
    process.start()
    assert encoding.wait(timeout=30)
    process.kill()
    process.join()

    assert process.exitcode == -signal.SIGKILL
    assert open_index(folder, "words").passages == tuple(OLD)


def test_the_build_after_a_killed_one_goes_well_and_clears_its_remains(folder: Path, encoder: WordEncoder) -> None:
    process = PROCESSES.Process(target=build_until, args=(folder, 25))
    process.start()
    process.join()
    remains = [path for path in folder.iterdir() if path.is_dir()]

    report = build_index(folder, NEW, encoder, SAMPLES)

    assert len(remains) == 3
    assert report == BuildReport(encoded=2, kept=1, dropped=2)
    assert open_index(folder, "words").passages == tuple(NEW)
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 2


def build_until(folder: Path, step: int) -> None:
    """Build the new index, and be killed before this step: the opening, making, renaming or removing of a file."""
    steps = count(1)

    def killed(event: str, arguments: tuple[object, ...]) -> None:
        if arguments and str(arguments[0]).startswith(str(folder)) and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(killed)
    build_index(folder, NEW, WordEncoder(), SAMPLES)


def build_slowly(folder: Path, encoding: Event) -> None:
    """Build the new index with an encoder that never comes back."""

    class Stuck(WordEncoder):
        def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
            encoding.set()
            sleep(60)
            return super().encode_passages(texts, progress)

    build_index(folder, NEW, Stuck(), SAMPLES)


def current(folder: Path) -> Path:
    return folder / (folder / "CURRENT").read_text()
