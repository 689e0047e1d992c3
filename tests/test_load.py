"""The load client counts every answer, times it from the moment it was due, and never asks the same twice."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from itertools import islice

import pytest

from assistant.load import Tally, ask, example_questions
from assistant.settings import Settings

SLOW = 0.05


class Desk(socketserver.StreamRequestHandler):
    """A server with one answer for each word: `voll` is refused, `langsam` takes its time, `weg` closes."""

    def handle(self) -> None:
        while head := self._head():
            length = next((int(line.split(":")[1]) for line in head if line.lower().startswith("content-length")), 0)
            body = self.rfile.read(length).decode()
            if "weg" in body:
                return
            if "langsam" in body:
                time.sleep(SLOW)
            status = "503 Busy\r\nRetry-After: 2" if "voll" in body else "200 OK"
            self.wfile.write(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok".encode())

    def _head(self) -> list[str]:
        lines: list[str] = []
        while line := self.rfile.readline().decode().strip():
            lines.append(line)
        return lines


@pytest.fixture
def port() -> Iterator[int]:
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 500

    with Server(("127.0.0.1", 0), Desk) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_every_answer_is_counted_by_its_status(port: int) -> None:
    tally = ask(port, ["gut", "voll", "gut", "langsam"], 0, 0)
    assert (dict(tally.statuses), tally.retry_after, len(tally.times)) == ({200: 3, 503: 1}, 1, 3)
    assert max(tally.times) >= SLOW * 1000
    figures = tally.figures()
    assert (figures["errors"], figures["503"]) == (0, 1)


def test_an_answer_that_never_comes_is_an_error(port: int) -> None:
    assert ask(port, ["weg"], 0, 0).figures()["errors"] == 1


def test_at_a_rate_every_question_is_sent_and_none_before_its_time(port: int) -> None:
    started = time.perf_counter()
    tally = ask(port, ["gut"] * 20, 100, 0.2)
    assert sum(tally.statuses.values()) == 20
    assert time.perf_counter() - started >= 19 / 100


def test_without_questions_the_server_alone_is_asked_until_the_time_is_over(port: int) -> None:
    assert ask(port, [], 0, 0.1).statuses[200] > 10


def test_no_two_questions_are_alike() -> None:
    asked = list(islice(example_questions(Settings()), 20_000))
    assert len(set(asked)) == len(asked)


def test_figures_of_nothing_are_no_percentiles() -> None:
    assert "p95 ms" not in Tally(seconds=1.0).figures()
