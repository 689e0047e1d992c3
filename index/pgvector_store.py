"""Vectors in PostgreSQL with pgvector: exact while there are few, through a graph (HNSW) where there are many.

What a version of an index is made of beside its vectors is kept by `database_home`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from pgvector import Vector
from psycopg import sql

from index.database import Session, fill
from index.encoder import Vectors
from index.store import Cosines, Rows

GRAPH_FROM = 20_000  # rows; an exact search of 10,000 takes the server 22 ms (benchmarks/scale.md, 2026-11)
LINKS = 16
BUILD_BREADTH = 64
SEARCH_BREADTH = 100  # recall@10 .987 with 100,000 rows, .900 with a million; there 800 give .982 (14 ms)
BROADER_FROM = 100_000  # rows
LOOK_AGAIN_S = 30  # a graph is made after its version is in force: minutes later for a million vectors
MOST_BREADTH = 1000  # pgvector's own limit, and so the most that come through a graph

Sessions = Callable[[], AbstractContextManager[Session]]  # a pool's `connection`, or one connection again and again


class PgvectorStore:
    """The vectors of one Kreis and one generation: those that were centred alike."""

    def __init__(self, sessions: Sessions, kreis: str, generation: int, dimension: int) -> None:
        """Take where connections come from, and whose vectors of which length these are."""
        self.sessions = sessions
        self._mine = sql.SQL("kreis = {} AND generation = {}").format(kreis, generation)
        self.kreis, self.generation = kreis, generation
        # Tables hold vectors of any length, a graph those of one: the cast is what the graph's index is made on.
        # A query without it cannot use the graph, which is how an exact search is asked for.
        self._cast = sql.SQL("vector::vector({})").format(dimension)
        self._graph = sql.Identifier(f"graph_{kreis}_{generation}")
        self.graph_name = f'lotse."graph_{kreis}_{generation}"'
        self.breadth = SEARCH_BREADTH  # until the graph tells how many rows it has
        self.exact = False  # never through the graph, for comparing
        self._has_graph, self._look_again = False, 0.0

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Keep vectors under these row numbers; a row kept before is replaced."""
        columns = {"kreis": "text", "generation": "int8", "row": "int8", "vector": "vector"}
        numbered = zip(_plain(rows), vectors, strict=True)
        with self.sessions() as session, session.transaction():
            self.remove_in(session, rows)
            given = ((self.kreis, self.generation, row, Vector(vector)) for row, vector in numbered)
            fill(session, "vectors", columns, given)

    def remove(self, rows: Sequence[int]) -> None:
        """Forget these rows."""
        with self.sessions() as session:
            self.remove_in(session, rows)

    def remove_in(self, session: Session, rows: Sequence[int]) -> None:
        """Forget these rows as a part of a session's transaction."""
        delete = sql.SQL("DELETE FROM lotse.vectors WHERE {} AND row = ANY(%s)").format(self._mine)
        session.execute(delete, [_plain(rows)])

    def search(self, vector: NDArray[np.float32], limit: int, among: Rows | None = None) -> tuple[Rows, Cosines]:
        """The nearest rows and their cosines, best first; exact where only some rows are allowed."""
        if among is not None and not len(among):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        through_graph = among is None and not self.exact and self.has_graph()
        with self.sessions() as session, session.transaction(), session.cursor(binary=True) as cursor:
            if through_graph:
                breadth = min(max(self.breadth, limit), MOST_BREADTH)
                cursor.execute(sql.SQL("SET LOCAL hnsw.ef_search = {}").format(breadth))
            # `<#>` is the inner product with its sign turned, for an index can only sort upwards; turned back it is the
            # cosine of unit vectors.
            query = sql.SQL(
                "SELECT row, -({column} <#> %(asked)s) FROM lotse.vectors WHERE {mine} {among} "
                "ORDER BY {column} <#> %(asked)s LIMIT %(limit)s"
            ).format(
                column=self._cast if through_graph else sql.SQL("vector"),
                mine=self._mine,
                among=sql.SQL("" if among is None else "AND row = ANY(%(among)s)"),
            )
            values = {"asked": Vector(vector), "limit": limit, "among": None if among is None else _plain(among)}
            found = cursor.execute(query, values).fetchall()
        return np.array([row for row, _ in found], np.int64), np.array([cosine for _, cosine in found], np.float32)

    def count(self) -> int:
        """How many rows are kept."""
        with self.sessions() as session:
            query = sql.SQL("SELECT count(*) FROM lotse.vectors WHERE {}").format(self._mine)
            (count,) = session.execute(query).fetchone() or (0,)
        return int(count)

    def has_graph(self) -> bool:
        """Whether there is a finished graph over these vectors; looked up again now and then until there is."""
        if not self._has_graph and monotonic() >= self._look_again:
            query = (
                "SELECT indisvalid, reltuples FROM pg_index JOIN pg_class ON oid = indexrelid "
                "WHERE indexrelid = to_regclass(%s)"
            )
            with self.sessions() as session:
                found = session.execute(query, [self.graph_name]).fetchone()
            self._has_graph = bool(found and found[0])
            self.breadth = search_breadth(max(0, int(found[1]))) if found else SEARCH_BREADTH
            self._look_again = monotonic() + LOOK_AGAIN_S
        return self._has_graph

    def build_graph(self) -> None:
        """Make the graph of these vectors while others read and write; what a process that died left is made anew."""
        with self.sessions() as session:
            if not self.has_graph():
                session.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS lotse.{}").format(self._graph))
                session.execute(
                    sql.SQL(
                        "CREATE INDEX CONCURRENTLY {} ON lotse.vectors USING hnsw (({}) vector_ip_ops) "
                        "WITH (m = {}, ef_construction = {}) WHERE {}"
                    ).format(self._graph, self._cast, LINKS, BUILD_BREADTH, self._mine)
                )
        self._has_graph, self._look_again = False, 0.0  # looked up again, for its size

    def drop_generations(self, before: int) -> None:
        """Forget all generations before this one, with their graphs."""
        with self.sessions() as session:
            session.execute("DELETE FROM lotse.vectors WHERE kreis = %s AND generation < %s", [self.kreis, before])
            graphs = session.execute(
                "SELECT indexname FROM pg_indexes WHERE schemaname = 'lotse' AND indexname ~ %s",
                [f"^graph_{self.kreis}_[0-9]+$"],
            )
            for (name,) in graphs.fetchall():
                if int(name.rpartition("_")[2]) < before:
                    session.execute(sql.SQL("DROP INDEX CONCURRENTLY lotse.{}").format(sql.Identifier(name)))


def _plain(rows: Iterable[int]) -> list[int]:
    return [int(row) for row in rows]


def search_breadth(rows: int) -> int:
    """How many candidates a search through a graph of so many rows keeps; its own limit is at 1.3 million."""
    broader: float = SEARCH_BREADTH * (rows / BROADER_FROM) ** 0.9
    return max(SEARCH_BREADTH, min(MOST_BREADTH, round(broader)))
