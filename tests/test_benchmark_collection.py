"""Reading a collection in BEIR's format, and the figures of a small one worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant import benchmarks
from assistant.benchmarks import BadCollection, read_collection, retrieval
from assistant.settings import Settings
from index.retriever import Mode
from index.types import Passage, Query
from tests.conftest import WordEncoder

CORPUS: Sequence[Mapping[str, Any]] = (
    {"_id": "licence", "title": "Führerschein", "text": "Zuschuss vom Jobcenter", "metadata": {"language": "de"}},
    {"_id": "nursing", "title": "Pflege", "text": "Ausbildung im Krankenhaus", "metadata": {"language": "de"}},
    {"_id": "course", "title": "Deutsch", "text": "Kurs am Abend", "metadata": {"language": "de"}},
)
QUERIES: Sequence[Mapping[str, Any]] = (
    {"_id": "1", "text": "Zuschuss Führerschein", "metadata": {"language": "de"}},
    {"_id": "2", "text": "Ausbildung Krankenhaus", "metadata": {"language": "de"}},
)
JUDGEMENTS = "query-id\tcorpus-id\tscore\n1\tlicence\t1\n2\tnursing\t2\n"


@pytest.fixture
def words_only(monkeypatch: pytest.MonkeyPatch) -> WordEncoder:
    """The benchmark encodes with words instead of the model."""
    encoder = WordEncoder()
    monkeypatch.setattr(benchmarks, "prepare_model", lambda var, model: var)
    monkeypatch.setattr(benchmarks, "TorchEncoder", lambda folder: encoder)
    monkeypatch.setattr(benchmarks, "serving_encoder", lambda settings: encoder)
    return encoder


def test_documents_become_passages_and_judged_queries_are_asked(tmp_path: Path) -> None:
    unjudged = {"_id": "3", "text": "Wo ist das?", "metadata": {"language": "de"}}

    collection = read_collection(write(tmp_path, queries=[*QUERIES, unjudged]))

    assert collection.passages[0] == Passage(
        "licence#0", "licence", "text", "Zuschuss vom Jobcenter", "Führerschein", "de", {}
    )
    assert [p.source for p in collection.passages] == ["licence", "nursing", "course"]
    assert collection.queries == [
        ("1", Query("Zuschuss Führerschein", "de", {}, 10)),
        ("2", Query("Ausbildung Krankenhaus", "de", {}, 10)),
    ]
    assert collection.relevance == {"1": {"licence": 1.0}, "2": {"nursing": 2.0}}


def test_group_and_language_are_read_from_metadata_or_the_row_itself(tmp_path: Path) -> None:
    corpus: list[Mapping[str, Any]] = [
        {"_id": "a", "text": "Work", "metadata": {"language": "en", "group": "north"}},
        {"_id": 7, "text": "Робота", "language": "uk", "group": 12},
    ]
    queries = [{"_id": 1, "text": "Job", "metadata": {"language": "en", "group": "north"}}]

    collection = read_collection(write(tmp_path, corpus, queries, "1\ta\t1\n"))

    assert [(p.source, p.language, p.facets) for p in collection.passages] == [
        ("a", "en", {"group": "north"}),
        ("7", "uk", {"group": "12"}),
    ]
    assert collection.queries == [("1", Query("Job", "en", {"group": "north"}, 10))]


def test_a_language_that_is_not_given_is_told_from_the_text(tmp_path: Path) -> None:
    corpus = [{"_id": "a", "text": "Die Berufsberatung hilft bei der Wahl einer Ausbildung."}]
    queries = [{"_id": "1", "text": "Де я можу знайти роботу?"}]

    collection = read_collection(write(tmp_path, corpus, queries, "1\ta\t1\n"))

    assert (collection.passages[0].language, collection.queries[0][1].language) == ("de", "uk")


def test_a_long_document_is_cut_by_heading_and_keeps_its_title(tmp_path: Path) -> None:
    corpus = [{"_id": "a", "title": "Ausbildung", "text": "Vorab.\n## Geld\nNichts.", "language": "de"}]

    collection = read_collection(write(tmp_path, corpus))

    assert [(p.id, p.source, p.context, p.text) for p in collection.passages] == [
        ("a#0", "a", "Ausbildung", "Vorab."),
        ("a#1", "a", "Ausbildung › Geld", "Nichts."),
    ]


def test_a_document_without_text_is_still_found_by_its_title(tmp_path: Path) -> None:
    collection = read_collection(write(tmp_path, [{"_id": "a", "title": "Berufsschule", "text": "", "language": "de"}]))

    assert [p.searched for p in collection.passages] == ["Berufsschule\n"]


def test_judgements_may_come_without_a_head_line_and_with_empty_lines(tmp_path: Path) -> None:
    folder = write(tmp_path, judgements="1\tlicence\t1\n\n1\tcourse\t0.5\n")

    assert read_collection(folder).relevance == {"1": {"licence": 1.0, "course": 0.5}}


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    folder = write(tmp_path)
    (folder / missing).unlink()

    with pytest.raises(BadCollection, match=f"{missing} is missing"):
        read_collection(folder)


@pytest.mark.parametrize("file", ["corpus.jsonl", "queries.jsonl"])
@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('{"_id": "x", "text": ', "no JSON"),
        ("plain text", "no JSON"),
        ('["_id", "text"]', "needs an '_id'"),
        ('{"id": "x", "text": "Ausbildung"}', "needs an '_id'"),
    ],
)
def test_a_malformed_row_is_named_by_file_and_line(tmp_path: Path, file: str, row: str, problem: str) -> None:
    folder = write(tmp_path)
    with (folder / file).open("a", encoding="utf-8") as rows:
        rows.write(f"\n{row}\n")
    line = len((folder / file).read_text(encoding="utf-8").splitlines())

    with pytest.raises(BadCollection, match=rf"{file}, line {line}: .*{problem}"):
        read_collection(folder)


@pytest.mark.parametrize(
    ("judgement", "problem"),
    [
        ("1\tlicence", "three columns"),
        ("1 licence 1", "three columns"),
        ("1\t0\tlicence\t1", "three columns"),
        ("1\tlicence\tyes", "the score 'yes' is no number"),
    ],
)
def test_a_malformed_judgement_is_named_by_file_and_line(tmp_path: Path, judgement: str, problem: str) -> None:
    folder = write(tmp_path, judgements=f"{JUDGEMENTS}{judgement}\n")

    with pytest.raises(BadCollection, match=rf"test\.tsv, line 4: {problem}"):
        read_collection(folder)


def test_a_text_may_hold_a_line_separator(tmp_path: Path) -> None:
    text = "Eins\u2028zwei"
    folder = write(tmp_path, [{"_id": "a", "text": text, "language": "de"}])

    assert read_collection(folder).passages[0].text == text


def test_a_query_without_text_is_named_by_file_and_line(tmp_path: Path) -> None:
    folder = write(tmp_path, queries=[{"_id": "1"}])

    with pytest.raises(BadCollection, match=r"queries\.jsonl, line 1"):
        read_collection(folder)


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_a_collection_found_at_once_has_perfect_figures(tmp_path: Path, words_only: WordEncoder, mode: Mode) -> None:
    figures = retrieval(write(tmp_path), mode, Settings(var=tmp_path))

    assert figures == {"de": expected(2, {1: 1, 3: 1, 5: 1, 10: 1}, mrr=1, ndcg=1)}


def test_a_relevant_document_in_second_place_counts_half(tmp_path: Path, words_only: WordEncoder) -> None:
    judgements = "1\tlicence\t1\n2\tcourse\t1\n"  # by words the second query means nursing, and course shares nothing
    corpus = [CORPUS[0], CORPUS[1], {**CORPUS[2], "text": "Kurs im Krankenhaus"}]

    figures = retrieval(write(tmp_path, corpus, judgements=judgements), "lexical", Settings(var=tmp_path))

    assert figures == {"de": expected(2, {1: 0.5, 3: 1, 5: 1, 10: 1}, mrr=0.75, ndcg=round((1 + 0.63093) / 2, 4))}


def test_a_document_of_another_group_is_not_found(tmp_path: Path, words_only: WordEncoder) -> None:
    corpus = [{**row, "metadata": {"language": "de", "group": "north"}} for row in CORPUS]
    queries = [{**QUERIES[0], "metadata": {"language": "de", "group": group}} for group in ("north", "south")]
    queries[1]["_id"] = "2"
    judgements = "1\tlicence\t1\n2\tlicence\t1\n"

    figures = retrieval(write(tmp_path, corpus, queries, judgements), "hybrid", Settings(var=tmp_path))

    assert figures == {"de": expected(2, {1: 0.5, 3: 0.5, 5: 0.5, 10: 0.5}, mrr=0.5, ndcg=0.5)}


def test_figures_are_kept_apart_by_the_language_asked_in(tmp_path: Path, words_only: WordEncoder) -> None:
    queries = [QUERIES[0], {"_id": "2", "text": "Krankenhaus", "metadata": {"language": "en"}}]

    figures = retrieval(write(tmp_path, queries=queries), "dense", Settings(var=tmp_path))

    perfect = expected(1, {1: 1, 3: 1, 5: 1, 10: 1}, mrr=1, ndcg=1)
    assert figures == {"de": perfect, "en": perfect}


def test_a_second_run_uses_the_index_of_the_first(tmp_path: Path, words_only: WordEncoder) -> None:
    folder = write(tmp_path)
    first = retrieval(folder, "lexical", Settings(var=tmp_path))
    words_only.encoded.clear()

    second = retrieval(folder, "lexical", Settings(var=tmp_path))

    assert second == first
    assert words_only.encoded == []


def expected(queries: int, hits: Mapping[int, float], mrr: float, ndcg: float) -> dict[str, float]:
    return {"queries": queries, **{f"hit@{k}": share for k, share in hits.items()}, "mrr@10": mrr, "ndcg@10": ndcg}


def write(
    folder: Path,
    corpus: Sequence[Mapping[str, Any]] = CORPUS,
    queries: Sequence[Mapping[str, Any]] = QUERIES,
    judgements: str = JUDGEMENTS,
) -> Path:
    """Write a collection and return its folder."""
    collection = folder / "collection"
    (collection / "qrels").mkdir(parents=True)
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (collection / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (collection / "qrels" / "test.tsv").write_text(judgements, encoding="utf-8")
    return collection
