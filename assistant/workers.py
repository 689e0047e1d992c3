"""Keeps several worker processes of the server alive: one that ended is replaced at once, a silent one after a while.

uvicorn's own supervisor waits for a worker's sign as long as silence is allowed, deaf to signals and to the worker's
death meanwhile: short patience ends workers that are only starting on a busy machine, long patience replaces none.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from socket import socket

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

# Seconds without a sign before a worker is taken for dead: one that opens the index on a busy machine is not. Ended, it
# would begin anew, for ever, and break off whom it answers.
SILENT = 60.0
LISTEN = 0.2  # seconds that a sign is waited for at a time

log = structlog.get_logger()


class Workers(Multiprocess):
    """uvicorn's workers, watched without waiting."""

    def __init__(self, config: uvicorn.Config, sockets: Sequence[socket]) -> None:
        """Take what they serve, and on which sockets."""
        super().__init__(config, list(sockets))
        self.failed = False  # to start
        self._heard: dict[Process, float] = {}  # when each was heard last

    def run(self) -> None:
        """Serve until a signal. Raises SystemExit with uvicorn's code for it where a worker could not start."""
        super().run()
        if self.failed:
            raise SystemExit(STARTUP_FAILURE)

    def keep_subprocess_alive(self) -> None:
        """Replace who has ended or fallen silent; end all where one cannot start, as it never will."""
        for at, worker in enumerate(self.processes):
            if self.should_exit.is_set() or self.signal_queue:
                return
            if worker.process.is_alive() and self._lives(worker):
                continue
            worker.kill()
            worker.join()
            if worker.exitcode == STARTUP_FAILURE:
                log.error("a worker failed to start", advice="what it said stands above; the others end with it")
                self.failed = True
                self.should_exit.set()
                return
            log.warning("a worker ended and is replaced", exitcode=worker.exitcode)
            self.processes[at] = Process(self.config, self.sockets)
            self.processes[at].start()
        self._heard = {worker: heard for worker, heard in self._heard.items() if worker in self.processes}

    def _lives(self, worker: Process) -> bool:
        """Whether a worker gave a sign, or was not silent for long."""
        now = time.monotonic()
        if worker.ping(timeout=LISTEN):
            self._heard[worker] = now
        return now - self._heard.setdefault(worker, now) < SILENT
