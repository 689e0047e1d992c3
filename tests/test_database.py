"""PostgreSQL as home of many Kreise: kept apart, brought up to date in numbered steps, not missed when it is gone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Thread

import numpy as np
import psycopg
import pytest

from index.build import build_index
from index.database import connect, migrate
from index.database_home import DatabaseHome
from index.home import DatabaseUnfit, IndexMissing, open_home
from index.replica_store import ReplicaStore
from index.retriever import Retriever
from index.types import Passage, Query
from tests.conftest import WordEncoder, passage
from tests.postgres import Server
from tests.test_homes import COURSE, GRANT, MANY, NEW, OLD, SAMPLES

TABLES = ("indexes", "files", "passages", "vectors")


@pytest.fixture
def address(postgres: Server) -> str:
    return postgres.new_database()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that can be stopped without disturbing other tests."""
    server = Server()
    yield server
    server.close()


def build(address: str, passages: Sequence[Passage] = OLD, kreis: str = "wetterau") -> DatabaseHome:
    """An index whose vectors the server searches."""
    home = DatabaseHome(address, kreis, in_memory=0)
    build_index(home, passages, WordEncoder(), SAMPLES)
    return home


def test_a_kreis_never_sees_the_rows_of_another_even_where_a_query_forgets_to_ask(address: str) -> None:
    build(address, [COURSE], "wetterau")
    build(address, [GRANT, COURSE], "vogelsberg")

    with connect(address, "wetterau") as session:
        for table in TABLES:
            kreise = session.execute(f"SELECT DISTINCT kreis FROM lotse.{table}").fetchall()
            assert kreise == [("wetterau",)]
    assert open_home(address, "wetterau").open("words").passages == (COURSE,)
    assert open_home(address, "vogelsberg").open("words").passages == (GRANT, COURSE)


def test_a_kreis_can_neither_change_nor_add_rows_of_another(address: str) -> None:
    build(address, [COURSE], "vogelsberg")
    build(address, [GRANT], "wetterau")

    with connect(address, "wetterau") as session:
        for table in TABLES:
            session.execute(f"DELETE FROM lotse.{table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("INSERT INTO lotse.files VALUES ('vogelsberg', 'means.npz', '')")

    assert open_home(address, "vogelsberg").open("words").passages == (COURSE,)
    assert open_home(address, "wetterau").version() is None


def test_who_names_no_kreis_sees_nothing(address: str) -> None:
    build(address)

    with psycopg.connect(address, autocommit=True) as session, pytest.raises(psycopg.Error, match=r"lotse\.kreis"):
        session.execute("SELECT * FROM lotse.passages")


def test_a_user_whom_the_separation_does_not_bind_is_refused(postgres: Server) -> None:
    with pytest.raises(DatabaseUnfit, match=r"'postgres' is not bound.*NOBYPASSRLS"):
        open_home(postgres.admin_address).version()


def test_a_database_without_pgvector_says_what_to_do(postgres: Server) -> None:
    with pytest.raises(DatabaseUnfit, match=r"administrator: CREATE EXTENSION vector"):
        build(postgres.new_database(with_vector=False))


def test_a_server_that_cannot_be_reached_is_named_without_its_password() -> None:
    with pytest.raises(IndexMissing, match="cannot be reached") as caught:
        open_home("postgresql://lotse:geheim@127.0.0.1:1/lotse").open()

    assert "geheim" not in str(caught.value)


def test_steps_are_applied_once_in_order_and_whole(address: str, tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE lotse.first (a int)")
    (tmp_path / "0002_second.sql").write_text("ALTER TABLE lotse.first ADD b int")
    with connect(address, "wetterau") as session:
        assert migrate(session, "test", tmp_path) == [1, 2]
        (tmp_path / "0003_bad.sql").write_text("CREATE TABLE lotse.third (a int); SELECT 1/0")
        (tmp_path / "0004_never.sql").write_text("CREATE TABLE lotse.fourth (a int)")

        with pytest.raises(psycopg.errors.DivisionByZero):
            migrate(session, "test", tmp_path)

        assert session.execute("SELECT to_regclass('lotse.third')").fetchone() == (None,)
        (tmp_path / "0003_bad.sql").write_text("CREATE TABLE lotse.third (a int)")
        assert migrate(session, "test", tmp_path) == [3, 4]
        assert migrate(session, "test", tmp_path) == []


def test_two_who_bring_the_tables_up_to_date_at_once_do_it_once(address: str) -> None:
    applied: list[list[int]] = []

    def bring_up_to_date() -> None:
        with connect(address, "wetterau") as session:
            applied.append(migrate(session))

    threads = [Thread(target=bring_up_to_date) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(applied) == [[], [], [], [1]]


def test_an_update_writes_only_the_rows_that_changed(address: str) -> None:
    build(address, MANY)
    with connect(address, "wetterau") as session:
        before: dict[int, str] = dict(session.execute("SELECT row, xmin::text FROM lotse.vectors").fetchall())
        build(address, [*MANY[1:], passage("Kurs 1000 zum Thema 3", "course-1000")])
        after: dict[int, str] = dict(session.execute("SELECT row, xmin::text FROM lotse.vectors").fetchall())

    assert len(before.keys() - after.keys()) == len(after.keys() - before.keys()) == 1
    assert all(after[row] == before[row] for row in before.keys() & after.keys())


def test_vectors_of_a_centre_no_longer_used_are_cleared_away_by_the_next_version(address: str) -> None:
    generations = []
    for passages in (OLD, MANY, NEW):
        build(address, passages)
        with connect(address, "wetterau") as session:
            found = session.execute("SELECT DISTINCT generation FROM lotse.vectors ORDER BY 1").fetchall()
        generations.append([generation for (generation,) in found])

    assert generations == [[1], [1, 2], [2, 3]]


def test_the_server_searches_what_a_process_does_not_keep(address: str) -> None:
    home = build(address)
    in_memory, on_server = open_home(address).open("words"), home.open("words")

    assert isinstance(on_server.store, ReplicaStore)
    for text in ("Zuschuss", "Deutschkurs", "Führerschein"):
        vector = in_memory.centering.center_questions(WordEncoder().encode_queries([text]), "de")[0]
        for among in (None, np.array([0, 2]), np.array([], np.int64)):
            kept, asked = in_memory.store.search(vector, 2, among), on_server.store.search(vector, 2, among)
            np.testing.assert_array_equal(kept[0], asked[0])
            np.testing.assert_allclose(kept[1], asked[1], atol=1e-5)
    on_server.store.close()


def test_folder_memory_and_server_rank_alike(address: str, tmp_path: Path) -> None:
    server = build(address, MANY)
    build_index(tmp_path, MANY, WordEncoder(), SAMPLES)
    homes = (open_home(tmp_path), open_home(address), server)
    retrievers = [Retriever(home.open("words"), WordEncoder()) for home in homes]

    for text in ("Kurs 17", "Thema 3", "Kurs 200 zum Thema", "etwas ganz anderes"):
        folder, memory, asked = (
            [(hit.source, round(hit.score, 6)) for hit in retriever.search(Query(text)).hits]
            for retriever in retrievers
        )
        assert folder == memory == asked


def test_rows_of_a_newer_version_are_left_out_until_it_is_read(address: str) -> None:
    home = build(address, MANY)
    old = home.open("words")
    build(address, [*MANY[5:], passage("Kurs 1000 zum Thema 3", "course-1000")])

    vector = np.zeros(256, np.float32)
    vector[0] = 1
    rows, _ = old.store.search(vector, 1000)

    assert sorted(rows.tolist()) == list(range(5, 300))
    assert isinstance(old.store, ReplicaStore)
    old.store.close()


def test_a_server_lost_and_found_under_load_loses_no_answer(
    own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.replica_store.RETRY_S", 0.2)
    home = build(own_server.new_database(), MANY)
    opened = home.open("words")
    retriever = Retriever(opened, WordEncoder())
    question = Query("Kurs 17 zum Thema 3")
    wanted = [hit.source for hit in retriever.search(question).hits]
    answers: list[list[str]] = []
    failures: list[Exception] = []
    done = Event()

    def ask() -> None:
        while not done.is_set():
            try:
                answers.append([hit.source for hit in retriever.search(question).hits])
            except Exception as error:  # whatever it is, a visitor would have met it
                failures.append(error)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    own_server.stop()
    lost_at = len(answers)
    time.sleep(0.7)
    found_at = len(answers)
    own_server.start()
    assert isinstance(opened.store, ReplicaStore)
    deadline = time.monotonic() + 20
    while not opened.store.asks_the_server and time.monotonic() < deadline:
        time.sleep(0.05)
    done.set()
    for thread in threads:
        thread.join()
    asked_again = opened.store.asks_the_server
    opened.store.close()

    assert failures == []
    assert found_at > lost_at + 10
    assert asked_again
    assert all(answer[0] == wanted[0] for answer in answers)
