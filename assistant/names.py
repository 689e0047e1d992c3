"""Finds the offers, actors and pages that a message calls by name: `EQ`, `die BvB`, `Jobcenter Wetterau`.

Meaning is the index's work; a name is what somebody compares or asks about by its own word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from assistant.catalog import Catalog
from index.lexical import fold

SHORTEST = 2  # letters of a name: `EQ`
_TOKEN = re.compile(r"[^\W_]+")
_BRACKETS = re.compile(r"\([^)]*\)")


class Names:
    """Every title and alias, folded, with the sources it stands for."""

    def __init__(self, catalog: Catalog) -> None:
        """Take the content whose things have names."""
        self._catalog = catalog

    def in_message(self, message: str) -> list[tuple[str, ...]]:
        """For each name in a message, in its order, the sources it stands for; a longer name hides a shorter."""
        return list(dict.fromkeys(self._sources[key] for key, _, _ in self._found(message)))

    def without(self, message: str) -> str:
        """A message without the names in it."""
        for _, start, end in reversed(list(self._found(message))):
            message = f"{message[:start]} {message[end:]}"
        return message

    def _found(self, message: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
        """Each name in a message with its first and last character."""
        tokens = list(_TOKEN.finditer(message))
        folded = [fold(token[0]) for token in tokens]
        at = 0
        while at < len(tokens):
            most = min(self._longest, len(tokens) - at)
            length = next((n for n in range(most, 0, -1) if tuple(folded[at : at + n]) in self._sources), 0)
            if length:
                yield tuple(folded[at : at + length]), tokens[at].start(), tokens[at + length - 1].end()
            at += length or 1

    @cached_property
    def _sources(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        sources: dict[tuple[str, ...], list[str]] = {}
        for source, names in self._named():
            for name in names:
                key = tuple(fold(token) for token in _TOKEN.findall(name))
                if len("".join(key)) >= SHORTEST:
                    sources.setdefault(key, []).append(source)
        return {key: tuple(dict.fromkeys(named)) for key, named in sources.items()}

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._sources), default=0)

    def _named(self) -> Iterable[tuple[str, Iterable[str]]]:
        for id, offer in self._catalog.offers.items():
            yield f"offer/{id}", _spellings(offer.title, offer.aliases)
        for id, page in self._catalog.pages.items():
            yield f"page/{id}", _spellings(page.title, page.aliases)
        for id, actor in self._catalog.actors.items():
            yield f"actor/{id}", _spellings(actor.name, actor.aliases)


def _spellings(title: str, aliases: Iterable[str]) -> list[str]:
    """The names of a thing: `Einstiegsqualifizierung (EQ)` is also called without its brackets."""
    return [title, _BRACKETS.sub("", title), *aliases]
