"""A real PostgreSQL with pgvector for the tests, from the package pgserver: no root, no port, gone afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import pgserver as _pgserver
import psycopg

USER = "lotse"
pgserver: Any = _pgserver  # makes its functions at import: a type checker sees none of them


class Server:
    """One server; each database on it belongs to a user whom row-level security binds."""

    def __init__(self) -> None:
        # Not below pytest's own folder: only its user may enter that, and the server runs as another one.
        self._above = Path(mkdtemp(prefix="lotse-postgres-"))
        self._folder = self._above / "data"
        self._server = pgserver.get_server(self._folder, cleanup_mode="stop")
        self.admin_address = self._server.get_uri()
        with self._admin() as admin:
            admin.execute(f"CREATE ROLE {USER} LOGIN")

    def new_database(self, with_vector: bool = True) -> str:
        """The address of an empty database, as an operator would write it."""
        name = f"lotse_{uuid4().hex[:12]}"
        with self._admin() as admin:
            admin.execute(f"CREATE DATABASE {name} OWNER {USER}")
        address: str = self._server.get_uri(database=name)
        if with_vector:
            with psycopg.connect(address, autocommit=True) as admin:
                admin.execute("CREATE EXTENSION vector")
        return address.replace("postgres:@", f"{USER}@")

    def stop(self) -> None:
        """Go down as in a power cut."""
        pgserver.pg_ctl(["-m", "immediate", "-w", "stop"], pgdata=self._folder, user=self._server.system_user)

    def start(self) -> None:
        """Come back."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop for good."""
        self._server.cleanup()
        shutil.rmtree(self._above)

    def _admin(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.admin_address, autocommit=True)
