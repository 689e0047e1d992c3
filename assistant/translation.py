"""Says the assistant's own German sentences in the language of the frame; content inside them stays German.

An answer is composed in German, a page may stand in another language. A sentence of ours is told by its German wording,
so that no kind of answer has to know in which frame it will be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from assistant.cards import Chip, FollowUp, Reply
from assistant.catalog import Catalog
from assistant.languages import Voice, is_latin
from assistant.situation import AGE, PLACE

LEAST_LETTERS = 3  # outside its gaps, from which on a sentence can be told: "{title}" alone could be anything
# What fills these gaps is itself a sentence of ours: "3 Angebote für Sie" in "{offers} und {actors}".
OURS = frozenset(["offers", "actors"])
COUNTED = frozenset(["count", "km", "limit", "number", "time"])  # gaps that hold figures and nothing else
_GAP = re.compile(r"\{(\w+)\}")
# A German name inside a sentence in another script: "(Zulassungsstelle)", "§ 4 KSchG", "rmv.de"; B1 is no word.
_LETTER = "[A-Za-zÀ-\u024f]"
_GERMAN_WORD = rf"{_LETTER}{{2}}(?:{_LETTER}|[\d.-](?={_LETTER}|\d))*"
_GERMAN_NAME = re.compile(rf"(?:§ \d+ )?{_GERMAN_WORD}(?: {_GERMAN_WORD})*")
_FIGURES = re.compile(r"[\d.,:]+")


@dataclass(frozen=True, slots=True)
class _Known:
    """A German sentence with gaps, as a pattern, and the same one in the frame's language."""

    pattern: re.Pattern[str]
    said: str
    letters: int


def in_german(text: str) -> Markup:
    """A German fragment inside a sentence in another language, marked as such (WCAG 3.1.2)."""
    return Markup('<span lang="de" dir="ltr">{}</span>').format(text)


class Translation:
    """The sentences of one voice, found by what they are in German.

    Where it is written in another script than German, the German names in its sentences are told by their letters and
    marked; in Latin script nothing tells them, and proper names need no mark (WCAG 3.1.2).
    """

    def __init__(self, voice: Voice, german: Sequence[Voice], catalog: Catalog) -> None:
        """Take the voice of the frame, those an answer may be composed in, and the content with its slots and rules."""
        self._voice = voice
        self._catalog = catalog
        self._latin = is_latin(voice.sentences["own_name"])
        pairs = [(s, voice.sentences[key]) for spoken in german for key, s in spoken.sentences.items()]
        pairs += self._ruled()
        self._whole = {sentence: said for sentence, said in pairs if "{" not in sentence and said != sentence}
        known = [_known(sentence, said) for sentence, said in pairs if "{" in sentence and _changes(sentence, said)]
        self._with_gaps = sorted((k for k in known if k.letters >= LEAST_LETTERS), key=lambda k: -k.letters)

    def sentence(self, text: str) -> Markup | None:
        """A sentence of ours in the frame's language; None where it is content, which stays as it is."""
        if text in self._whole:
            return self._marked(self._whole[text])
        return next((said for known in self._with_gaps if (said := self._filled(known, text))), None)

    def said(self, key: str, **values: object) -> Markup:
        """A sentence by its key; the values that are markup stay markup."""
        return self._marked(self._voice.sentences[key]).format(**values)

    def question(self, asked: FollowUp) -> tuple[Markup, Markup] | None:
        """A follow-up question with why it is asked; None where it is not translated."""
        words = self._voice.slots.get(asked.slot)
        return (self._marked(words.question), self._marked(words.why)) if words else None

    def choice(self, slot: str, reply: Reply) -> Markup | None:
        """The label of a choice; None where it is not translated."""
        words = self._voice.slots.get(slot)
        label = words.choices.get(reply.value.lower()) if words else None
        return self._marked(label) if label else None

    def chip(self, chip: Chip) -> Markup | None:
        """What was understood, as shown back; None where it is not translated. Names of towns stay as they are."""
        words = self._voice.slots.get(chip.slot)
        label: str | Markup | None = self.choice(chip.slot, Reply("", chip.value))
        if chip.slot == AGE:
            label = chip.value
        elif chip.slot == PLACE and chip.value in self._catalog.places:
            label = in_german(self._catalog.places[chip.value].name)
        return self._marked(words.chip).format(label=label) if words and label else None

    def _marked(self, sentence: str) -> Markup:
        """A sentence of this voice for a page, the German names in another script marked as German."""
        if self._latin:
            return escape(sentence)
        parts: list[Markup] = []
        end = 0
        for found in _GERMAN_NAME.finditer(_GAP.sub(lambda gap: "_" * len(gap[0]), sentence)):
            parts += [escape(sentence[end : found.start()]), in_german(found[0])]
            end = found.end()
        return Markup("").join([*parts, escape(sentence[end:])])

    def _filled(self, known: _Known, text: str) -> Markup | None:
        found = known.pattern.fullmatch(text)
        if found is None:
            return None
        values = {name: self._value(name, value) for name, value in found.groupdict().items()}
        return self._marked(known.said).format(**values) if all(values.values()) else None

    def _value(self, name: str, value: str) -> Markup | None:
        if name in OURS:
            return self.sentence(value)
        return escape(value) if _FIGURES.fullmatch(value) else in_german(value)

    def _ruled(self) -> Iterator[tuple[str, str]]:
        """What the rules of `guardrails.yaml` say, in German with du and with Sie, and in this voice."""
        rules = self._catalog.rules
        named = {**rules.emergencies, **rules.declined, **rules.referred, **rules.smalltalk}
        for name, rule in (*named.items(), ("personal_data", rules.personal_data)):
            words = self._voice.rules.get(name)
            for field in ("say", "go") if words else ():
                for german in (getattr(rule, field, None), getattr(rule, f"{field}_du", None)):
                    if german and (said := getattr(words, field)):
                        yield german, said


def _changes(sentence: str, said: str) -> bool:
    """Whether a sentence is another one here; "{offers} und {actors}" is where what fills it is."""
    return said != sentence or not OURS.isdisjoint(_GAP.findall(sentence))


def _known(sentence: str, said: str) -> _Known:
    parts = _GAP.split(sentence)  # text, name of a gap, text, name of a gap, …
    gaps = {part: _FIGURES.pattern if part in COUNTED else ".+?" for part in parts[1::2]}
    pattern = "".join(f"(?P<{p}>{gaps[p]})" if at % 2 else re.escape(p) for at, p in enumerate(parts))
    letters = sum(letter.isalpha() for part in parts[::2] for letter in part)
    return _Known(re.compile(pattern, re.DOTALL), said, letters)
