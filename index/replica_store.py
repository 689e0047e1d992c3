"""Searches in the database, and in this process's own snapshot while the database cannot be reached."""

from __future__ import annotations

import logging
from threading import Lock
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from psycopg_pool import ConnectionPool, PoolTimeout

from index.database import LOST, Session, conninfo, prepare
from index.pgvector_store import PgvectorStore
from index.store import Cosines, Rows, VectorSearch

CONNECTIONS = 8  # more questions at once than two cores can search
WAIT_S = 0.5  # for a free connection; who waits longer is answered from the snapshot
SLOW_MS = 1000  # an answer from the database that takes longer is given up for the snapshot's
RETRY_S = 5.0  # after a failure the snapshot answers this long, so that not every question has to wait first

log = logging.getLogger(__name__)


class ReplicaStore:
    """One version's rows: found by the server while it is there, by the snapshot while it is not."""

    def __init__(
        self, address: str, kreis: str, generation: int, dimension: int, ids: Rows, snapshot: VectorSearch
    ) -> None:
        """Take where the server is, whose vectors it shall search, and the id of each of this version's rows."""
        self._address, self._kreis = address, kreis
        self._pool = self._new_pool()
        self._server = PgvectorStore(lambda: self._pool.connection(), kreis, generation, dimension)
        self._snapshot = snapshot
        self._ids = ids
        self._order = np.argsort(ids)  # ids come in the order of passages, which is not always that of their making
        self._retry_at = 0.0
        self._changing = Lock()
        self.asks_the_server = True

    def search(self, vector: NDArray[np.float32], limit: int, among: Rows | None = None) -> tuple[Rows, Cosines]:
        """The nearest rows and their cosines, best first."""
        if monotonic() >= self._retry_at:
            pool = self._pool
            try:
                found = self._rows(*self._server.search(vector, limit, None if among is None else self._ids[among]))
            except (*LOST, PoolTimeout) as error:
                self._give_up(pool, error)
            else:
                self.asks_the_server = True
                return found
        return self._snapshot.search(vector, limit, among)

    def count(self) -> int:
        """How many rows this version has."""
        return self._snapshot.count()

    def close(self) -> None:
        """Give the connections back; the snapshot still answers."""
        self._pool.close()

    def _give_up(self, pool: ConnectionPool[Session], error: Exception) -> None:
        """Leave the server alone for a while; its connections are all as dead as this one, so new ones are made."""
        with self._changing:
            self._retry_at = monotonic() + RETRY_S
            self.asks_the_server = False
            if pool is not self._pool:
                return  # another question has just seen to it
            log.warning("database lost (%s): the snapshot answers", type(error).__name__)
            self._pool = self._new_pool()
        pool.close(timeout=0)

    def _new_pool(self) -> ConnectionPool[Session]:
        return ConnectionPool(
            conninfo(self._address),
            kwargs={"autocommit": True},
            configure=lambda session: _prepare(session, self._kreis),
            min_size=1,
            max_size=CONNECTIONS,
            timeout=WAIT_S,
            open=True,
        )

    def _rows(self, ids: Rows, cosines: Cosines) -> tuple[Rows, Cosines]:
        """This version's rows; what a newer one has added is left out until it is read."""
        at = np.searchsorted(self._ids, ids, sorter=self._order)
        rows = self._order[np.minimum(at, len(self._order) - 1)]
        known = self._ids[rows] == ids
        return rows[known], cosines[known]


def _prepare(session: Session, kreis: str) -> None:
    prepare(session, kreis)
    session.execute(f"SET statement_timeout = {SLOW_MS}")
