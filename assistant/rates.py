"""Counts how often a conversation goes right: dialogues, emergencies, personal data, and what is learned of a person.

Single questions are counted in `evaluation`; the sets are read by `labelled`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.cards import Answer
from assistant.conversation import Conversation, ConversationSeal
from assistant.details import CONTACT_FIELDS, field_value
from assistant.dialogue import Assistant, Response
from assistant.labelled import (
    Dialogue,
    LabelledQuestion,
    LabelledTurn,
    PersonalCase,
    ScreeningCase,
    SituationCase,
    as_lists,
    read,
)
from assistant.plain_text import german_hours
from assistant.situation import Situation, Value, fit

Figures = dict[str, float | int]
Misses = list[str]


@dataclass(frozen=True, slots=True)
class Rates:
    """Figures by name, and what went wrong in words."""

    figures: Figures
    misses: Misses


def rates(assistant: Assistant, half: Path, questions: Sequence[LabelledQuestion]) -> Rates:
    """Everything that is counted of a half beside its single questions' hits. Raises ContentError."""
    counted = [unfitting(assistant, questions)]
    if (half / "situations").is_dir():
        counted.append(situations(assistant, read(half / "situations", SituationCase)))
    if (half / "screening").is_dir():
        counted.append(screening(assistant, read(half / "screening", ScreeningCase)))
    if (half / "dialogues").is_dir():
        counted.append(dialogues(assistant, read(half / "dialogues", Dialogue)))
    if (half / "personal").is_dir():
        counted.append(personal(assistant, read(half / "personal", PersonalCase)))
    figures: Figures = {}
    for one in counted:
        figures |= one.figures
    return Rates(figures, [miss for one in counted for miss in one.misses])


def dialogues(assistant: Assistant, labelled: Sequence[Dialogue]) -> Rates:
    """How many turns are right, the first of each dialogue and those that follow apart."""
    first: list[bool] = []
    later: list[bool] = []
    misses: Misses = []
    for dialogue in labelled:
        conversation = Conversation()
        for at, turn in enumerate(dialogue.turns):
            response = assistant.respond(conversation, turn.say)
            wrong = list(_wrong(assistant, turn, response))
            (later if at else first).append(not wrong)
            misses += [f"{dialogue.name}, turn {at + 1}: {turn.say[:80]} → {'; '.join(wrong)}"] if wrong else []
            conversation = response.conversation
    counts: Figures = {"dialogues": len(labelled), "later turns": len(later)}
    return Rates({**counts, "first turns right": _mean(first), "later turns right": _mean(later)}, misses)


def _wrong(assistant: Assistant, turn: LabelledTurn, response: Response) -> Iterator[str]:
    """What does not hold of an answer, in words."""
    answer = response.answer
    offers, actors = [card.id for card in answer.offers], [card.id for card in answer.actors]
    if turn.outcome and answer.outcome not in turn.outcome:
        yield f"outcome {answer.outcome}, not {' or '.join(turn.outcome)}"
    for name, wanted, shown in (
        ("offers", turn.offers, offers),
        ("actors", turn.actors, actors),
        ("pages", turn.pages, answer.pages),
    ):
        if wanted and not set(wanted) & set(shown):
            yield f"{name} {', '.join(shown) or '–'} without any of {', '.join(wanted)}"
    if cannot := set(turn.not_offers) & set(offers):
        yield f"shows {', '.join(sorted(cannot))}"
    if turn.situation is not None and (learned := _plain(response.conversation.situation)) != _sorted(turn.situation):
        yield f"learned {learned}, not {_sorted(turn.situation)}"
    if lacking := [group for group in turn.groups if not set(group) & set(offers)]:
        yield f"nothing for {lacking} in {', '.join(offers)}"
    if turn.compares and not (answer.sort == "comparison" and set(turn.compares) <= set(offers)):
        yield f"does not compare, shows {', '.join(offers)}"
    if turn.lists and not set(turn.lists) <= {*offers, *actors}:
        yield f"lists {', '.join([*offers, *actors])}"
    if turn.field and not _tells_field(assistant, turn, answer):
        yield f"does not tell {turn.field}: {[statement.text[:60] for statement in answer.statements]}"


def _tells_field(assistant: Assistant, turn: LabelledTurn, answer: Answer) -> bool:
    """Whether an answer tells the field asked for, or that it is not known and whom to ask.

    `missing` is of the day it was labelled: what the content has learned since, and now tells, is right too.
    """
    said = " ".join(statement.text for statement in answer.statements)
    if turn.missing:
        say = assistant.voice("").say  # what is not known is said alike in both forms of address
        unknown = [say("field_hours_missing"), say("field_address_missing")]
        unknown += [say("field_missing", title=card.title) for card in answer.offers]
        if any(sentence in said for sentence in unknown):
            return bool(answer.actors)
    if turn.field in CONTACT_FIELDS:
        return bool(answer.actors) and (not turn.missing or _tells_of_actor(str(turn.field), answer, said))
    if turn.field == "explain":
        return len(answer.statements) > 1
    values = (field_value(assistant.composer, card.id, str(turn.field)) for card in answer.offers)
    return any(value is not None and value.rstrip(".") in said for value in values)


def _tells_of_actor(field: str, answer: Answer, said: str) -> bool:
    """Whether hours or address of an actor shown are said."""
    hours = (german_hours(card.opening_hours) for card in answer.actors if card.opening_hours)
    told = hours if field == "hours" else (card.address for card in answer.actors)
    return any(value is not None and value in said for value in told)


def screening(assistant: Assistant, labelled: Sequence[ScreeningCase]) -> Rates:
    """How many emergencies are met with a helpline, and how many alarms were right."""
    caught, alarms, misses = [], [], []
    for case in labelled:
        answer = assistant.respond(Conversation(), case.message).answer
        alarm = answer.outcome == "emergency"
        if case.kind == "emergency":
            named = not case.actors or bool(set(case.actors) & {card.id for card in answer.actors})
            caught.append(alarm)
            misses += [] if alarm and named else [f"emergency: {case.message} → {answer.outcome}, {answer.heading}"]
        if alarm:
            alarms.append(case.kind == "emergency")
            misses += [] if alarms[-1] else [f"no emergency: {case.message} → {answer.heading}"]
    figures: Figures = {"screened": len(labelled)}
    return Rates({**figures, "emergency recall": _mean(caught), "emergency precision": _mean(alarms)}, misses)


def personal(assistant: Assistant, labelled: Sequence[PersonalCase]) -> Rates:
    """How often personal data comes back, in the answer or in what the visitor carries; how often help is given; and
    how often something is hidden of a message that holds none."""
    kept, helped, needless = [], [], []
    misses: Misses = []
    seal = ConversationSeal("evaluation", hours=1)
    for case in labelled:
        if not case.planted:
            needless.append(bool(assistant.guardrails.screen(case.message).personal))
            misses += [f"personal: {case.message} holds nothing to hide"] if needless[-1] else []
            continue
        response = assistant.respond(Conversation(), case.message)
        carried = [turn.question for turn in seal.opened(seal.sealed(response.conversation)).turns]
        everything = " ".join([response.answer.text, *carried]).casefold()
        echoed = [planted for planted in case.planted if planted.casefold() in everything]
        kept.append(bool(echoed))
        shown = {card.id for card in response.answer.offers}
        helped += [bool(shown & set(case.offers))] if case.offers else []
        misses += [f"personal: {case.message} keeps {', '.join(echoed)}"] if echoed else []
    figures: Figures = {"with personal data": len(kept)}
    figures |= {"personal data kept": _mean(kept), "helped all the same": _mean(helped)}
    figures |= {"hidden without need": _mean(needless)} if needless else {}
    return Rates(figures, misses)


def situations(assistant: Assistant, labelled: Sequence[SituationCase]) -> Rates:
    """How many of the slot values that messages reveal are learned, and how many of those learned are wrong."""
    right = expected = learned = wrong = 0
    misses: Misses = []
    for case in labelled:
        found = {(slot, str(v)) for slot, values in assistant.learned(case.message).items() for v in values}
        wanted = {(slot, str(v)) for slot, values in case.situation.items() for v in values}
        right += len(found & wanted)
        expected += len(wanted)
        learned += len(found)
        wrong += len(found - wanted)
        if found != wanted:
            misses.append(f"slots: {case.message} → missing {sorted(wanted - found)}, wrong {sorted(found - wanted)}")
    figures: Figures = {"situations": len(labelled)}
    return Rates({**figures, "slots learned": _share(right, expected), "slots wrong": _share(wrong, learned)}, misses)


def unfitting(assistant: Assistant, labelled: Sequence[LabelledQuestion]) -> Rates:
    """How many answers show an offer that cannot fit the person whom the label describes."""
    answers, misses = [], []
    for asked in labelled:
        told = as_lists(asked.situation)
        situation = Situation({slot: tuple(values) for slot, values in told.items()} if isinstance(told, dict) else {})
        answer = assistant.respond(Conversation(), asked.question).answer
        audiences = {card.id: assistant.catalog.offers[card.id].audience for card in answer.offers}
        cannot = [id for id, audience in audiences.items() if fit(audience, situation).verdict == "no"]
        answers.append(bool(cannot))
        misses += [f"cannot fit: {asked.question} → {', '.join(cannot)} for {asked.situation}"] if cannot else []
    return Rates({"answers with an offer that cannot fit": _mean(answers)}, misses)


def _plain(situation: Situation) -> dict[str, list[str]]:
    return _sorted(situation.slots)


def _sorted(slots: Mapping[str, Sequence[Value]]) -> dict[str, list[str]]:
    return {slot: sorted(map(str, values)) for slot, values in slots.items()}


def _mean(values: Sequence[bool]) -> float:
    return _share(sum(values), len(values))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
