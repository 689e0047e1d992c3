"""Measures the retriever on any collection, and the speed of every step beside sentence-transformers with torch."""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.table import Table

from assistant.conversation import Conversation
from assistant.dialogue import Assistant
from assistant.house import open_assistant, serving_encoder
from assistant.languages import tell_language
from assistant.settings import Settings
from index import metrics
from index.build import build_index, open_index
from index.centering import read_samples
from index.chunks import pieces, sections
from index.encoder import OnnxEncoder, TorchEncoder
from index.model import model_folder, prepare_model
from index.retriever import Mode, Retriever
from index.steps import listen
from index.types import Passage, Query

DEPTHS = (1, 3, 5, 10)
SPEED_QUESTIONS = (
    "Ich bin 17 und weiß nicht, was ich nach der Schule machen soll.",
    "Wer zahlt mir eine Umschulung, wenn ich arbeitslos bin?",
    "Mein Chef hat mir gekündigt, wo muss ich mich melden und bis wann?",
    "Ich arbeite im Lager und möchte gern noch einen richtigen Abschluss machen.",
)
WEIGHTS = 12 * (4 * 384 * 384 + 2 * 384 * 1536)  # of the default model's layers, each used once a token
TURNS = 10
LATER_QUESTION = "Und was kostet das?"


class BadCollection(Exception):
    """A folder that is no collection in BEIR's format; the message says what is missing where."""


@dataclass(slots=True)
class Collection:
    """A collection in BEIR's format (Thakur et al., NeurIPS 2021), with optional groups and languages."""

    passages: list[Passage] = field(default_factory=list)
    queries: list[tuple[str, Query]] = field(default_factory=list)
    relevance: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))


def read_collection(folder: Path) -> Collection:
    """Read `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv`. Raises BadCollection."""
    collection = Collection()
    for file, line, query_id, document, score in _judgements(folder / "qrels" / "test.tsv"):
        try:
            collection.relevance[query_id][document] = float(score)
        except ValueError as error:
            raise BadCollection(f"{file}, line {line}: the score '{score}' is no number") from error
    for _, row in _rows(folder / "corpus.jsonl"):
        facets = _facets(row)
        language = _language(row) or tell_language(row.get("text", "")[:500])
        for at, (path, text) in enumerate(_cut(row.get("text", ""))):
            context = " › ".join(filter(None, [row.get("title", ""), path]))
            passage = Passage(f"{row['_id']}#{at}", str(row["_id"]), "text", text, context, language, facets)
            collection.passages.append(passage)
    for number, row in _rows(folder / "queries.jsonl"):
        if "text" not in row:
            raise BadCollection(f"{folder / 'queries.jsonl'}, line {number}: a query needs a 'text'")
        if str(row["_id"]) in collection.relevance:
            language = _language(row) or tell_language(row["text"])
            query = Query(row["text"], language, _facets(row), limit=max(DEPTHS))
            collection.queries.append((str(row["_id"]), query))
    return collection


def _cut(text: str) -> Iterator[tuple[str, str]]:
    """A document's pieces with their heading path; an empty one is kept, its title can still be found."""
    found = [(path, piece) for path, section in sections(text) for piece in pieces(section)]
    yield from found or [("", text)]


def _rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if not file.exists():
        raise BadCollection(f"{file} is missing. A collection has corpus.jsonl, queries.jsonl and qrels/test.tsv")
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadCollection(f"{file}, line {number}: no JSON ({error.msg})") from error
        if not isinstance(row, dict) or "_id" not in row:
            raise BadCollection(f"{file}, line {number}: a row needs an '_id'")
        yield number, row


def _judgements(file: Path) -> Iterator[tuple[Path, int, str, str, str]]:
    if not file.exists():
        raise BadCollection(f"{file} is missing. It has a head line and the columns query-id, corpus-id, score")
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        columns = line.split("\t")
        if not line.strip() or (number == 1 and not _is_number(columns[-1])):
            continue
        if len(columns) != 3:
            raise BadCollection(f"{file}, line {number}: three columns with tabs between are needed")
        yield file, number, columns[0], columns[1], columns[2]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _metadata(row: Mapping[str, Any], key: str) -> str | None:
    value = (row.get("metadata") or {}).get(key, row.get(key))
    return None if value is None else str(value)


def _facets(row: Mapping[str, Any]) -> dict[str, str]:
    group = _metadata(row, "group")
    return {"group": group} if group is not None else {}


def _language(row: Mapping[str, Any]) -> str | None:
    return _metadata(row, "language")


def retrieval(folder: Path, mode: Mode, settings: Settings) -> dict[str, dict[str, float | int]]:
    """Figures by language of the queries; the collection's index is kept below `var` and used again."""
    collection = read_collection(folder)
    retriever = _retriever(collection, settings)
    runs: dict[str, list[tuple[list[str], dict[str, float]]]] = defaultdict(list)
    for id, query in collection.queries:
        ranking = retriever.search(query, mode)
        runs[query.language].append(([hit.source for hit in ranking.hits], collection.relevance[id]))
    return {language: _averages(run) for language, run in sorted(runs.items())}


def _retriever(collection: Collection, settings: Settings) -> Retriever:
    name = hashlib.blake2b(repr(collection.passages).encode(), digest_size=8).hexdigest()
    folder = settings.var / "benchmarks" / name
    encoder = serving_encoder(settings)
    passages = TorchEncoder(prepare_model(settings.var, settings.model) / "encode")
    build_index(folder, collection.passages, passages, read_samples())
    return Retriever(open_index(folder, encoder.name), encoder)


def _averages(run: list[tuple[list[str], dict[str, float]]]) -> dict[str, float | int]:
    def average(values: Iterator[float]) -> float:
        return round(sum(values) / len(run), 4)

    relevant = [(ranked, {id for id, score in judged.items() if score > 0}, judged) for ranked, judged in run]
    hits = {f"hit@{k}": average(metrics.hit(ranked, wanted, k) for ranked, wanted, _ in relevant) for k in DEPTHS}
    return {
        "queries": len(run),
        **hits,
        "mrr@10": average(metrics.reciprocal_rank(ranked, wanted, 10) for ranked, wanted, _ in relevant),
        "ndcg@10": average(metrics.ndcg(ranked, judged, 10) for ranked, _, judged in relevant),
    }


def as_table(figures: Mapping[str, Mapping[str, float | int]]) -> Table:
    """Figures by language as a table."""
    names = ["queries", *[f"hit@{k}" for k in DEPTHS], "mrr@10", "ndcg@10"]
    table = Table("language", *names)
    for language, row in figures.items():
        table.add_row(language, *[f"{row[name]:.3f}" if name != "queries" else str(row[name]) for name in names])
    return table


def speed(settings: Settings, calls: int = 100) -> dict[str, dict[str, float]]:
    """Milliseconds, median and p95, of each step on one thread; ratios name the step they compare with."""
    import resource

    single = settings.model_copy(update={"threads": 1})
    started = time.perf_counter()
    assistant = open_assistant(single)
    ready = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    encoder = serving_encoder(single)
    questions = [f"{question} ({at})" for at in range(calls // len(SPEED_QUESTIONS)) for question in SPEED_QUESTIONS]
    talk = _ten_turns(assistant)
    figures = {
        "embedding": _timed(lambda question: encoder.encode_queries([question]), questions),
        "retrieval": _timed(lambda question: assistant.retriever.search(Query(question)), questions),
        "answer": _timed(lambda question: assistant.respond(Conversation(), question), questions),
        "answer, 11th turn": _timed(lambda question: assistant.respond(talk, question), questions),
        "torch": _timed(_torch_encoder(single), questions),
    }
    figures["steps of an answer"] = _steps(lambda question: assistant.respond(Conversation(), question), questions)
    figures["floor"] = {"median": _floor(encoder, questions)}
    figures["ratios"] = {
        "torch / embedding": round(figures["torch"]["median"] / figures["embedding"]["median"], 2),
        "answer / embedding": round(figures["answer"]["median"] / figures["embedding"]["median"], 2),
        "answer, 11th turn / embedding": round(
            figures["answer, 11th turn"]["median"] / figures["embedding"]["median"], 2
        ),
    }
    figures["process"] = {"ready s": round(ready, 2), "memory MB": round(memory)}
    return figures


def _steps(call: Callable[[str], object], questions: list[str]) -> dict[str, float]:
    """Milliseconds of each step of an answer, median; "search" holds "encode", "vectors" and "words"."""
    taken: dict[str, list[float]] = defaultdict(list)
    now: dict[str, float] = defaultdict(float)

    def heard(name: str, seconds: float) -> None:
        now[name] += seconds * 1000

    listen(heard)
    for question in questions:
        now.clear()
        call(question)
        for name, milliseconds in now.items():
            taken[name].append(milliseconds)
    return {name: round(median(times), 2) for name, times in sorted(taken.items())}


def _floor(encoder: OnnxEncoder, questions: list[str]) -> float:
    """Milliseconds that the multiply-adds of a question's embedding take in float32 at this core's measured peak."""
    import torch

    torch.set_num_threads(1)
    matrix = torch.randn(1024, 1024)
    peak = 2 * 1024**3 / min(_timed(lambda _: matrix @ matrix, ["1"] * 20).values())  # operations a millisecond
    tokens = median(len(ids) for ids in encoder.tokens(questions))
    return round(2 * WEIGHTS * tokens / peak, 2)


def _ten_turns(assistant: Assistant) -> Conversation:
    """A conversation of ten turns, with all that is learned and remembered on the way."""
    talk = Conversation()
    for at in range(TURNS):
        question = LATER_QUESTION if at % 2 else SPEED_QUESTIONS[at // 2 % len(SPEED_QUESTIONS)]
        talk = assistant.respond(talk, question).conversation
    return talk


def _torch_encoder(settings: Settings) -> Callable[[str], object]:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(str(model_folder(settings.var, settings.model) / "encode"), device="cpu")
    return lambda question: model.encode([f"query: {question}"])


def _timed(call: Callable[[str], object], questions: list[str]) -> dict[str, float]:
    call(questions[0])  # the first call loads what is loaded late
    times = []
    for question in questions:
        started = time.perf_counter()
        call(question)
        times.append((time.perf_counter() - started) * 1000)
    return {"median": round(median(times), 2), "p95": round(quantiles(times, n=20)[-1], 2)}


def speed_table(figures: Mapping[str, Mapping[str, float]]) -> Table:
    """The speed figures as a table."""
    table = Table("what", "figure", "value")
    for what, row in figures.items():
        for name, value in row.items():
            table.add_row(what, f"{name} ms" if name in ("median", "p95") else name, str(value))
    return table
