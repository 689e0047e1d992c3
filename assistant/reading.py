"""Reads a YAML file into its shape, and tells the line of whatever is wrong in it.

What the shapes are is in `content`, which files there are in `catalog`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import ValidationError

from assistant.content import Shape

Severity = Literal["error", "warning"]
Anything = TypeVar("Anything", bound=Shape)

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser reads all content in a tenth of the time


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that an editor should mend, with what to do."""

    file: Path
    line: int
    severity: Severity
    message: str

    def __str__(self) -> str:
        """`content/offers/x.md, line 7: …`."""
        return f"{self.file}, line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value was read: the file, and the line of each of its keys."""

    file: Path
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def line(self, *path: str | int) -> int:
        """The line of a key, or of the nearest key above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, severity: Severity, message: str, *path: str | int) -> Problem:
        """A problem at a key."""
        return Problem(self.file, self.line(*path), severity, message)


def read_mapping(file: Path, shape: type[Anything], problems: list[Problem]) -> dict[str, Anything]:
    """Read one file that maps ids to values."""
    found: dict[str, Anything] = {}
    if not file.exists():
        problems.append(Problem(file, 1, "error", "the file is missing"))
        return found
    loaded = load_yaml(file, file.read_text(encoding="utf-8"), problems)
    if loaded is None:
        return found
    values, lines = loaded
    if not isinstance(values or {}, dict):
        problems.append(Problem(file, 1, "error", "must hold ids, each followed by ':' and its facts, not a list"))
        return found
    for id, value in (values or {}).items():
        own = {path[1:]: line for path, line in lines.items() if path and path[0] == id}
        read = _validated(Source(file, own), value, shape, problems)
        if read is not None:
            found[id] = read
    return found


def read_one(file: Path, shape: type[Anything], problems: list[Problem]) -> Anything | None:
    """Read a file that is one value."""
    if not file.exists():
        problems.append(Problem(file, 1, "error", "the file is missing"))
        return None
    read = parse(file, file.read_text(encoding="utf-8"), shape, problems)
    return read[0] if read else None


def parse(
    file: Path, text: str, shape: type[Anything], problems: list[Problem], first_line: int = 1
) -> tuple[Anything, Source] | None:
    """Read a text that is one value, and where each part of it stands."""
    loaded = load_yaml(file, text, problems, first_line)
    if loaded is None:
        return None
    source = Source(file, loaded[1])
    value = _validated(source, loaded[0], shape, problems)
    return None if value is None else (value, source)


def load_yaml(
    file: Path, text: str, problems: list[Problem], first_line: int = 1
) -> tuple[Any, dict[tuple[str | int, ...], int]] | None:
    """The value of a YAML text and the line of every key in it; None, with a problem, where it is no YAML."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None, {}
        return loader.construct_document(node), dict(_lines(node, (), first_line))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark else 0)
        what = getattr(error, "problem", None) or "cannot be read"
        problems.append(Problem(file, line, "error", f"this is not valid YAML: {what}. Put texts with ': ' in quotes"))
        return None


def _lines(
    node: yaml.Node, path: tuple[str | int, ...], first_line: int
) -> Iterator[tuple[tuple[str | int, ...], int]]:
    yield path, node.start_mark.line + first_line
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key.start_mark.line + first_line
            yield from ((p, n) for p, n in _lines(value, (*path, key.value), first_line) if p != (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(node.value):
            yield from _lines(value, (*path, at), first_line)


def _validated(source: Source, value: Any, shape: type[Anything], problems: list[Problem]) -> Anything | None:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        problems.extend(_shape_problem(source, found, shape) for found in error.errors())
        return None


def _shape_problem(source: Source, found: Any, shape: type[Shape]) -> Problem:
    path = tuple(found["loc"])
    name = ".".join(str(step) for step in path) or "the head"
    if found["type"] == "extra_forbidden":
        known = get_close_matches(str(path[-1]), list(shape.model_fields), 1)
        advice = f"Did you mean '{known[0]}'?" if known else f"Known: {', '.join(shape.model_fields)}"
        return source.problem("error", f"unknown key '{name}'. {advice}", *path)
    if found["type"] == "missing":
        return source.problem("error", f"'{name}' is missing", *path)
    return source.problem("error", f"'{name}': {found['msg']} (found: {str(found['input'])[:60]!r})", *path)
