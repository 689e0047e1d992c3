"""Reads what people really say to each rule of caution, and in later turns: `content/examples/<kind>/<name>.yaml`.

The rules themselves, what they answer and the words that surely mean them, stand in `content/guardrails.yaml`, the
words of later turns in `content/followups.yaml`. What sounds like an emergency and is none, and what nobody here
offers, is known by its examples alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

from assistant.content import FollowUpWords, GuardrailRules, Likeness, Rule, Wish
from assistant.reading import Problem, read_one

BY_RULE = ("emergencies", "declined", "referred", "smalltalk")
BY_EXAMPLE = ("harmless", "unknown")
LATER = "followup"


def with_examples(rules: GuardrailRules, folder: Path, problems: list[Problem]) -> GuardrailRules:
    """Rules that know their examples below a folder; a file that belongs to no rule is a problem."""
    known: dict[str, Mapping[str, Rule | Likeness]] = {}
    for kind in BY_RULE:
        known[kind] = _taught(getattr(rules, kind), _read(folder / kind, problems), folder / kind, problems)
    for kind in BY_EXAMPLE:
        known[kind] = {**getattr(rules, kind), **_read(folder / kind, problems)}
    return rules.model_copy(update=known)


def with_later_messages(words: FollowUpWords, folder: Path, problems: list[Problem]) -> FollowUpWords:
    """The words of later turns with what people say below a folder; a file that is called like no wish is a problem."""
    read = _read(folder / LATER, problems)
    for name in read.keys() - set(get_args(Wish)):
        message = f"no later message wants '{name}'. Known: {', '.join(get_args(Wish))}"
        problems.append(Problem(folder / LATER / f"{name}.yaml", 1, "error", message))
    return words.model_copy(update={"examples": {**words.examples, **read}})


def _read(folder: Path, problems: list[Problem]) -> dict[str, Likeness]:
    read = {file.stem: read_one(file, Likeness, problems) for file in sorted(folder.glob("*.yaml"))}
    return {name: examples for name, examples in read.items() if examples}


def _taught(
    rules: Mapping[str, Rule], examples: Mapping[str, Likeness], folder: Path, problems: list[Problem]
) -> dict[str, Rule]:
    """Rules with the examples of the same name added to their own."""
    taught = dict(rules)
    for name, read in examples.items():
        if name not in rules:
            close = get_close_matches(name, list(rules), 1)
            advice = f"Did you mean '{close[0]}'?" if close else "Add the rule there, or delete this file."
            message = f"guardrails.yaml has no rule '{name}' under {folder.name}. {advice}"
            problems.append(Problem(folder / f"{name}.yaml", 1, "error", message))
            continue
        rule = rules[name]
        languages = {*rule.examples_in, *read.examples_in}
        taught[name] = rule.model_copy(
            update={
                "examples": (*rule.examples, *read.examples),
                "examples_in": {
                    language: (*rule.examples_in.get(language, ()), *read.examples_in.get(language, ()))
                    for language in sorted(languages)
                },
            }
        )
    return taught
