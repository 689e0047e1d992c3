"""Real processes, really killed, real disks, really full: the visitor still gets an answer, the operator a sentence."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from assistant.catalog import Catalog
from assistant.settings import ROOT
from assistant.workers import SILENT
from index.build import build_index, open_index
from tests.conftest import WordEncoder, passage
from tests.house import as_file, content_folder, offer, write

ASSISTANT = Path(sys.executable).with_name("assistant")
CRISIS = "Ich will nicht mehr leben"
READY_SECONDS = 180  # two servers beside a whole test run
ENDED_SECONDS = 120  # draining alone may take twenty

# What `assistant index` does in the end, over and over, with an encoder that needs no model.
INDEXING = """
import sys
from pathlib import Path
from index.build import build_index
from tests.conftest import WordEncoder, passage
round = 0
print("started", flush=True)
while True:
    round += 1
    build_index(Path(sys.argv[1]), [passage(f"Angebot {n} {round}", f"o{n}") for n in range(40)], WordEncoder(), {})
"""


class Server:
    """A served small house: a process of its own, without a model, so that it searches by words."""

    def __init__(self, folder: Path, workers: int = 1, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        settings = {"CONTENT": folder / "content", "VAR": folder / "var", "RELOAD_SECONDS": "0.1", "LOG_FORMAT": "json"}
        self.log = folder / "log"
        self.process = subprocess.Popen(
            [ASSISTANT, "serve", "--port", str(self.port), "--workers", str(workers)],
            env=os.environ
            | {"PYTHONPATH": str(ROOT)}
            | {f"LOTSE_{name}": str(value) for name, value in settings.items()}
            | environment,
            stdout=subprocess.DEVNULL,
            stderr=self.log.open("w"),
            start_new_session=True,  # so that its workers can be ended with it
        )

    def kill(self) -> None:
        """End it with all its workers, at once."""
        with suppress(ProcessLookupError):  # it has ended already
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, message: str) -> tuple[int, str]:
        """The status and the outcome of a message."""
        body = json.dumps({"message": message})
        status, said = self.call("POST", "/api/chat", body)
        return status, json.loads(said).get("outcome", "")

    def ready(self) -> dict[str, object]:
        """What the operator reads."""
        said: dict[str, object] = json.loads(self.call("GET", "/health/ready")[1])
        return said

    def call(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {"content-type": "application/json"} if body else {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + READY_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                self.call("GET", "/health/live")
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"did not start: {self.log.read_text()}")


@contextmanager
def served(folder: Path, workers: int = 1, **environment: str) -> Iterator[Server]:
    """A server that answers, ended at the end."""
    server = Server(folder, workers, **environment)
    try:
        server.wait()
        yield server
    finally:
        server.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content_folder(tmp_path / "content")
    return tmp_path


def until(true: object, seconds: float = 180) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)


# --- killed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.35, 0.5, 0.8])
def test_indexing_killed_at_any_moment_leaves_a_whole_index(tmp_path: Path, seconds: float) -> None:
    build_index(tmp_path, [passage("Anfang")], WordEncoder(), {})
    process = subprocess.Popen([sys.executable, "-c", INDEXING, tmp_path], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    opened = open_index(tmp_path)
    assert len(opened.passages) == len(opened.vectors())
    report = build_index(tmp_path, [passage("Danach")], WordEncoder(), {})
    assert (report.encoded, [p.text for p in open_index(tmp_path).passages]) == (1, ["Danach"])
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) <= 2


def workers_of(server: Server) -> list[int]:
    """The processes that answer for a server."""
    known = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in known if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.parametrize("silent", [False, True])
def test_a_killed_worker_is_replaced_at_once(folder: Path, silent: bool) -> None:
    """Even one that owed its supervisor a sign when it was killed."""
    with served(folder, workers=2) as server:
        first = workers_of(server)
        if silent:
            os.kill(first[0], signal.SIGSTOP)
            time.sleep(1.5)  # long enough to be asked for a sign
        os.kill(first[0], signal.SIGKILL)
        until(lambda: len(set(workers_of(server)) - {first[0]}) == len(first), SILENT / 2)
        until(lambda: all(server.ask("Umschulung")[0] == 200 for _ in range(5)))


def test_a_server_asked_to_end_waits_for_no_sign_of_a_silent_worker(folder: Path) -> None:
    with served(folder, workers=2) as server:
        [silent, *_] = workers_of(server)
        os.kill(silent, signal.SIGSTOP)
        time.sleep(1.5)
        server.process.terminate()
        until(lambda: len(workers_of(server)) == 1, SILENT / 2)
        os.kill(silent, signal.SIGCONT)
        assert server.process.wait(ENDED_SECONDS) == 0


def test_sigterm_lets_what_is_in_flight_finish_and_takes_nothing_new(folder: Path) -> None:
    body = json.dumps({"message": "Umschulung"}).encode()
    head = (
        f"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with served(folder) as server, socket.create_connection(("127.0.0.1", server.port), 30) as slow:
        slow.sendall(head.encode() + body[:5])
        time.sleep(0.3)
        server.process.terminate()
        until(lambda: _refuses(server.port))
        slow.sendall(body[5:])
        answer = slow.makefile("rb").read().decode()
        assert server.process.wait(ENDED_SECONDS) == 0
    assert answer.startswith("HTTP/1.1 200")
    assert '"outcome"' in answer


def test_all_workers_end_with_0_on_sigterm(folder: Path) -> None:
    with served(folder, workers=2) as server:
        server.process.terminate()
        assert server.process.wait(ENDED_SECONDS) == 0


def _refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return True
    return False


# --- changed while serving ---------------------------------------------------------------------------------------


def test_a_change_is_taken_up_by_every_worker_without_a_dropped_request(folder: Path) -> None:
    statuses: list[int] = []
    with served(folder, workers=2, LOTSE_RATE_LIMIT="off") as server:
        stop = threading.Event()

        def visit() -> None:
            while not stop.is_set():
                statuses.append(server.ask("Umschulung")[0])

        visitors = [threading.Thread(target=visit) for _ in range(4)]
        for visitor in visitors:
            visitor.start()
        write(folder / "content" / "offers" / "backkurs.md", as_file(offer("Backkurs")))
        until(lambda: [server.call("GET", "/api/offers/backkurs")[0] for _ in range(10)] == [200] * 10)
        write(folder / "content" / "offers" / "backkurs.md", "kaputt")
        until(lambda: "content" in server.ready()["problems"])  # type: ignore[operator]
        (folder / "content" / "offers" / "backkurs.md").unlink()
        until(lambda: [server.call("GET", "/api/offers/backkurs")[0] for _ in range(10)] == [404] * 10)
        stop.set()
        for visitor in visitors:
            visitor.join()
    assert len(statuses) > 20
    assert set(statuses) == {200}


# --- missing, damaged, full --------------------------------------------------------------------------------------


def test_without_index_and_model_it_serves_by_words_and_says_so(folder: Path) -> None:
    with served(folder) as server:
        assert (server.ask("Umschulung")[0], server.ask(CRISIS)) == (200, (200, "emergency"))
        said = server.ready()
    assert (said["status"], said["search"]) == ("degraded", "words only")
    assert "make setup" in said["problems"]["model"]  # type: ignore[index]
    assert "assistant index" in said["problems"]["index"]  # type: ignore[index]


def test_with_broken_content_and_no_copy_serving_ends_with_one_clear_sentence(folder: Path) -> None:
    write(folder / "content" / "topics.yaml", "{")
    result = subprocess.run(
        [ASSISTANT, "serve", "--port", "1"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "LOTSE_CONTENT": str(folder / "content"), "LOTSE_VAR": str(folder)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "topics.yaml" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_full_disk_stops_indexing_with_a_sentence_and_leaves_the_old_index(tmp_path: Path) -> None:
    """No file may grow beyond some kilobytes: writing fails as on a full disk, in the middle of a file."""
    build_index(tmp_path, [passage("Anfang")], WordEncoder(), {})
    before = open_index(tmp_path).version
    limit = 20_000

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-c", INDEXING, str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, preexec_fn=full, capture_output=True, text=True)
    assert result.returncode == 1
    assert re.search("File too large|No space|disk|written", result.stderr)
    assert open_index(tmp_path).version == before


def test_serving_goes_on_with_a_disk_that_is_full(folder: Path) -> None:
    """A file system of 64 KB, filled up: neither the copy of the content nor anything else can be written."""
    var = folder / "var"
    var.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(var)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    if not mounted:
        var.rmdir()
        var.symlink_to("/dev/full")  # without root: a place where nothing can be written either
    else:
        with pytest.raises(OSError, match="No space"):
            (var / "filler").write_bytes(b"x" * 100_000)
    try:
        with served(folder, LOTSE_JOURNAL="") as server:
            assert (server.ask("Umschulung")[0], server.ask(CRISIS)) == (200, (200, "emergency"))
            write(folder / "content" / "offers" / "backkurs.md", as_file(offer("Backkurs")))
            until(lambda: server.call("GET", "/api/offers/backkurs")[0] == 200)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", var], check=True)


def test_a_log_that_cannot_be_written_stops_nobody(folder: Path) -> None:
    with Path("/dev/full").open("w") as nowhere:
        server = Server(folder)
        server.kill()
        server.process = subprocess.Popen(
            server.process.args,
            env=os.environ
            | {
                "PYTHONPATH": str(ROOT),
                "LOTSE_CONTENT": str(folder / "content"),
                "LOTSE_VAR": str(folder / "var"),
                "LOTSE_LOG_FORMAT": "json",
            },
            stdout=subprocess.DEVNULL,
            stderr=nowhere,
            start_new_session=True,
        )
    try:
        server.wait()
        assert server.ask(CRISIS) == (200, "emergency")
    finally:
        server.kill()


def test_the_real_model_damaged_is_survived_and_said(folder: Path) -> None:
    """The files of the model as the set-up leaves them, then cut in half."""
    serve = folder / "var" / "models" / "multilingual-e5-small" / "serve"
    serve.mkdir(parents=True)
    (serve.parent / "format").write_text(_format())
    (serve / "serving.json").write_text('{"name": "e5", "max_tokens": 512')
    (serve / "model.onnx").write_bytes(b"\x08\x07\x12")
    with served(folder) as server:
        assert server.ask("Umschulung")[0] == 200
        assert "cannot be read" in server.ready()["problems"]["model"]  # type: ignore[index]


def _format() -> str:
    from index.model import FORMAT

    return FORMAT


def test_an_index_lost_while_serving_is_not_missed_until_the_next_start(folder: Path) -> None:
    passages = list(Catalog.read(folder / "content").passages())
    build_index(folder / "var" / "index", passages, WordEncoder(), {})
    with served(folder) as server:
        shutil.rmtree(folder / "var" / "index")
        until(lambda: "index" in server.ready()["problems"])  # type: ignore[operator]
        assert server.ask("Umschulung")[0] == 200
