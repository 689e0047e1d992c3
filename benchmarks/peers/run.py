# ruff: noqa: T201 -- a command that prints what it finds
"""Measures all systems one after the other, each in a process of its own, and writes the table: `make benchmark-peers`.

Runs in the project's environment and starts the peers in theirs. SYSTEM… as arguments: only these, and the table is
printed alone; EVERY=40 asks one question of forty, for a try.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from prepare import main as prepare
from systems import OURS, PEERS

from assistant.settings import ROOT, Settings
from index.model import model_folder

PEERS_FOLDER = ROOT / "var" / "peers"
FIGURES, TEXT = ROOT / "benchmarks" / "peers.json", ROOT / "benchmarks" / "peers.md"
EVERY = {"haystack": 8, "haystack-faiss": 4, "llamaindex": 8}  # a third of a second a question and more
SECONDS = 1800  # a system that needs longer is put down as not finished
FIRST_AGAIN = "lotse-retriever"  # measured at the end once more, to see how steady the machine was
BEGIN, END = "<!-- table: made by run.py -->\n", "<!-- end of table -->"
NAMES = {
    "lotse-retriever": "**Lotse, retriever**",
    "lotse-answer": "**Lotse, whole answer**",
    "plain-served": "plain script, model served as Lotse does",
    "plain": "plain script: sentence-transformers + FAISS",
    "txtai": "txtai, hybrid",
    "haystack": "Haystack, in memory, hybrid",
    "haystack-faiss": "Haystack, FAISS + words in memory",
    "llamaindex": "LlamaIndex, in memory + BM25",
    "llamaindex-faiss": "LlamaIndex, FAISS + BM25",
}
LAST = ("per s at 16", "memory MB", "start s")
NAMED = ("faiss-cpu", "faiss-haystack", "haystack-ai", "llama-index-core", "sentence-transformers", "torch", "txtai")


def main(chosen: list[str]) -> None:
    """Measure; keep figures and table only of a run of all."""
    given = PEERS_FOLDER / "given"
    prepare(given)
    measured = []
    for name in chosen or [*OURS, *PEERS, FIRST_AGAIN]:
        every = int(os.environ.get("EVERY", EVERY.get(name, 1)))
        figures = {**_measure(name, given, every), "every": every, "load before": round(os.getloadavg()[0], 1)}
        print(json.dumps(figures), flush=True)
        measured.append(figures)
        (PEERS_FOLDER / "last.json").write_text(json.dumps(measured))
    print(table(measured))
    if not chosen:
        packages = _told([_python("plain"), "-m", "pip", "freeze"]).splitlines()
        shown = [p for p in packages if p.partition("==")[0] in NAMED]
        about = {"date": date.today().isoformat(), "commit": _told(["git", "rev-parse", "--short", "HEAD"]).strip()}
        told = {**about, "packages": shown, "systems": measured}
        FIGURES.write_text(json.dumps(told, indent=1) + "\n")
        text = TEXT.read_text(encoding="utf-8")
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
        TEXT.write_text(f"{before}{BEGIN}{table(measured)}{END}{after}", encoding="utf-8")


def table(measured: list[dict[str, Any]]) -> str:
    """The table in Markdown."""
    first = next((s["cpu ms"] for s in measured if s["system"] == FIRST_AGAIN and "cpu ms" in s), None)
    lines = [
        "| system | hit@1 tuning / test | hit@3 | MRR | p50 / p95 ms | processor ms | × Lotse's retriever "
        "| of it encoding | questions a second, 16 threads | memory MB | start s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for at, s in enumerate(measured):
        again = " (again, at the end)" if any(s["system"] == other["system"] for other in measured[:at]) else ""
        name = NAMES[s["system"]] + again
        if "cpu ms" not in s:
            lines.append(f"| {name} | {s['failed']} " + "| " * 9 + "|")
            continue
        name += f" (one question of {s['every']})" if s["every"] > 1 else ""
        hits = [f"{s['tuning'][what]} / {s['test'][what]}".replace("0.", ".") for what in ("hit@1", "hit@3", "mrr")]
        ratio = f"{s['cpu ms'] / first:.1f}" if first else ""
        encoding = f"{s['parts, mean cpu ms']['encode'] / s['mean cpu ms']:.0%}"
        times = [f"{s['p50 ms']} / {s['p95 ms']}", f"{s['cpu ms']}", ratio, encoding]
        lines.append("| " + " | ".join([name, *hits, *times, *(f"{s[w]}" for w in LAST)]) + " |")
    return "\n".join(lines) + "\n"


def _measure(name: str, given: Path, every: int) -> dict[str, Any]:
    settings = Settings()
    model = model_folder(settings.var, settings.model) / "encode"
    command = [_python(name), str(Path(__file__).with_name("measure.py")), name, str(given), str(model), str(every)]
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    quiet = {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False", "ANONYMIZED_TELEMETRY": "False"}
    try:
        done = subprocess.run(
            command, env=os.environ | alone | quiet, capture_output=True, text=True, timeout=SECONDS, cwd=given
        )
    except subprocess.TimeoutExpired:
        return {"system": name, "failed": f"not finished in {SECONDS} s"}
    if done.returncode:
        return {"system": name, "failed": done.stderr.strip().splitlines()[-1]}
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def _python(name: str) -> str:
    return sys.executable if name in OURS else str(PEERS_FOLDER / "venv" / "bin" / "python")


def _told(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


if __name__ == "__main__":
    main(sys.argv[1:])
