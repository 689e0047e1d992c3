"""Checks everything in this folder with the tools that will read it: `make deploy-check`.

hadolint comes from PyPI with the test packages; systemd, nginx and compose from the system, and a missing one is named.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

DEPLOY = Path(__file__).parent
UNITS = ("lotse.service", "lotse-index.service", "lotse-index.path")
MOST_EXPOSED = 20  # of 100 by `systemd-analyze security`: what it calls "OK" ends at 40


def main() -> int:
    """Run every check and say which failed; 0 where all that could be run passed."""
    failed = 0
    for name, passed, said in checks():
        sys.stdout.write(f"{'ok    ' if passed else 'FAILED'} {name}\n")
        failed += not passed
        if said and not passed:
            sys.stdout.write(said + "\n")
    return failed


def checks() -> Iterator[tuple[str, bool, str]]:
    """Each check by name, whether it passed, and what its tool said."""
    yield _run("Dockerfile", _tool("hadolint"), str(DEPLOY / "Dockerfile"))
    yield _compose()
    yield from _units()
    yield _nginx()


def _run(name: str, *command: str) -> tuple[str, bool, str]:
    if shutil.which(command[0]) is None:
        return name, False, f"{command[0]} is missing."
    result = subprocess.run(command, capture_output=True, text=True)
    return name, result.returncode == 0, result.stdout + result.stderr


def _tool(name: str) -> str:
    """A tool of the environment this runs in, else of the system."""
    own = Path(sys.executable).with_name(name)
    return str(own) if own.exists() else name


def _compose() -> tuple[str, bool, str]:
    """Neither form of compose needs an engine to read the file."""
    with tempfile.TemporaryDirectory() as folder:
        for file in DEPLOY.glob("*.yaml"):
            shutil.copy(file, folder)
        shutil.copy(DEPLOY / "lotse.env.example", Path(folder) / "lotse.env")
        reading = ("--file", str(Path(folder) / "compose.yaml"), "config", "--quiet")
        new = _run("compose.yaml", "docker", "compose", *reading)
        return new if new[1] else _run("compose.yaml", "docker-compose", *reading)


def _units() -> Iterator[tuple[str, bool, str]]:
    """The units as they would be installed, with programs that exist here in the place of theirs."""
    with tempfile.TemporaryDirectory() as folder:
        for unit in UNITS:
            text = (DEPLOY / unit).read_text().replace("/opt/lotse/.venv/bin/assistant", "/bin/true")
            (Path(folder) / unit).write_text(text)
        for unit in UNITS:
            yield _run(unit, "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"{folder}/{unit}")
        limit = f"--threshold={MOST_EXPOSED}"
        yield _run("hardening", "systemd-analyze", "security", "--offline=true", limit, f"{folder}/lotse.service")


def _nginx() -> tuple[str, bool, str]:
    """The snippet inside a minimal configuration, with a certificate for the moment."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        names = ("-keyout", f"{there}/privkey.pem", "-out", f"{there}/fullchain.pem", "-subj", "/CN=lotse.example")
        made = _run("nginx.conf", "openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "1", *names)
        if not made[1]:
            return made
        snippet = (DEPLOY / "nginx.conf").read_text()
        for path in ("/etc/ssl/lotse", "/var/log/nginx", "/var/cache/nginx/lotse"):
            snippet = snippet.replace(path, folder)
        (there / "lotse.conf").write_text(snippet)
        whole = f"pid {there}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ include {there}/lotse.conf; }}\n"
        (there / "nginx.conf").write_text(whole)
        return _run("nginx.conf", shutil.which("nginx") or "/usr/sbin/nginx", "-t", "-c", f"{there}/nginx.conf")


if __name__ == "__main__":
    raise SystemExit(main())
