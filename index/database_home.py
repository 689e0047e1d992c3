"""An index in PostgreSQL: a version becomes visible with its transaction, whole or not at all, while replicas read.

A process keeps what it has read as a snapshot and answers from it: always while the passages are few, and where the
server searches, whenever the server cannot be reached.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psycopg
from pgvector import Vector
from psycopg import IsolationLevel
from psycopg.types.json import Jsonb

from index.database import LOST, Session, connect, fill, locked, migrate
from index.encoder import Vectors
from index.faiss_store import new_snapshot
from index.home import FORMAT, MEND, Contents, IndexMissing, OpenIndex, check_about, open_parts, save_parts
from index.pgvector_store import GRAPH_FROM, PgvectorStore
from index.replica_store import ReplicaStore
from index.store import Rows, VectorSearch
from index.types import Passage

FETCHED = 5_000  # rows a round trip: some ten megabytes


class DatabaseHome:
    """The index of one Kreis in a database."""

    def __init__(self, address: str, kreis: str, in_memory: int) -> None:
        """Take the address, whose rows are seen, and up to how many passages a process searches itself."""
        self._address, self._kreis, self._in_memory = address, kreis, in_memory
        self._where = f"postgresql://{psycopg.conninfo.conninfo_to_dict(address).get('host', '')} ({kreis})"

    def version(self) -> str | None:
        """The version in force."""
        with self._session() as session:
            if not _has_tables(session):
                return None
            found = session.execute("SELECT version FROM lotse.indexes WHERE kreis = %s", [self._kreis]).fetchone()
        return str(found[0]) if found else None

    def open(self, encoder_name: str | None = None) -> OpenIndex:
        """Read the version in force, as it was at one moment. Raises IndexMissing."""
        with self._session() as session:
            if not _has_tables(session):
                raise IndexMissing(f"No index at {self._where}. {MEND}")
            session.isolation_level = IsolationLevel.REPEATABLE_READ
            with session.transaction():
                return self._read(session, encoder_name)

    def left(self, encoder_name: str | None = None) -> OpenIndex | None:
        """None: a transaction leaves nothing half done that another version would have to stand in for."""
        return None

    def write(self, contents: Contents) -> None:
        """Write what changed in one transaction; who reads meanwhile sees the version before."""
        with self._session() as session:
            migrate(session)
            with locked(session, f"write {self._kreis}"), session.transaction():
                store, before = self._write(session, contents)
            # Outside of the transaction, for neither may keep others waiting.
            store.drop_generations(before)
            if len(contents.passages) >= GRAPH_FROM and self._in_memory < len(contents.passages):
                store.build_graph()

    @contextmanager
    def only_one(self) -> Iterator[None]:
        """Let a second one who builds wait for the first, on whatever machine; the lock ends with its connection."""
        with self._session() as session, locked(session, f"build {self._kreis}"):
            yield

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            session = connect(self._address, self._kreis)
        except LOST as error:
            reason = str(error).strip().splitlines()[-1]
            raise IndexMissing(f"The database {self._where} cannot be reached ({reason}).") from error
        with session:
            yield session

    def _read(self, session: Session, encoder_name: str | None) -> OpenIndex:
        found = session.execute(
            "SELECT version, format, encoder, dimension, made_at, generation, ids FROM lotse.indexes WHERE kreis = %s",
            [self._kreis],
        ).fetchone()
        if not found:
            raise IndexMissing(f"No index at {self._where}. {MEND}")
        version, format, encoder, dimension, made_at, generation, given = found
        check_about(self._where, format, encoder, encoder_name)
        ids = np.array(given, np.int64)
        passages = _passages(session, self._kreis, ids)
        with TemporaryDirectory() as folder:
            for path, content in session.execute(
                "SELECT path, content FROM lotse.files WHERE kreis = %s", [self._kreis]
            ):
                (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / path).write_bytes(content)
            centering, lexical, classifier = open_parts(Path(folder), passages)
        few = len(ids) <= self._in_memory
        snapshot = _snapshot(session, self._kreis, generation, dimension, ids, compact=not few)
        if not len(passages) == snapshot.count() == lexical.size:
            raise IndexMissing(f"The index at {self._where} is not whole. {MEND}")
        return OpenIndex(
            version=str(version),
            made_at=made_at,
            encoder=encoder,
            passages=passages,
            vectors=partial(self._vectors, ids, dimension),
            centering=centering,
            store=snapshot if few else ReplicaStore(self._address, self._kreis, generation, dimension, ids, snapshot),
            lexical=lexical,
            classifier=classifier,
        )

    def _vectors(self, ids: Rows, dimension: int) -> Vectors:
        """The vectors as encoded, in the order of the ids. Raises IndexMissing when a newer version dropped some."""
        query = "SELECT id, encoded FROM lotse.passages WHERE kreis = %s"
        with self._session() as session, session.cursor(binary=True) as cursor:
            found = {id: vector.to_numpy() for id, vector in cursor.execute(query, [self._kreis])}
        try:
            return np.array([found[id] for id in ids.tolist()], np.float32).reshape(-1, dimension)
        except KeyError as error:
            raise IndexMissing(f"The index at {self._where} was changed meanwhile. {MEND}") from error

    def _write(self, session: Session, contents: Contents) -> tuple[PgvectorStore, int]:
        """Write within a transaction; gives the store, and the generation before which all can go."""
        digests = _digests(contents)
        known = _known(session, self._kreis)
        wanted = set(digests)
        gone = [id for digest, id in known.items() if digest not in wanted]
        session.execute("DELETE FROM lotse.passages WHERE kreis = %s AND id = ANY(%s)", [self._kreis, gone])
        _add_passages(session, self._kreis, contents, digests, known)
        now = _known(session, self._kreis)
        ids = [now[digest] for digest in digests]
        files = _files(contents)
        session.execute("DELETE FROM lotse.files WHERE kreis = %s", [self._kreis])
        for path, content in files.items():
            session.execute("INSERT INTO lotse.files VALUES (%s, %s, %s)", [self._kreis, path, content])
        means = hashlib.blake2b(files["means.npz"], digest_size=16).digest()
        generation, before = self._next_generation(session, means)
        dimension = contents.searched.shape[1]
        store = PgvectorStore(lambda: nullcontext(session), self._kreis, generation, dimension)
        if generation == before:
            store.remove(gone)
        added = [row for row, digest in enumerate(digests) if generation != before or digest not in known]
        store.add([ids[row] for row in added], contents.searched[added])
        values = (FORMAT, contents.encoder, dimension, contents.made_at, generation, means, ids)
        self._put_in_force(session, values)
        return store, before

    def _put_in_force(self, session: Session, values: Sequence[object]) -> None:
        """Count one version on; it is visible when the transaction ends."""
        session.execute(
            "INSERT INTO lotse.indexes (kreis, version, format, encoder, dimension, made_at, generation, means, ids) "
            "VALUES (%s, 1, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (kreis) DO UPDATE SET "
            "(version, format, encoder, dimension, made_at, generation, means, ids) = (indexes.version + 1, "
            "excluded.format, excluded.encoder, excluded.dimension, excluded.made_at, excluded.generation, "
            "excluded.means, excluded.ids)",
            [self._kreis, *values],
        )

    def _next_generation(self, session: Session, means: bytes) -> tuple[int, int]:
        """The generation of vectors centred with these means, and the one in force until now."""
        query = "SELECT generation, means FROM lotse.indexes WHERE kreis = %s"
        generation, old_means = session.execute(query, [self._kreis]).fetchone() or (0, b"")
        return (generation if old_means == means else generation + 1), generation


def _has_tables(session: Session) -> bool:
    (found,) = session.execute("SELECT to_regclass('lotse.indexes')").fetchone() or (None,)
    return found is not None


def _passages(session: Session, kreis: str, ids: Rows) -> tuple[Passage, ...]:
    found: dict[int, Passage] = {}
    with session.cursor(name="passages") as cursor:
        cursor.itersize = FETCHED
        cursor.execute("SELECT id, passage FROM lotse.passages WHERE kreis = %s", [kreis])
        found |= {id: Passage(**values) for id, values in cursor}
    return tuple(found[id] for id in ids.tolist())


def _snapshot(session: Session, kreis: str, generation: int, dimension: int, ids: Rows, compact: bool) -> VectorSearch:
    """The vectors in this process, under the rows of this version."""
    row_of = {id: row for row, id in enumerate(ids.tolist())}
    store = new_snapshot(dimension, compact)
    with session.cursor(name="vectors", binary=True) as cursor:
        cursor.execute(
            "SELECT row, vector FROM lotse.vectors WHERE kreis = %s AND generation = %s", [kreis, generation]
        )
        while batch := cursor.fetchmany(FETCHED):
            kept = [(row_of[id], vector.to_numpy()) for id, vector in batch if id in row_of]
            store.add([row for row, _ in kept], np.array([vector for _, vector in kept], np.float32))
    return store


def _digests(contents: Contents) -> list[bytes]:
    """What tells a passage from all others: what it holds, who encoded it, and which of several alike it is."""
    seen: Counter[str] = Counter()
    digests = []
    for passage in contents.passages:
        text = json.dumps([contents.encoder, asdict(passage)], sort_keys=True)
        digests.append(hashlib.blake2b(f"{seen[text]}\0{text}".encode(), digest_size=16).digest())
        seen[text] += 1
    return digests


def _known(session: Session, kreis: str) -> dict[bytes, int]:
    return dict(session.execute("SELECT digest, id FROM lotse.passages WHERE kreis = %s", [kreis]).fetchall())


def _add_passages(
    session: Session, kreis: str, contents: Contents, digests: Sequence[bytes], known: Container[bytes]
) -> None:
    columns = {"kreis": "text", "digest": "bytea", "passage": "jsonb", "encoded": "vector"}
    given = zip(digests, contents.passages, contents.vectors, strict=True)
    new = ((kreis, digest, Jsonb(asdict(p)), Vector(vector)) for digest, p, vector in given if digest not in known)
    fill(session, "passages", columns, new)


def _files(contents: Contents) -> dict[str, bytes]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        save_parts(folder, contents)
        return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
