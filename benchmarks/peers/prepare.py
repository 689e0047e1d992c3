"""Writes what every system gets: the same passages, their vectors, the same questions.

Runs in the project's environment. The vectors are those of the index before centring, made by sentence-transformers:
nobody's start-up counts encoding.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from assistant.labelled import read_questions
from assistant.settings import Settings

HALVES = ("tuning", "test")


def main(folder: Path) -> None:
    """Fill a folder with passages.json, vectors.npy and questions.json."""
    settings = Settings()
    folder.mkdir(parents=True, exist_ok=True)
    current = settings.var / "index" / (settings.var / "index" / "CURRENT").read_text().strip()
    lines = (current / "passages.jsonl").read_text(encoding="utf-8").splitlines()
    passages = [json.loads(line) for line in lines]
    told = [
        {"source": p["source"], "text": "\n".join(filter(None, [p.get("context", ""), p["text"]]))} for p in passages
    ]
    np.save(folder / "vectors.npy", np.load(current / "vectors.npy"))
    (folder / "passages.json").write_text(json.dumps(told, ensure_ascii=False))
    questions = []
    for half in HALVES:
        for asked in read_questions(settings.content / "questions" / half):
            expected = {"page": asked.pages, "actor": asked.actors, "offer": asked.offers}.get(asked.kind, ())
            if expected:
                sources = [f"{asked.kind}/{id}" for id in expected]
                questions.append(
                    {"half": half, "text": asked.question, "language": asked.language, "expected": sources}
                )
    (folder / "questions.json").write_text(json.dumps(questions, ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
