"""Cuts a text into pieces worth indexing: by heading and by length, each knowing where it stood.

A heading alone cuts badly (most municipal pages use h3 only, some none), a length alone tears sections apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 900  # characters, about 220 tokens of German: well under the model's 512 with title and heading path
SHORTEST = 200  # a shorter piece joins the one before it, when both stand under the same heading

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+")


def sections(markdown: str) -> list[tuple[str, str]]:
    """The text under each heading, with the heading's path (`Kosten › Fahrt`); text before any heading has path ''."""
    found: list[tuple[str, str]] = []
    path: list[tuple[int, str]] = []
    lines: list[str] = []

    def close() -> None:
        text = "\n".join(lines).strip()
        if text:
            found.append((" › ".join(title for _, title in path), text))
        lines.clear()

    for line in markdown.split("\n"):
        heading = _HEADING.match(line)
        if heading is None:
            lines.append(line)
            continue
        close()
        level = len(heading[1])
        path[:] = [step for step in path if step[0] < level] + [(level, heading[2])]
    close()
    return found


def pieces(text: str, longest: int = LONGEST) -> list[str]:
    """Cut a text at paragraphs, then at sentences, so that no piece is longer than `longest` characters."""
    cut: list[str] = []
    for part in _parts(text, longest):
        if cut and len(cut[-1]) + len(part) + 1 <= longest and (len(cut[-1]) < SHORTEST or len(part) < SHORTEST):
            cut[-1] += "\n" + part
        else:
            cut.append(part)
    return cut


def _parts(text: str, longest: int) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text):
        current = ""
        for sentence in _SENTENCE_END.split(paragraph.strip()):
            if current and len(current) + len(sentence) + 1 > longest:
                yield current
                current = ""
            current = f"{current} {sentence}".strip()
            while len(current) > longest:  # a sentence without an end: cut at a space
                at = current.rfind(" ", 0, longest)
                at = at if at > 0 else longest
                yield current[:at]
                current = current[at:].strip()
        if current:
            yield current
