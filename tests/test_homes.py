"""The contract every home of an index keeps: what is written is read, whole, by whoever asks and nobody else."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Event
from pathlib import Path
from time import sleep

import numpy as np
import pytest

from index.build import BuildReport, build_index
from index.database_home import DatabaseHome
from index.encoder import Progress, Vectors
from index.folder_home import FolderHome
from index.home import IndexHome, IndexMissing, open_home
from index.retriever import Retriever
from index.types import Passage, Query
from tests.conftest import WordEncoder, passage
from tests.postgres import Server

SAMPLES = {"de": ["Wo finde ich Arbeit?"], "en": ["Where is work?"]}
COURSE = passage("Deutschkurs am Abend", "course", context="Kurse", facets={"place": "friedberg"})
GRANT = passage("Zuschuss zum Führerschein", "grant")
ASKED = passage("Wer zahlt den Führerschein?", "grant", kind="question")
OLD = [COURSE, GRANT, ASKED]
NEW = [COURSE, passage("Zuschuss zur Umschulung", "grant"), passage("Beratung im Jobcenter", "advice")]
MANY = [passage(f"Kurs {number} zum Thema {number % 7}", f"course-{number}") for number in range(300)]

PROCESSES = multiprocessing.get_context("forkserver")  # a fork each, of a process without threads
PROCESSES.set_forkserver_preload(["tests.test_homes"])

Address = str


@pytest.fixture(params=["folder", "database"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    """Where an index can be made."""
    if request.param == "folder":
        return str(tmp_path / "index")
    postgres: Server = request.getfixturevalue("postgres")
    return postgres.new_database()


@pytest.fixture
def home(address: Address) -> IndexHome:
    return open_home(address)


def test_before_the_first_version_there_is_none(home: IndexHome) -> None:
    assert home.version() is None
    with pytest.raises(IndexMissing, match=r"No index at .*assistant index"):
        home.open()


def test_what_was_written_is_read_again(home: IndexHome) -> None:
    report = build_index(home, OLD, WordEncoder(), SAMPLES)
    opened = home.open("words")

    vectors = WordEncoder().encode_passages([p.searched for p in OLD])
    assert report == BuildReport(encoded=3, kept=0, dropped=0)
    assert (opened.passages, opened.encoder, opened.version) == (tuple(OLD), "words", home.version())
    np.testing.assert_array_equal(opened.vectors(), vectors)
    np.testing.assert_allclose(opened.centering.passages, vectors[:2].mean(axis=0), atol=1e-7)
    assert set(opened.centering.questions) == {"de", "en"}
    assert opened.lexical.scores("Deutschkurs").argmax() == 0
    assert opened.classifier is not None
    assert opened.store.count() == 3


def test_a_second_run_writes_nothing(home: IndexHome) -> None:
    build_index(home, OLD, WordEncoder(), SAMPLES)
    before, encoder = home.version(), WordEncoder()

    report = build_index(home, OLD, encoder, SAMPLES)

    assert report == BuildReport(encoded=0, kept=3, dropped=0)
    assert (home.version(), encoder.encoded) == (before, [])


def test_an_update_encodes_only_what_is_new_and_has_a_version_of_its_own(home: IndexHome) -> None:
    build_index(home, OLD, WordEncoder(), SAMPLES)
    before, encoder = home.version(), WordEncoder()

    report = build_index(home, NEW, encoder, SAMPLES)

    assert report == BuildReport(encoded=2, kept=1, dropped=2)
    assert sorted(encoder.encoded) == ["Beratung im Jobcenter", "Zuschuss zur Umschulung"]
    assert home.version() not in (before, None)
    assert home.open().passages == tuple(NEW)
    assert best(home, "Umschulung") == "grant"


def test_order_facets_and_doubles_are_kept_without_encoding(home: IndexHome) -> None:
    build_index(home, OLD, WordEncoder(), SAMPLES)
    moved = passage("Deutschkurs am Abend", "course", context="Kurse", facets={"place": "nidda"})
    encoder = WordEncoder()

    build_index(home, [ASKED, moved, GRANT, moved], encoder, SAMPLES)
    opened = home.open()

    assert encoder.encoded == []
    assert opened.passages == (ASKED, moved, GRANT, moved)
    assert opened.store.count() == 4


def test_everything_can_go_and_come_back(home: IndexHome) -> None:
    build_index(home, OLD, WordEncoder(), SAMPLES)
    build_index(home, [], WordEncoder(), SAMPLES)
    empty = home.open()
    build_index(home, OLD, WordEncoder(), SAMPLES)

    assert (empty.passages, empty.store.count()) == ((), 0)
    assert home.open().passages == tuple(OLD)


def test_an_index_of_another_model_is_refused_and_made_anew(home: IndexHome) -> None:
    build_index(home, OLD, WordEncoder(), SAMPLES)
    with pytest.raises(IndexMissing, match=r"'words'.*'other'.*assistant index"):
        home.open("other")

    report = build_index(home, OLD, WordEncoder("other", dimension=16), SAMPLES)

    assert report == BuildReport(encoded=3, kept=0, dropped=0)
    assert home.open("other").vectors().shape == (3, 16)


def test_a_small_change_keeps_the_centre_and_a_large_one_moves_it(home: IndexHome) -> None:
    build_index(home, MANY, WordEncoder(), SAMPLES)
    first = home.open().centering.passages
    build_index(home, MANY[1:], WordEncoder(), SAMPLES)
    second = home.open().centering.passages
    build_index(home, OLD, WordEncoder(), SAMPLES)
    third = home.open().centering.passages

    np.testing.assert_array_equal(first, second)
    assert np.linalg.norm(third - first) > 0.1


def test_who_read_the_version_before_can_go_on_searching_it(home: IndexHome) -> None:
    build_index(home, OLD, WordEncoder(), SAMPLES)
    before = Retriever(home.open("words"), WordEncoder())

    build_index(home, NEW, WordEncoder(), SAMPLES)

    assert before.search(Query("Zuschuss zum Führerschein")).hits[0].passage in (GRANT, ASKED)


def test_killed_while_writing_the_old_version_serves_and_the_next_build_goes_well(address: Address) -> None:
    build_index(open_home(address), OLD, WordEncoder(), SAMPLES)
    version = open_home(address).version()

    assert run(build_until_written, address) == -signal.SIGKILL

    home = open_home(address)
    assert (home.version(), home.open("words").passages) == (version, tuple(OLD))
    build_index(home, NEW, WordEncoder(), SAMPLES)
    assert home.open("words").passages == tuple(NEW)


def test_the_second_of_two_writers_waits_and_finds_the_work_done(address: Address) -> None:
    building, told = PROCESSES.Event(), PROCESSES.Queue()
    first = PROCESSES.Process(target=build_slowly, args=(address, building))
    first.start()
    assert building.wait(timeout=30)
    second = PROCESSES.Process(target=build_and_tell, args=(address, told))
    second.start()
    first.join()
    second.join()

    assert (first.exitcode, second.exitcode) == (0, 0)
    assert told.get(timeout=1) == (0, 3, 0)  # encoded, kept, dropped
    assert open_home(address).open("words").passages == tuple(NEW)


def test_replicas_read_whole_versions_while_another_process_writes(address: Address) -> None:
    texts, others = (COURSE, GRANT), tuple(NEW)
    build_index(open_home(address), texts, WordEncoder(), SAMPLES)
    enough = PROCESSES.Event()
    writer = PROCESSES.Process(target=build_in_turn, args=(address, (others, texts), enough))
    writer.start()
    read: list[tuple[Passage, ...]] = []
    while writer.is_alive() and not (len(read) >= 20 and texts in read and others in read):
        read.append(open_home(address).open("words").passages)
    enough.set()
    writer.join()

    assert writer.exitcode == 0
    assert read.count(texts) + read.count(others) == len(read)
    assert texts in read
    assert others in read


def build_in_turn(address: Address, versions: Sequence[Sequence[Passage]], enough: Event) -> None:
    """Write one version and the other again and again, until it is enough."""
    home = open_home(address)
    while not enough.is_set():
        for passages in versions:
            build_index(home, passages, WordEncoder(), SAMPLES)


def build_until_written(address: Address) -> None:
    """Build the new index, and be killed when all of it but the last step is written."""

    def killed(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(FolderHome, "_point_to", killed)  # noqa: B010 — a type checker refuses the plain assignment
    setattr(DatabaseHome, "_put_in_force", killed)  # noqa: B010
    build_index(open_home(address), NEW, WordEncoder(), SAMPLES)


def build_slowly(address: Address, building: Event) -> None:
    """Build the new index, alone, with an encoder that takes its time."""

    class Slow(WordEncoder):
        def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
            building.set()
            sleep(1)
            return super().encode_passages(texts, progress)

    home = open_home(address)
    with home.only_one():
        build_index(home, NEW, Slow(), SAMPLES)


def build_and_tell(address: Address, told: multiprocessing.Queue[tuple[int, int, int]]) -> None:
    """Build the new index, alone, and say how much of it there was to do."""
    home = open_home(address)
    with home.only_one():
        report = build_index(home, NEW, WordEncoder(), SAMPLES)
    told.put((report.encoded, report.kept, report.dropped))


def run(target: Callable[..., None], *arguments: object) -> int | None:
    process = PROCESSES.Process(target=target, args=arguments)
    process.start()
    process.join()
    return process.exitcode


def best(home: IndexHome, question: str) -> str:
    found: Passage = Retriever(home.open("words"), WordEncoder()).search(Query(question)).hits[0].passage
    return found.source
