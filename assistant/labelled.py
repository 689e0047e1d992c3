"""The labelled sets below `content/questions/<half>/`: what people ask, with what a good adviser would answer.

What to tune with and what to report with are apart: the halves are `tuning` and `test`. Counting is in `evaluation`
and `rates`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import ValidationError, field_validator

from assistant.content import ContentError, Id, Shape, Text
from assistant.situation import Value

Labelled = TypeVar("Labelled", bound=Shape)


class LabelledQuestion(Shape):
    """A question with what a good adviser would answer."""

    question: Text
    language: str
    kind: Literal["offer", "actor", "page", "out_of_scope"]
    focus: str
    style: str
    situation: dict[str, Any] = {}
    offers: tuple[Id, ...] = ()
    actors: tuple[Id, ...] = ()
    pages: tuple[Id, ...] = ()
    outcome: str | None = None


class LabelledTurn(Shape):
    """What is said in a dialogue, and all that must hold for the answer; what is left out is not judged."""

    say: Text
    language: str = "de"
    outcome: tuple[str, ...] = ()
    offers: tuple[Id, ...] = ()
    actors: tuple[Id, ...] = ()
    pages: tuple[Id, ...] = ()
    field: str | None = None
    missing: bool = False
    not_offers: tuple[Id, ...] = ()
    situation: dict[str, tuple[Value, ...]] | None = None
    groups: tuple[tuple[Id, ...], ...] = ()
    compares: tuple[Id, ...] = ()
    lists: tuple[Id, ...] = ()

    @field_validator("situation", mode="before")
    @classmethod
    def _single_values_are_lists(cls, value: object) -> object:
        """`age: 17` is short for `age: [17]`."""
        return as_lists(value)


class Dialogue(Shape):
    """Some turns of one conversation."""

    name: Text
    turns: tuple[LabelledTurn, ...]


class ScreeningCase(Shape):
    """A message that is an emergency, or only sounds like one."""

    message: Text
    language: str = "de"
    kind: Literal["emergency", "ordinary"]
    rule: str | None = None
    actors: tuple[Id, ...] = ()


class PersonalCase(Shape):
    """A message with invented personal data, which may not come back."""

    message: Text
    language: str = "de"
    planted: tuple[Text, ...]
    offers: tuple[Id, ...] = ()


class SituationCase(Shape):
    """A message with every slot it reveals."""

    message: Text
    language: str = "de"
    situation: dict[str, tuple[Value, ...]]

    @field_validator("situation", mode="before")
    @classmethod
    def _single_values_are_lists(cls, value: object) -> object:
        """`age: 17` is short for `age: [17]`."""
        return as_lists(value)


def as_lists(situation: object) -> object:
    """A situation whose slots all hold lists."""
    if not isinstance(situation, dict):
        return situation
    return {slot: value if isinstance(value, list) else [value] for slot, value in situation.items()}


def read_questions(half: Path) -> list[LabelledQuestion]:
    """The single questions of a half. Raises ContentError for a file of wrong shape or an empty folder."""
    return read(half, LabelledQuestion)


def read(folder: Path, shape: type[Labelled]) -> list[Labelled]:
    """Everything labelled in a folder's files. Raises ContentError for a file of wrong shape or an empty folder."""
    found: list[Labelled] = []
    for file in sorted(folder.glob("*.yaml")):
        for at, value in enumerate(yaml.safe_load(file.read_text(encoding="utf-8")) or [], start=1):
            try:
                found.append(shape.model_validate(value))
            except ValidationError as error:
                raise ContentError(f"{file}, entry {at}: {error}") from error
    if not found:
        raise ContentError(f"Nothing labelled in {folder}. There are tuning, test and unseen.")
    return found
