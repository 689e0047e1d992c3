"""Measures how the vector stores grow: FAISS and pgvector, exactly, by codes first and through a graph, side by side.

The vectors come from `scale_data`. What was built is kept, since a graph of a million takes most of an hour.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from assistant.house import index_home, serving_encoder
from assistant.scale_data import composed_vectors, grown
from assistant.settings import Settings
from index.build import centered
from index.database import Session, connect, migrate
from index.encoder import Vectors
from index.faiss_store import FaissStore, FlatStore, GraphStore, open_faiss_store
from index.home import OpenIndex
from index.pgvector_store import PgvectorStore
from index.pooling import QUESTION
from index.retriever import SHORTLIST
from index.store import VectorStore

SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUESTIONS = 300  # real example questions; their texts are in no index measured here
EXACT_QUESTIONS = 30  # an exact search in the database of many passages takes too long for more
NEAREST = 10
CHANGED = 0.01  # share of an update
CHUNK = 20_000  # vectors handed over at once
KREIS = "scale"
MEGABYTE = 1024 * 1024


NEW_FAISS: Mapping[str, Callable[[int], FaissStore]] = {
    "FAISS exact": FlatStore.empty,
    "FAISS codes": FlatStore.halved,
    "FAISS graph": GraphStore.empty,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One store at one size; CPU seconds, megabytes, milliseconds."""

    store: str
    passages: int
    build_s: float
    update_s: float | None
    memory_mb: float
    p50_ms: float
    p95_ms: float
    shortlist_p95_ms: float  # of the list the retriever asks for, instead of the ten nearest
    recall: float  # of the ten nearest


@dataclass(frozen=True, slots=True)
class Task:
    """What is searched and what should be found, rows by question."""

    vectors: Vectors
    questions: Vectors
    wanted: NDArray[np.int64]


def scale(settings: Settings, folder: Path, database: str | None, sizes: Sequence[int] = SIZES) -> list[Measured]:
    """Build what is not kept in `folder` and `database` yet, then measure every store at every size.

    Without a database FAISS alone.
    """
    index = index_home(settings).open()
    composed = composed_vectors(folder, index.passages, serving_encoder(settings))
    vectors, questions = real_vectors(index, composed)
    measured: list[Measured] = []
    for size in sizes:
        task = make_task(grown(vectors, size), questions)
        measured += measure_faiss(task, folder)
        if database:
            with connect(database, KREIS) as session:
                measured += measure_pgvector(task, folder, session)
    return measured


def real_vectors(index: OpenIndex, composed: Vectors) -> tuple[Vectors, Vectors]:
    """Centred vectors of composed texts and of the content's example questions, in mixed order; and some of these
    questions to be asked, which are left out of the others: as in the real index, a question's nearest are questions.
    """
    drawn = np.random.default_rng(1)
    rows = np.array([row for row, passage in enumerate(index.passages) if passage.kind == QUESTION])
    drawn.shuffle(rows)
    questions = centered([index.passages[row] for row in rows], index.vectors()[rows], index.centering)
    kept = np.concatenate([questions[QUESTIONS:], index.centering.center_passages(composed)])
    return kept[drawn.permutation(len(kept))], questions[:QUESTIONS]


def make_task(vectors: Vectors, questions: Vectors) -> Task:
    """A task with the truly nearest rows, by comparing with every vector."""
    best: list[NDArray[np.int64]] = []
    for question in np.array_split(questions, 30):
        cosines = question @ vectors.T
        nearest = np.argpartition(-cosines, NEAREST, axis=1)[:, :NEAREST]
        best.append(nearest.astype(np.int64))
    return Task(vectors, questions, np.concatenate(best))


def measure_faiss(task: Task, folder: Path) -> Iterable[Measured]:
    """FAISS at the size of the task, each kind of store; building and changing include writing, which makes codes."""
    size, dimension = task.vectors.shape
    for name, new in NEW_FAISS.items():
        kept = folder / f"{name.replace(' ', '-').lower()}-{size}"
        if not kept.exists():
            made: FaissStore = new(dimension)
            filled = _cpu(partial(_fill, made, task.vectors))
            _note(kept, filled + _cpu(partial(made.save, kept)))
            del made
        store = open_faiss_store(kept, changeable=True)
        files = [kept, *folder.glob(f"{kept.name}.*")]
        memory = sum(file.stat().st_size for file in files) / MEGABYTE  # all of it is read
        searched = _search(store, task, QUESTIONS)
        update = _cpu(partial(_change, store, task.vectors)) + _cpu(partial(store.save, folder / "changed"))
        yield Measured(name, size, _noted(kept), update, memory, *searched)


def measure_pgvector(task: Task, folder: Path, session: Session) -> Iterable[Measured]:
    """The same rows searched by pgvector."""
    migrate(session)
    size, dimension = task.vectors.shape
    store = PgvectorStore(lambda: nullcontext(session), KREIS, size, dimension)
    kept = folder / f"pgvector-{size}"
    if store.count() != size:
        session.execute("DELETE FROM lotse.vectors WHERE generation = %s", [size])
        _note(kept, _server_cpu(session, partial(_fill, store, task.vectors)))
    if not store.has_graph():
        # One process, so that a CPU second means the same as for FAISS.
        session.execute("SET max_parallel_maintenance_workers = 0")
        _note(kept.with_name(f"{kept.name}-graph"), _server_cpu(session, store.build_graph))
    filled, graph = _noted(kept), _noted(kept.with_name(f"{kept.name}-graph"))
    rows_mb, graph_mb = _server_memory(session, store, size)
    store.exact = True
    few = QUESTIONS if size <= 10 * CHUNK else EXACT_QUESTIONS
    yield Measured("pgvector exact", size, filled, None, rows_mb, *_search(store, task, few))
    store.exact = False
    searched = _search(store, task, QUESTIONS)
    update = _server_cpu(session, partial(_change, store, task.vectors))
    yield Measured("pgvector graph", size, filled + graph, update, rows_mb + graph_mb, *searched)


def _fill(store: VectorStore, vectors: Vectors) -> None:
    for start in range(0, len(vectors), CHUNK):
        chunk = vectors[start : start + CHUNK]
        store.add(range(start, start + len(chunk)), chunk)


def _change(store: VectorStore, vectors: Vectors) -> None:
    """Write one passage in a hundred anew."""
    rows = np.arange(0, len(vectors), round(1 / CHANGED))
    store.add(rows.tolist(), vectors[rows])


def _search(store: VectorStore, task: Task, questions: int) -> tuple[float, float, float, float]:
    """Median and p95 of the ten nearest, p95 of a shortlist, recall of the ten."""
    for question in task.questions[:20]:  # what is read late is read
        store.search(question, NEAREST)
    times, shortlists, found = [], [], 0
    for question, wanted in zip(task.questions[:questions], task.wanted, strict=False):
        started = time.perf_counter()
        rows, _ = store.search(question, NEAREST)
        times.append((time.perf_counter() - started) * 1000)
        found += len(np.intersect1d(rows, wanted))
    for question in task.questions[:EXACT_QUESTIONS]:
        started = time.perf_counter()
        store.search(question, SHORTLIST)
        shortlists.append((time.perf_counter() - started) * 1000)
    recall = found / (NEAREST * len(times))
    return median(times), quantiles(times, n=20)[-1], quantiles(shortlists, n=20)[-1], recall


def _cpu(work: Callable[[], object]) -> float:
    """CPU seconds: what a waiting or busy machine adds is left out."""
    started = time.process_time()
    work()
    return time.process_time() - started


def _server_cpu(session: Session, work: Callable[[], object]) -> float:
    """CPU seconds of the server's process and of ours."""
    before = _used_by(session.info.backend_pid)
    return _cpu(work) + _used_by(session.info.backend_pid) - before


def _used_by(process: int) -> float:
    """CPU seconds of a process of this machine (proc(5): fields 14 and 15, in ticks)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _server_memory(session: Session, store: PgvectorStore, size: int) -> tuple[float, float]:
    """Megabytes of the rows and of their graph, as they lie on disk and in the server's cache."""
    rows = session.execute(
        "SELECT pg_table_size('lotse.vectors') * (%s::float / count(*)) FROM lotse.vectors", [size]
    ).fetchone()
    graph = session.execute("SELECT pg_relation_size(to_regclass(%s))", [store.graph_name]).fetchone()
    return float((rows or (0,))[0]) / MEGABYTE, float((graph or (0,))[0]) / MEGABYTE


def _note(kept: Path, seconds: float) -> None:
    kept.with_suffix(".seconds").write_text(json.dumps(seconds))


def _noted(kept: Path) -> float:
    return float(json.loads(kept.with_suffix(".seconds").read_text()))


def write_report(measured: Sequence[Measured], folder: Path, draw: bool = True) -> None:
    """The figures as JSON and as a plot, in the place of earlier ones of the same store and size."""
    file = folder / "scale.json"
    before = [Measured(**row) for row in json.loads(file.read_text())] if file.exists() else []
    newest = {(row.passages, row.store): row for row in (*before, *measured)}
    together = [newest[key] for key in sorted(newest)]
    rows = [{key: _rounded(value) for key, value in asdict(row).items()} for row in together]
    file.write_text(json.dumps(rows, indent=1) + "\n")
    if draw:
        _plot(together, folder / "scale.svg")


def _rounded(value: object) -> object:
    return float(f"{value:.3g}") if isinstance(value, float) else value


def as_table(measured: Sequence[Measured]) -> Table:
    """The figures as a table."""
    names = ("build CPU s", "update 1 % CPU s", "memory MB", "p50 ms", "p95 ms", f"p95 ms of {SHORTLIST}", "recall@10")
    table = Table("store", "passages", *names)
    for row in measured:
        figures: Mapping[str, object] = asdict(row)
        table.add_row(*["–" if value is None else str(_rounded(value)) for value in figures.values()])
    return table


def _plot(measured: Sequence[Measured], file: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    figure, (time_axis, recall_axis) = pyplot.subplots(1, 2, figsize=(10, 4))
    for store in dict.fromkeys(row.store for row in measured):
        rows = [row for row in measured if row.store == store]
        sizes = [row.passages for row in rows]
        time_axis.plot(sizes, [row.p95_ms for row in rows], marker="o", label=store)
        recall_axis.plot(sizes, [row.recall for row in rows], marker="o", label=store)
    time_axis.set(xscale="log", yscale="log", xlabel="passages", ylabel="p95 of a search, ms")
    recall_axis.set(xscale="log", xlabel="passages", ylabel="recall@10", ylim=(0.9, 1.005))
    time_axis.legend()
    figure.tight_layout()
    figure.savefig(file)
