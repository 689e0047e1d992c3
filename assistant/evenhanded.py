"""Says a question without what must not count: woman or man, what somebody is called, which country they are from.

Both forms of a word become one, names are left out, countries whose people have the same rights become one phrase: so
two people with the same need get the same list by construction. The words stand in `content/evenhanded.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from assistant.content import EvenWords
from assistant.patterns import alternatives, caseless
from index.lexical import fold, words

# Endings of people's words that add -in for women: Verkäufer/-in, Praktikant/-in, Student/-in, Erzieher/-innen.
_FEMININE = re.compile(r"\b(\w{2,}(?:er|ent|ant|ist|log|eur|or|at))in(nen)?\b", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")  # markup says nothing either
_OTHER_ALPHABET = re.compile(r"[\u0370-\u1fff\u3040-\U0010ffff]")
_NAME = r"[^\W\d_]{2,}(?:-[^\W\d_]+)?"
_FULL_NAME = re.compile(r"(?<![\w.-])[A-ZÀ-ÞĀ-Ž][^\W\d_]+ [A-ZÀ-ÞĀ-Ž][^\W\d_]+(?:-[^\W\d_]+)?(?![\w-])")
TITLES = frozenset(["herr", "herrn", "frau"])
SOMEBODY = "jemand"
ANYWHERE = "other"  # the group whose phrase says no more than "abroad"


class Evenhanded:
    """The words that make no difference, ready to be said evenly."""

    def __init__(self, content: EvenWords, knows: Callable[[str], bool]) -> None:
        """Take the content's words, and what tells a folded word of the content from a name."""
        self._surnames = frozenset(content.surnames)
        self._knows = knows
        self._forms = _Saying(_one_of_each(content.forms), keeps_capitals=True)
        self._small_words = _Saying(_one_of_each(content.small_words), keeps_capitals=True)
        self._people = _any_of(content.people)
        self._born_here = _any_of(content.born_here)
        origins = content.origins
        neutral = {land.lower(): group.neutral for group in origins.values() for land in group.countries}
        first = {land.lower(): group.countries[0] for group in origins.values() for land in group.countries}
        anywhere = origins[ANYWHERE].neutral if ANYWHERE in origins else ""
        self._neutral = _Saying(neutral, keeps_capitals=False)
        self._first = _Saying(first, keeps_capitals=False)
        self._anywhere = _Saying(dict.fromkeys(neutral, anywhere), keeps_capitals=False)
        before = "|".join(content.before_names) or r"(?!)"
        second = rf"(?:\s{_NAME})?"
        self._names = re.compile(rf"\b(?P<before>(?:{before})\s)(?P<names>{_NAME}{second})", re.IGNORECASE)

    def __call__(self, message: str) -> str:
        """The message as it is searched for; the words of other alphabets stay as they are."""
        message = _TAG.sub(" ", message)
        if _OTHER_ALPHABET.search(message):
            return message
        message = self.without_names(message)
        # For who was born here the parents' country makes no difference at all.
        message = (self._anywhere if self._born_here.search(message) else self._neutral)(message)
        message = _FEMININE.sub(lambda found: found[1] + _plural(found[1], found[2]), message)
        message = self._forms(message)
        return self._small_words(message) if self._people.search(message) else message

    def without_names(self, message: str) -> str:
        """The message without what people are called in it, as it may be kept."""
        message = self._names.sub(self._without_name, message)
        return _FULL_NAME.sub(self._without_full_name, message)

    def same_origins(self, message: str) -> str:
        """The message with one country for all of the same rights, so that the same is learned of their people."""
        return self._first(message)

    def _without_name(self, found: re.Match[str]) -> str:
        before, names = found["before"].rstrip(), found["names"].split()
        if not self._is_name(names[0]):
            return found[0]
        kept = [name for name in names[1:] if not (self._is_name(name) or name in self._surnames)]
        return " ".join([SOMEBODY if before.lower() in TITLES else before, *kept])

    def _without_full_name(self, found: re.Match[str]) -> str:
        first, last = found[0].split()
        is_surname = last in self._surnames or self._is_name(last)
        return SOMEBODY if self._is_name(first) and is_surname else found[0]

    def _is_name(self, word: str) -> bool:
        """Whether neither the language nor the content knows a word; small ones that end like a verb are one."""
        may_be = bool(words(word)) and not (word[0].islower() and word.endswith("t"))
        return may_be and not self._knows(fold(word))


class _Saying:
    """Says each of some words as another."""

    def __init__(self, one: Mapping[str, str], keeps_capitals: bool) -> None:
        self._one = {caseless(word): said for word, said in one.items()}
        self._pattern = _any_of(one)
        self._keeps_capitals = keeps_capitals

    def __call__(self, message: str) -> str:
        return self._pattern.sub(self._said, message)

    def _said(self, found: re.Match[str]) -> str:
        said = self._one[caseless(found[0])]
        return said[0].upper() + said[1:] if self._keeps_capitals and found[0][0].isupper() else said


def _one_of_each(forms: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {form: one for one, many in forms.items() for form in many}


def _plural(stem: str, ending: str | None) -> str:
    return "en" if ending and not stem.lower().endswith("er") else ""


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(words)})\b", re.IGNORECASE)
