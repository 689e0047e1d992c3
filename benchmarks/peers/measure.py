"""Measures one system in a process of its own and prints its figures as JSON: measure.py NAME FOLDER MODEL EVERY."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean, median, quantiles

from systems import PARTS, SYSTEMS, Search

CLIENTS = 16
RUSH = 160  # questions of the throughput figure, ten for each client; of a slow system fewer
RUSH_SECONDS = 30


def main(name: str, folder: Path, model: Path, every: int) -> None:
    """Open, ask one by one (every so manieth question), then ask from sixteen threads."""
    started = time.perf_counter()
    search = SYSTEMS[name](folder, model)
    search("Wer hilft mir bei der Bewerbung?", "de")
    ready = time.perf_counter() - started
    everything = json.loads((folder / "questions.json").read_text())
    questions = everything[::every]
    times, cpu, places = [], [], []
    PARTS.clear()
    for asked in questions:
        started, worked = time.perf_counter(), time.process_time()
        ranked = search(asked["text"], asked["language"])
        cpu.append((time.process_time() - worked) * 1000)
        times.append((time.perf_counter() - started) * 1000)
        places.append(next((at for at, s in enumerate(ranked[:10], 1) if s in asked["expected"]), 0))
    figures: dict[str, object] = {"system": name, "start s": round(ready, 1)}
    for half in ("tuning", "test"):
        figures[half] = _quality(
            [place for place, asked in zip(places, questions, strict=True) if asked["half"] == half]
        )
    # Work done on the processor, beside the time waited: the former is hardly moved by what else the machine does.
    figures |= {"cpu ms": round(median(cpu), 1), "mean cpu ms": round(mean(cpu), 1)}
    figures["parts, mean cpu ms"] = {part: round(s / len(questions) * 1000, 1) for part, s in sorted(PARTS.items())}
    figures |= {"p50 ms": round(median(times), 1), "p95 ms": round(quantiles(times, n=20)[-1], 1)}
    rush = min(RUSH, max(CLIENTS, round(RUSH_SECONDS / median(times) * 1000)))
    # A word more, so that no cache has seen them; spread, so that they are as long as questions are.
    spread = everything[:: len(everything) // rush][:rush]
    figures["per s at 16"] = _throughput(search, [f"{asked['text']} Danke" for asked in spread])
    figures["memory MB"] = _memory()
    sys.stdout.write(json.dumps(figures) + "\n")


def _quality(places: list[int]) -> dict[str, float]:
    return {
        "questions": len(places),
        "hit@1": round(mean(place == 1 for place in places), 3),
        "hit@3": round(mean(1 <= place <= 3 for place in places), 3),
        "mrr": round(mean(1 / place if place else 0.0 for place in places), 3),
    }


def _throughput(search: Search, questions: list[str]) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda text: search(text, "de"), questions))
    return round(len(questions) / (time.perf_counter() - started), 1)


def _memory() -> int:
    """Resident memory now, in MB (proc(5), VmRSS in kB)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return round(int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
