"""Measures the served application under load: `assistant benchmark load`.

The server runs with its workers as an operator would start it, the client in a process of its own. Requests are sent at
a fixed rate whether or not answers come back, and each is timed from the moment it was due: a client that waits for a
slow answer before it asks again would hide how long others had to wait (coordinated omission, Tene 2013).
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from statistics import quantiles
from typing import Any

from rich.table import Table

from assistant.catalog import Catalog
from assistant.settings import Settings

HOST = "127.0.0.1"
CONNECTIONS = 400  # visitors at the same moment when they come at a rate; more than two workers let wait
VISITORS = 16  # … and when each asks again as soon as there is an answer
START_SECONDS = 180  # until the workers must be ready
RECOVERY_RATE = 50  # a second, right after an overload
REPEATED = 50  # different questions among the repeated ones: what people ask on a day like any other
MEMORY_REQUESTS = 100_000
DIFFERENT = 20


@dataclass(slots=True)
class Tally:
    """What came back, and after how many milliseconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)  # of answers with 200
    refused: list[float] = field(default_factory=list)  # of answers with 503
    retry_after: int = 0  # how many of these said when to come again
    seconds: float = 0.0

    def figures(self) -> dict[str, float]:
        """The tally as figures: a second, per cent, milliseconds."""
        answered, total = self.statuses[200], sum(self.statuses.values())
        return {
            "a second": round(answered / self.seconds, 1),
            "errors": total - answered - self.statuses[503],
            "503": self.statuses[503],
            **_percentiles(self.times),
        }


def measure(settings: Settings, workers: int, seconds: float, rate: float, repeated: float) -> dict[str, Any]:
    """Every scenario in one run against one server."""
    questions = example_questions(settings)
    with served(settings, workers) as (port, process):
        figures: dict[str, Any] = {}
        figures["HTTP alone"] = _far(port, (), 0, seconds).figures()
        figures["different, as many as go"] = _far(port, islice(questions, 20_000), 0, seconds).figures()
        capacity = figures["different, as many as go"]["a second"]
        figures[f"different, {rate:g} a second"] = _far(port, questions, rate, seconds).figures()
        again = cycle(list(islice(questions, REPEATED)))
        figures[f"repeated, {repeated:g} a second"] = _far(port, again, repeated, seconds).figures()
        rush = _far(port, questions, 3 * capacity, seconds)
        figures["three times too many"] = {**rush.figures(), "503 with Retry-After": rush.retry_after}
        figures["three times too many"] |= {f"503 {name}": ms for name, ms in _percentiles(rush.refused).items()}
        after = _far(port, questions, min(RECOVERY_RATE, capacity / 2), seconds / 2)
        figures["right after"] = after.figures()
        figures["memory MB"] = {"workers together": round(_memory(process.pid))}
    return figures


def measure_memory(settings: Settings, workers: int, requests: int = MEMORY_REQUESTS) -> dict[str, Any]:
    """Memory of all workers after each tenth of many requests, one in `DIFFERENT` of them never asked before."""
    questions = example_questions(settings)
    again = list(islice(questions, REPEATED))
    mixed = (again[at % REPEATED] if at % DIFFERENT else next(questions) for at in range(requests))
    with served(settings, workers) as (port, process):
        grown, errors = [], 0
        started = time.monotonic()
        for _ in range(10):
            tally = _far(port, islice(mixed, requests // 10), 0, 0)
            errors += sum(tally.statuses.values()) - tally.statuses[200]
            grown.append(round(_memory(process.pid)))
        return {"requests": requests, "errors": errors, "MB": grown, "seconds": round(time.monotonic() - started)}


def example_questions(settings: Settings) -> Iterator[str]:
    """Questions without end, no two alike: those of the offers and actors, then the same with a number."""
    catalog = Catalog.read(settings.content)
    texts = [question for offer in catalog.offers.values() for question in offer.questions]
    texts = list(
        dict.fromkeys([*texts, *(question for actor in catalog.actors.values() for question in actor.questions)])
    )
    at = 0
    while True:
        at += 1
        for text in texts:
            yield text if at == 1 else f"{text} ({at})"


@contextmanager
def served(settings: Settings, workers: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The application on a free port, ready; ended by SIGTERM."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("assistant")), "serve", "--port", str(port)]
    environment = {**os.environ, "LOTSE_RATE_LIMIT": "off", "LOTSE_LOG_FORMAT": "json", "LOTSE_VAR": str(settings.var)}
    journal = tempfile.TemporaryDirectory(prefix="lotse-load-")  # kept as when it is real, but nobody really asked
    environment["LOTSE_JOURNAL"] = str(Path(journal.name) / "journal.sqlite")
    process = subprocess.Popen(
        [*command, "--workers", str(workers)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(workers * 3):  # whichever worker takes the connection, it must be ready
            _wait_until_ready(port, process)
        yield port, process
    finally:
        process.terminate()
        process.wait(30)
        journal.cleanup()


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection((HOST, port), 1) as sock:
                sock.sendall(b"GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                if b" 200 " in sock.recv(64):
                    return
        except OSError:
            time.sleep(0.1)
    if process.poll() is not None:
        raise ChildProcessError(f"The server ended with {process.returncode} before it was ready. Run: assistant serve")
    raise TimeoutError(f"The server did not become ready within {START_SECONDS} seconds. Run: assistant serve")


def _far(port: int, questions: Any, rate: float, seconds: float) -> Tally:
    """Ask from a process of its own; without questions only `/health/live`, without seconds all questions there are."""
    wanted = int(rate * seconds) if rate else None
    asked = list(islice(questions, wanted)) if rate or questions else []
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(ask, (port, asked, rate, seconds))


def ask(port: int, questions: Sequence[str], rate: float, seconds: float) -> Tally:
    """Send at a rate, or, with none, as fast as answers come back."""
    import uvloop

    bodies = [json.dumps({"message": question, "language": "de"}).encode() for question in questions]
    requests = [_post(body) for body in bodies]
    alone = cycle([b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"])
    return uvloop.run(_asked(port, iter(requests) if requests else alone, rate, seconds))


def _post(body: bytes) -> bytes:
    head = "POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
    return f"{head}{len(body)}\r\n\r\n".encode() + body


async def _asked(port: int, requests: Iterator[bytes], rate: float, seconds: float) -> Tally:
    tally, lines = Tally(), asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]()
    for _ in range(CONNECTIONS if rate else VISITORS):
        lines.put_nowait(await asyncio.open_connection(HOST, port))
    started = time.perf_counter()
    until = started + seconds if seconds and not rate else float("inf")
    if rate:
        async with asyncio.TaskGroup() as tasks:
            for at, request in enumerate(requests):
                due = started + at / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                tasks.create_task(_once(lines, request, due, tally))
    else:

        async def visitor() -> None:
            while time.perf_counter() < until and (request := next(requests, None)):
                await _once(lines, request, time.perf_counter(), tally)

        await asyncio.gather(*(visitor() for _ in range(lines.qsize())))
    tally.seconds = time.perf_counter() - started
    return tally


async def _once(lines: asyncio.Queue[Any], request: bytes, due: float, tally: Tally) -> None:
    reader, writer = await lines.get()
    try:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        status = int(head[9:12])
    except (OSError, asyncio.IncompleteReadError, IndexError, ValueError):
        status, head = 0, b""
    lines.put_nowait((reader, writer))
    spent = (time.perf_counter() - due) * 1000
    tally.statuses[status] += 1
    if status == 200:
        tally.times.append(spent)
    elif status == 503:
        tally.refused.append(spent)
        tally.retry_after += b"retry-after:" in head


def _percentiles(times: Sequence[float]) -> dict[str, float]:
    if len(times) < 2:
        return {}
    cuts = quantiles(times, n=100)
    return {"median ms": round(cuts[49], 1), "p95 ms": round(cuts[94], 1), "p99 ms": round(cuts[98], 1)}


def _memory(pid: int) -> float:
    """Megabytes of a process and everything it started; of what they share each has its part (proc(5): Pss)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    told = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    own = next(int(line.split()[1]) for line in told if line.startswith("Pss:")) / 1024
    return own + sum(_memory(int(child)) for child in children)


def as_table(figures: Mapping[str, Mapping[str, object]]) -> Table:
    """The figures as a table."""
    table = Table("scenario", "figures")
    for scenario, row in figures.items():
        table.add_row(scenario, " · ".join(f"{name} {value}" for name, value in row.items()))
    return table
