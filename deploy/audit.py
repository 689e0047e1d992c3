"""Asks pip-audit for known weaknesses of the locked packages; says so where it cannot reach its database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent / "all.lock"
LONGEST = 300  # seconds


def main() -> int:
    """Print what is known; 1 where a locked package has a weakness."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    command += ["--format", "json", "--requirement", str(LOCK)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
        found = json.loads(ran.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError, KeyError):
        return _say(["audit skipped: pip-audit could not reach its database. Run it where the network allows."])
    weak, lines = told(found)
    _say(lines)
    return int(weak)


def told(dependencies: Iterable[Mapping[str, Any]]) -> tuple[bool, list[str]]:
    """Whether there are weaknesses, and what to say of them; a package that could not be asked about is counted."""
    dependencies = list(dependencies)
    asked = [one for one in dependencies if "skip_reason" not in one]
    if not asked:
        return False, ["audit skipped: pip-audit could not reach its database. Run it where the network allows."]
    weak = [f"{one['name']} {one['version']}: {_flaw(flaw)}" for one in asked for flaw in one["vulns"]]
    summary = f"audit: {len(asked)} of {len(dependencies)} packages asked about, {len(weak)} weaknesses"
    return bool(weak), [*weak, summary]


def _flaw(flaw: Mapping[str, Any]) -> str:
    return f"{flaw['id']}. Update to {' or '.join(flaw['fix_versions']) or 'another package'}."


def _say(lines: Iterable[str]) -> int:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
