"""Finds the town that somebody lives in among the towns a message names.

The towns, how they are written in other alphabets, their districts and postcodes stand in `content/places.yaml`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from assistant.content import Place
from assistant.patterns import alternatives
from index.lexical import fold

_POSTCODE = re.compile(r"(?<!\d)\d{5}(?!\d)")
SHORTEST_DISTRICT = 6  # letters: shorter names of districts are words of their own (Berg, Höchst)
# Of several towns the one somebody lives in; the others are where they work or come from.
_LIVES = re.compile(
    r"\b(?:wohn\w*|leb(?:e|st|t|en)?|zieh\w*|live in|living in)\b[^.!?,;]{0,20}$|жив\w+ [^.!?,;]{0,12}$|أسكن|ساكن|اعيش"
    r"|\b(?:mieszka\w+ w|locui\w+ [iî]n|habit\w+ [aà]|viv\w+ en|abit\w+ a|(?:zu ?hause|daheim)(?: \w+)? in) $"
)
# … or what follows: "in Nidda wohne ich", "Nidda'da oturuyorum", "в Нидде живу"
_LIVED = re.compile(r"['’]?\w{0,3} (?:wohn\w*|leb(?:e|en|t)\b|zu ?hause|daheim|жив\w+|otur\w+|yas[ıi]y\w+|زندگی)")
_MOVED = re.compile(r"\bnach $"), re.compile(r"^[^.!?,;]{0,12}\b(?:um)?(?:ge)?zogen\b|^[^.!?,;]{0,12}\b(?:um)?ziehen\b")
_RIVER = re.compile(r"\b(?:die|der|an der|uber die) $")  # "die Nidda hat Hochwasser"


@dataclass(frozen=True)
class Towns:
    """The towns, ready to be looked for in messages."""

    places: Mapping[str, Place]

    def in_message(self, message: str, only_home: bool = False) -> str | None:
        """The town by its postcode, its name or a district's name; of several the one somebody lives in."""
        text = fold(message)
        for postcode in _POSTCODE.findall(text):
            if postcode in self._by_postcode:
                return self._by_postcode[postcode]
        named = list(self._named(text)) if self.places else []
        lived_in = (id for id, before, after in named if _is_home(before, after))
        return next(lived_in, None if only_home else next((id for id, _, _ in named), None))

    def without(self, message: str) -> str:
        """A message without the names of towns and their postcodes: where somebody lives is not what they ask for."""
        named = {word for hit in self._names.finditer(fold(message)) for word in hit[0].split()}
        kept = [w for w in message.split() if fold(w.strip(".,;:!?()")) not in named | self._by_postcode.keys()]
        return " ".join(kept)

    def without_home(self, message: str) -> str:
        """A message without the town somebody says they live in: no office or school of that town is meant by it."""
        kept = message.split()
        ends = list(accumulate(len(fold(word)) + 1 for word in kept))
        text = " ".join(map(fold, kept))
        for hit in reversed(list(self._names.finditer(text)) if self.places else []):
            if _is_home(text[: hit.start()], text[hit.end() :]):
                del kept[bisect_right(ends, hit.start()) : bisect_right(ends, hit.end() - 1) + 1]
        return " ".join(kept)

    def _named(self, text: str) -> Iterator[tuple[str, str, str]]:
        """Each town that a folded text names, with the text before and after it."""
        for hit in self._names.finditer(text):
            before, after = text[: hit.start()], text[hit.end() :]
            if not _RIVER.search(before):
                yield self._by_name[hit["latin"] or hit["other"]], before, after

    @cached_property
    def _by_postcode(self) -> dict[str, str]:
        return {code: id for id, place in self.places.items() for code in place.postcodes}

    @cached_property
    def _by_name(self) -> dict[str, str]:
        """Town by folded name; a town's own name counts for more than another's district of that name."""
        names: dict[str, str] = {}
        for id, place in self.places.items():
            long = [name for name in place.districts if len(name) >= SHORTEST_DISTRICT]
            names |= {fold(name): id for name in long if fold(name) not in names}
        for id, place in self.places.items():
            names |= {fold(name): id for name in (place.name, *place.aliases, *place.written)}
        return names

    @cached_property
    def _names(self) -> re.Pattern[str]:
        """Every name, the longest first; with a Turkish ending, in other alphabets with what is written on to it."""
        other = {fold(name) for place in self.places.values() for name in place.written}
        latin = alternatives(self._by_name.keys() - other)
        return re.compile(
            rf"\b(?P<latin>{latin})(?:[dt][ea]n?)?\b|(?<!\w)[بولف]?(?P<other>{alternatives(other)})\w{{0,3}}(?!\w)"
        )


def _is_home(before: str, after: str) -> bool:
    is_lived_in = _LIVES.search(before) or _LIVED.match(after)
    return bool(is_lived_in or (_MOVED[0].search(before) and _MOVED[1].search(after)))
