"""Nobody holds a connection open by never saying what they want, nor fills memory with headers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from assistant.body import Body
from assistant.connection import Connection

HEAD = b"GET / HTTP/1.1\r\nHost: lotse.example\r\n"


@contextmanager
def served(app: ASGIApp) -> Iterator[int]:
    """The port on which an application is served through such connections."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=Connection, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(PlainTextResponse("ok")) as port:
        yield port


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.connection.HEAD_SECONDS", 0.2)


def opened(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.settimeout(5)
    return connection


def asked(connection: socket.socket, request: bytes = HEAD + b"\r\n") -> bytes:
    """The first line of the answer; nothing where the connection is closed."""
    connection.sendall(request)
    return connection.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize("beginning", [b"", b"GET", HEAD, HEAD + b"X-Long: a"])
def test_who_never_finishes_is_shown_out(port: int, impatient: None, beginning: bytes) -> None:
    with opened(port) as connection:
        assert asked(connection, beginning) == b""


def test_who_trickles_header_after_header_is_shown_out(port: int, impatient: None) -> None:
    with opened(port) as connection:
        began = time.monotonic()
        with suppress(OSError):
            for _ in range(100):
                connection.sendall(b"GET / HTTP/1.1\r\n" if _ == 0 else b"X-A: b\r\n")
                time.sleep(0.02)
                connection.setblocking(False)
                with suppress(BlockingIOError):
                    if connection.recv(10) == b"":
                        break
                connection.setblocking(True)
        assert time.monotonic() - began < 1.5


def test_headers_without_end_are_refused(port: int) -> None:
    sent = 0
    with opened(port) as connection, suppress(OSError):
        connection.sendall(HEAD + b"X-Long: ")
        for _ in range(10_000):
            connection.sendall(b"x" * 1000)
            sent += 1000
    assert sent < 10_000_000


def test_the_refusal_is_a_problem(port: int) -> None:
    with opened(port) as connection:
        assert asked(connection, HEAD + b"X-Long: " + b"x" * 33_000) == b"HTTP/1.1 431 Request Header Fields Too Large"


@pytest.mark.parametrize("request_line", [b"\x16\x03\x01 hello", b"GET / HTTP/1.1\r\nbad header\r\n\r\n"])
def test_what_is_no_request_is_a_problem(port: int, request_line: bytes) -> None:
    with opened(port) as connection:
        assert asked(connection, request_line) == b"HTTP/1.1 400 Bad Request"


def test_an_ordinary_visitor_keeps_the_connection(port: int, impatient: None) -> None:
    """A pause between two requests is uvicorn's to bound, and a long one after another is no long header."""
    long = HEAD + b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n"
    with opened(port) as connection:
        first = asked(connection)
        time.sleep(0.4)
        assert [first, asked(connection, long), asked(connection, long)] == [b"HTTP/1.1 200 OK"] * 3


@pytest.mark.parametrize("more", [b"", b"Expect: 100-continue\r\n"])
def test_who_sends_too_much_still_reads_the_answer(more: bytes) -> None:
    app = Body(PlainTextResponse("ok"), 1000)
    with served(app) as port, opened(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: lotse.example\r\nContent-Length: 8000000\r\n" + more + b"\r\n")
        if not more:
            connection.sendall(b"x" * 8_000_000)
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
