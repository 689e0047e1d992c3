"""Runs labelled questions and says how many were found, sent to the right people, and refused when they should be.

Questions to tune with and questions to report with are apart: `content/questions/tuning` and `content/questions/test`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from assistant.catalog import Catalog
from assistant.conversation import Conversation
from assistant.dialogue import Assistant
from assistant.evenhanded import Evenhanded
from assistant.finder import PASSED_OVER
from assistant.followups import FOLLOW_UP
from assistant.guardrails import Guardrails
from assistant.labelled import LabelledQuestion, read_questions
from assistant.languages import tell_language
from assistant.rates import rates
from index import metrics
from index.calibration import Calibration, fit
from index.ranker import Ranker
from index.ranker import fit as fit_weights
from index.retriever import Retriever
from index.types import Query

RECORDED = Path(__file__).parent.parent / "benchmarks" / "evaluation.json"
TOLERANCE = 0.01  # three questions in 289: what another machine's rounding may move
FEW = 0.03  # … in the smaller sets, of which one case is as much: 36 dialogues, 40 refusals, 75 crises, 80 questions
REFUSALS = ("declined", "unanswered", "referred", "smalltalk", "emergency")
RECORDED_GROUPS = ("all", "not German", "conversation")
GROUPS = ("kind", "focus", "style", "language")


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with what came of it; None where a figure does not apply."""

    asked: LabelledQuestion
    outcome: str
    ranked: tuple[str, ...]
    hit_1: float | None = None
    hit_3: float | None = None
    reciprocal_rank: float | None = None
    actor_hit: float | None = None
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """The figures overall and by group, and the questions that went wrong."""

    figures: Mapping[str, Any]
    misses: tuple[str, ...] = field(default=())


def evaluate_half(assistant: Assistant, half: Path) -> Report:
    """Everything that is counted of a half: its single questions, and its conversations. Raises ContentError."""
    questions = read_questions(half)
    report = evaluate(assistant, questions)
    if not any(path.is_dir() for path in half.iterdir()):
        return report
    conversation = rates(assistant, half, questions)
    figures = {**report.figures, "conversation": conversation.figures}
    return Report(figures, (*report.misses, *conversation.misses))


def evaluate(assistant: Assistant, questions: Sequence[LabelledQuestion]) -> Report:
    """Ask every question in a conversation of its own and count."""
    judged = [_judge(assistant, question) for question in questions]
    figures: dict[str, Any] = {"all": _figures(judged)}
    for group in GROUPS:
        values = sorted({str(getattr(j.asked, group)) for j in judged})
        figures[group] = {
            value: _figures([j for j in judged if str(getattr(j.asked, group)) == value]) for value in values
        }
    figures["all"]["auroc"] = round(_separation(judged), 4)
    foreign = [j for j in judged if j.asked.language != "de"]
    figures["not German"] = _figures(foreign)
    return Report(figures, tuple(_misses(judged)))


def _judge(assistant: Assistant, asked: LabelledQuestion) -> Judged:
    answer = assistant.respond(Conversation(), asked.question).answer
    offers = tuple(card.id for card in answer.offers)
    actors = [card.id for card in answer.actors]
    if asked.kind == "page":
        ranked, expected = answer.pages, asked.pages
    elif asked.kind == "actor":
        ranked, expected = tuple(actors), asked.actors
    else:
        ranked, expected = offers, asked.offers
    if asked.kind == "out_of_scope":
        return Judged(asked, answer.outcome, offers, confidence=answer.confidence)
    # In an emergency the helplines are the answer, and no card stands above them.
    helped = float(answer.outcome == "emergency" and bool(set(asked.actors) & set(actors)))
    return Judged(
        asked=asked,
        outcome=answer.outcome,
        ranked=ranked,
        hit_1=helped or metrics.hit(ranked, expected, 1),
        hit_3=helped or metrics.hit(ranked, expected, 3),
        reciprocal_rank=helped or metrics.reciprocal_rank(ranked, expected, 10),
        actor_hit=metrics.hit(actors, asked.actors, len(actors)) if asked.actors else None,
        confidence=answer.confidence,
    )


def _figures(judged: Sequence[Judged]) -> dict[str, float | int]:
    """Every figure that applies to these questions; a refusal is right when the question was out of scope."""
    figures: dict[str, float | int] = {"questions": len(judged)}
    columns: tuple[tuple[str, Callable[[Judged], float | None]], ...] = (
        ("hit@1", lambda j: j.hit_1),
        ("hit@3", lambda j: j.hit_3),
        ("mrr", lambda j: j.reciprocal_rank),
        ("actor hit", lambda j: j.actor_hit),
    )
    for name, column in columns:
        values = [value for j in judged if (value := column(j)) is not None]
        if values:
            figures[name] = round(sum(values) / len(values), 4)
    wanted = [j for j in judged if j.asked.kind == "out_of_scope"]
    refused = [j for j in judged if j.outcome in REFUSALS and not j.hit_1]  # helplines shown are no refusal
    right = [j for j in refused if j.asked.kind == "out_of_scope"]
    if wanted:
        figures["refusal recall"] = round(len(right) / len(wanted), 4)
        figures["refusal precision"] = round(len(right) / len(refused), 4) if refused else 0.0
    return figures


def _misses(judged: Iterable[Judged]) -> Iterable[str]:
    for j in judged:
        expected = j.asked.pages or j.asked.offers or j.asked.actors
        if j.asked.kind == "out_of_scope":
            if j.outcome not in REFUSALS:
                yield f"[{j.outcome} {j.confidence:.2f}] {j.asked.question} → {', '.join(j.ranked)}"
        elif not j.hit_1:
            rank = "–" if not j.hit_3 else "2/3"
            found = ", ".join(j.ranked) or j.outcome
            yield f"[{rank} {j.confidence:.2f}] {j.asked.question} → {found} (expected {', '.join(expected)})"


Searched = Sequence[tuple[LabelledQuestion, Query]]


def fit_ranker(retriever: Retriever, searched: Searched) -> Ranker:
    """Learn what the evidence for a source weighs, from the questions that the content can answer."""
    examples = [retriever.example(query, _sources(asked)) for asked, query in searched]
    return fit_weights([example for example in examples if example.right])


def calibrate(retriever: Retriever, searched: Searched) -> Calibration:
    """Fit the confidence on labelled questions: those with an expectation against those out of scope."""
    found = [(retriever.search(query).evidence, asked.kind != "out_of_scope") for asked, query in searched]
    told = [(evidence, ours) for evidence, ours in found if evidence is not None]
    return fit([evidence for evidence, _ in told], [ours for _, ours in told])


def as_searched(catalog: Catalog, retriever: Retriever, questions: Iterable[LabelledQuestion]) -> Searched:
    """The questions as they come to be searched: what a rule answers is never judged by what the index finds."""
    knows = retriever.index.lexical.knows
    guardrails, even = Guardrails(catalog.rules), Evenhanded(catalog.even, knows)
    return [
        (
            asked,
            Query(
                even(asked.question),
                tell_language(asked.question, knows),
                without=PASSED_OVER,
                impossible=(FOLLOW_UP,),
            ),
        )
        for asked in questions
        if not guardrails.screen(asked.question).found
    ]


def _sources(asked: LabelledQuestion) -> set[str]:
    """The names of the sources that answer a question."""
    actors = asked.actors if asked.kind == "actor" else ()
    named = (("offer", asked.offers), ("actor", actors), ("page", asked.pages))
    return {f"{kind}/{id}" for kind, ids in named for id in ids}


def _separation(judged: Sequence[Judged]) -> float:
    """AUROC of the confidence over what reached the index: can it tell what we have from what we have not."""
    searched = [j for j in judged if j.confidence]
    inside = [j.confidence for j in searched if j.asked.kind != "out_of_scope"]
    return metrics.auroc(inside, [j.confidence for j in searched if j.asked.kind == "out_of_scope"])


# What should be low; everything else that is recorded should be high.
LOW = frozenset(["personal data kept", "hidden without need", "slots wrong", "answers with an offer that cannot fit"])
COUNTS = frozenset(["questions", "dialogues", "later turns", "screened", "with personal data", "situations"])


def record(report: Report, half: str) -> None:
    """Keep the figures over all questions as the ones not to fall below."""
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    recorded[half] = {group: report.figures[group] for group in RECORDED_GROUPS if group in report.figures}
    RECORDED.parent.mkdir(exist_ok=True)
    RECORDED.write_text(json.dumps(recorded, indent=1) + "\n")


def below_record(report: Report, half: str) -> list[str]:
    """The figures that got worse than the recorded ones, one sentence each."""
    recorded = json.loads(RECORDED.read_text()).get(half, {}) if RECORDED.exists() else {}
    fallen = []
    for group, figures in recorded.items():
        for name, before in figures.items():
            tolerance = TOLERANCE if group == "all" and "refusal" not in name else FEW
            now = report.figures[group].get(name, 0.0)
            worse = now > before + tolerance if name in LOW else now < before - tolerance
            if name not in COUNTS and worse:
                fallen.append(f"{half}, {group}: {name} went from {before:.3f} to {now:.3f}")
    return fallen


def as_table(report: Report) -> Table:
    """The figures as a table for the terminal."""
    names = ["questions", "hit@1", "hit@3", "mrr", "actor hit", "refusal recall", "refusal precision", "auroc"]
    table = Table("", *names)
    rows: list[tuple[str, Mapping[str, Any]]] = [
        ("all", report.figures["all"]),
        ("not German", report.figures["not German"]),
    ]
    for group in GROUPS:
        rows += [(f"{group}: {value}", figures) for value, figures in report.figures[group].items()]
    for label, figures in rows:
        table.add_row(label, *[_cell(figures.get(name)) for name in names])
    return table


def conversation_table(report: Report) -> Table:
    """What is counted of conversations, as a table for the terminal."""
    table = Table("of conversations", "")
    for name, figure in report.figures["conversation"].items():
        table.add_row(name, _cell(figure))
    return table


def _cell(value: float | int | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
