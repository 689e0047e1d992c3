"""Says a question without what must not count: woman or man, what somebody is called, which country they are from.

Both forms of a word become one, names are left out, countries whose people have the same rights become one phrase: so
two people with the same need get the same list by construction. The words stand in `content/evenhanded.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from assistant.content import EvenWords
from index.lexical import fold, words

# Endings of people's words that add -in for women: Verkäufer/-in, Praktikant/-in, Student/-in, Erzieher/-innen.
_FEMININE = re.compile(r"\b(\w{2,}(?:er|ent|ant|ist|log|eur|or|at))in(nen)?\b", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")  # markup says nothing either
_OTHER_ALPHABET = re.compile(r"[\u0370-\u1fff\u3040-\U0010ffff]")
_NAME = r"[^\W\d_]{2,}(?:-[^\W\d_]+)?"
_FULL_NAME = re.compile(r"^[^\W\d_a-zäöüß][^\W\d_]+ [^\W\d_a-zäöüß][^\W\d_]+\b")
TITLES = frozenset(["herr", "herrn", "frau"])
SOMEBODY = "jemand"


class Evenhanded:
    """The words that make no difference, ready to be said evenly."""

    def __init__(self, content: EvenWords, knows: Callable[[str], bool]) -> None:
        """Take the content's words, and what tells a folded word of the content from a name."""
        self._words = content
        self._knows = knows

    def __call__(self, message: str) -> str:
        """The message as it is searched for; the words of other alphabets stay as they are."""
        message = _TAG.sub(" ", message)
        if _OTHER_ALPHABET.search(message):
            return message
        message = self.without_names(message)
        message = self._countries.sub(lambda found: self._origin(found[0], message), message)
        message = _FEMININE.sub(lambda found: found[1] + _plural(found[1], found[2]), message)
        message = self._forms.sub(lambda found: _as(found[0], self._one_form), message)
        if self._people.search(message):
            message = self._small.sub(lambda found: _as(found[0], self._one_small), message)
        return message

    def without_names(self, message: str) -> str:
        """The message without what people are called in it, as it may be kept."""
        message = self._before_names.sub(self._without_name, message)
        return _FULL_NAME.sub(self._without_full_name, message)

    def same_origins(self, message: str) -> str:
        """The message with one country for all of the same rights, so that the same is learned of their people."""
        return self._countries.sub(lambda found: self._groups[found[0].lower()][1], message)

    def _origin(self, country: str, message: str) -> str:
        """The phrase for a country; for who was born here the parents' country makes no difference at all."""
        if self._born_here.search(message):
            return self._words.origins["other"].neutral
        return self._groups[country.lower()][0]

    def _without_name(self, found: re.Match[str]) -> str:
        before, names = found["before"].rstrip(), found["names"].split()
        kept = [name for name in names if not self._is_name(name)]
        if len(kept) == len(names):
            return found[0]
        return " ".join([SOMEBODY if before.lower() in TITLES else before, *kept])

    def _without_full_name(self, found: re.Match[str]) -> str:
        first, last = found[0].split()
        is_surname = last in self._words.surnames or self._is_name(last)
        return SOMEBODY if self._is_name(first) and is_surname else found[0]

    def _is_name(self, word: str) -> bool:
        """Whether neither the language nor the content knows a word; small ones that end like a verb are one."""
        may_be = bool(words(word)) and not (word[0].islower() and word.endswith("t"))
        return may_be and not self._knows(fold(word))

    @cached_property
    def _one_form(self) -> Mapping[str, str]:
        return {form: one for one, forms in self._words.forms.items() for form in forms}

    @cached_property
    def _one_small(self) -> Mapping[str, str]:
        return {form: one for one, forms in self._words.small_words.items() for form in forms}

    @cached_property
    def _forms(self) -> re.Pattern[str]:
        return _any_of(self._one_form)

    @cached_property
    def _small(self) -> re.Pattern[str]:
        return _any_of(self._one_small)

    @cached_property
    def _people(self) -> re.Pattern[str]:
        return _any_of(self._words.people)

    @cached_property
    def _groups(self) -> Mapping[str, tuple[str, str]]:
        """The neutral phrase and the country that stands for all, by country."""
        groups = self._words.origins.values()
        return {country.lower(): (group.neutral, group.countries[0]) for group in groups for country in group.countries}

    @cached_property
    def _countries(self) -> re.Pattern[str]:
        return _any_of(self._groups)

    @cached_property
    def _born_here(self) -> re.Pattern[str]:
        return _any_of(self._words.born_here)

    @cached_property
    def _before_names(self) -> re.Pattern[str]:
        before = "|".join(self._words.before_names) or r"(?!)"
        second = rf"(?:\s(?-i:[^\W\d_a-zäöüß]){_NAME})?"
        return re.compile(rf"\b(?P<before>(?:{before})\s)(?P<names>{_NAME}{second})", re.IGNORECASE)


def _as(word: str, one: Mapping[str, str]) -> str:
    """The one form of a word, with a capital where the word has one."""
    said = one[word.lower()]
    return said[0].upper() + said[1:] if word[0].isupper() else said


def _plural(stem: str, ending: str | None) -> str:
    return "en" if ending and not stem.lower().endswith("er") else ""


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})\b", re.IGNORECASE)
