"""Chooses which of multilingual-e5's 250,002 pieces are served, and writes them as `index/pieces.bits.xz`.

Run once, not in the set-up (ten minutes); what it counts is not kept. Reading the choice is `index.pieces`' work.

    pip install --target var/words wordfreq simplemma
    PYTHONPATH=.:var/words python benchmarks/choose_pieces.py

A piece is kept by rule (single signs of every script, so that nothing becomes unknown; Ethiopic, of which there are no
word lists; whatever our own content uses), then by how much of a language's running text it makes up, the languages
weighed by how often they are spoken here. Words are counted by their frequency, also capitalised, with a mistake and
without accents, as people write to us. The labelled questions are not counted: on them the loss is measured.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import numpy as np
import simplemma.strategies.dictionaries.dictionary_factory as forms
import wordfreq
from numpy.typing import NDArray
from sentencepiece import SentencePieceProcessor

from assistant.settings import ROOT, Settings
from index.centering import read_samples
from index.model import DEFAULT_MODEL, model_folder
from index.pieces import BITS, NAMED, write_bits
from index.tokens import TOKENIZER, read_vocabulary, sentencepiece_of

Counts = NDArray[np.float64]  # one number for each piece: its share of a language's running text

KEPT = 150_000  # benchmarks/README.md has what fewer would cost
GERMAN, FIRST, NEXT, OTHERS = 3.0, 1.0, 0.5, 0.2  # how much a lost word of a language weighs
WEIGHTS = {
    "de": GERMAN,
    **dict.fromkeys(["en", "tr", "uk", "ru", "ar", "fa", "pl", "ro", "bg", "es", "it", "fr"], FIRST),
    **dict.fromkeys(["sh", "el", "hu", "pt", "sq"], NEXT),
    **dict.fromkeys(["cs", "da", "nl", "lt", "sk", "ur", "vi", "hi", "zh", "he"], OTHERS),
}
WORDS = 200_000  # of a language; what is rarer is a twenty-millionth of its text
SHORT_LISTS = 0.011  # the long lists of wordfreq leave a hundredth of the text out, the short ones more
FORMS = {"sh": "hbs"}  # simplemma's name of a language, where it is another
KURDISH_ALBANIAN = frozenset("êîûëÊÎÛË")  # no list of words with frequencies: whatever has one of their letters
PLAIN, MISTYPED, BARE = 0.8, 0.1, 0.1  # how words are written here
LETTERS = str.maketrans({"ı": "i", "ł": "l", "ß": "ss", "đ": "d", "ø": "o"})
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


class Counter:
    """Counts pieces as the whole model cuts them."""

    def __init__(self, vocabulary: dict[str, Any]) -> None:
        """Take the contents of tokenizer.json."""
        self._cut = SentencePieceProcessor(model_proto=sentencepiece_of(vocabulary))
        self._size = len(vocabulary["model"]["vocab"])

    def count(self, texts: list[str], often: Counts) -> Counts:
        """Each piece's share of the texts, `often` telling how often each text stands."""
        ids = self._cut.encode(texts)
        each = np.repeat(often, [len(text) for text in ids])
        flat = np.fromiter((one for text in ids for one in text), np.int64, len(each))
        counts: Counts = np.bincount(flat, each, minlength=self._size)
        return counts / counts.sum()


def main() -> None:
    """Count, choose, write, and say how much of each language is lost."""
    vocabulary = read_vocabulary(model_folder(Settings().var, DEFAULT_MODEL) / "encode" / TOKENIZER)
    pieces = [piece for piece, _ in vocabulary["model"]["vocab"]]
    scores = np.array([score for _, score in vocabulary["model"]["vocab"]])
    counter = Counter(vocabulary)
    shares = {language: _share(counter, language) for language in WEIGHTS}
    ours = counter.count(list(_our_texts()), np.ones(sum(1 for _ in _our_texts())))
    importance = np.max([weight * shares[language] for language, weight in WEIGHTS.items()], axis=0)
    importance[[_by_rule(piece) for piece in pieces] | (ours > 0)] = np.inf
    # Those that no list needs: first what was frequent where the model learned.
    order = np.lexsort((-scores, -importance))
    kept = np.zeros(len(pieces), bool)
    kept[order[:KEPT]] = True
    write_bits(pieces, kept)
    print(f"{kept.sum()} of {len(pieces)} pieces, {np.isinf(importance).sum()} by rule; {BITS.stat().st_size} bytes")  # noqa: T201
    for language, share in shares.items():
        print(f"{language}: {share[~kept].sum():.5f} of the pieces of its running text are cut smaller")  # noqa: T201


def _by_rule(piece: str) -> bool:
    letters = [sign for sign in piece if unicodedata.category(sign)[0] in "LM"]
    return (
        piece in NAMED
        or len(piece) == 1
        or (not letters and (len(piece) <= 3 or any(sign.isdigit() for sign in piece)))  # wordfreq has no numbers
        or any("ETHIOPIC" in unicodedata.name(sign, "") for sign in piece)
        or not KURDISH_ALBANIAN.isdisjoint(piece)
    )


def _our_texts() -> Iterator[str]:
    """Every line of the content but the labelled questions, and the samples of all languages."""
    for path in sorted((ROOT / "content").rglob("*")):
        if path.suffix in {".md", ".yaml"} and "questions" not in path.parts:
            yield from (line.strip(' -"') for line in path.read_text(encoding="utf-8").splitlines())
    for lines in read_samples().values():
        yield from lines


def _share(counter: Counter, language: str) -> Counts:
    """The pieces of a language's running text, as it is written here."""
    words, often = _words(language)
    capitals = [_capital(word[:1], language) + word[1:] for word in words]
    loud = [_capital(word, language) for word in words]
    plain = counter.count([*words, *capitals, *loud], _times(often, 0.6, 0.37, 0.03))
    if language in {"zh", "hi", "he", "ur", "vi"}:  # no capitals; accents that nobody leaves out
        ended = [word + sign for word in words for sign in ("。" if language == "zh" else "۔",)]
        return 0.9 * plain + 0.1 * counter.count(ended, often)
    wrong = _mistyped(words)
    bare = [_bare(word, language) for word in words]
    return (
        PLAIN * plain
        + MISTYPED * counter.count([*wrong, *(word.capitalize() for word in wrong)], _times(often, 0.6, 0.4))
        + BARE * counter.count([*bare, *(word.capitalize() for word in bare)], _times(often, 0.6, 0.4))
    )


def _times(often: Counts, *parts: float) -> Counts:
    return np.concatenate([often * part for part in parts])


def _words(language: str) -> tuple[list[str], Counts]:
    """The words of a language and how often each stands in its text."""
    told: dict[str, float] = {}
    if language != "sq":
        told = dict(list(wordfreq.get_frequency_dict(language, "best").items())[:WORDS])
    missing = 1 - sum(told.values())
    if language == "de" or missing > SHORT_LISTS:
        inflected = _inflected(language)
        if language == "de":  # wordfreq writes ß as ss
            told |= {word: told[word.replace("ß", "ss")] for word in inflected if word.replace("ß", "ss") in told}
        elif inflected:
            rest = sorted(inflected - told.keys())
            rest = [rest[at] for at in np.random.default_rng(0).permutation(len(rest))[:WORDS]]
            told |= dict.fromkeys(rest, missing / len(rest))
    if language == "el":  # and mostly ς as σ
        ended = {word[:-1] + "ς": share for word, share in told.items() if word.endswith("σ")}
        told = {word: share for word, share in told.items() if not word.endswith("σ")}
        told |= {word: share + told.get(word, 0) for word, share in ended.items()}
    if language in {"fr", "it"}:  # l'école, dell'arte: no space before the word
        told |= {f"l'{word}": share / 2 for word, share in told.items() if _bare(word, language)[:1] in {*"aeiouh"}}
    return list(told), np.fromiter(told.values(), np.float64)


def _inflected(language: str) -> set[str]:
    try:
        known = forms.DefaultDictionaryFactory().get_dictionary(FORMS.get(language, language))
    except ValueError:  # the language has none
        return set()
    words = {word if isinstance(word, str) else word.decode() for word in known}
    return {word.lower() for word in words if language != "de" or "ß" in word}


def _capital(text: str, language: str) -> str:
    return (text.replace("i", "İ") if language == "tr" else text).upper()


def _bare(word: str, language: str) -> str:
    """A word as it is written on a keyboard of another language: für → fuer, çocuk → cocuk."""
    parts = unicodedata.normalize("NFD", (word.translate(UMLAUTS) if language == "de" else word).translate(LETTERS))
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if not unicodedata.combining(sign)))


def _mistyped(words: list[str]) -> list[str]:
    """Each word with a letter too few, too many, exchanged or wrong."""
    draw = np.random.default_rng(1)
    letters = sorted({sign for word in words[:3000] for sign in word if sign.isalpha()})
    wrong = []
    for word in words:
        at, kind, letter = (int(draw.integers(most)) for most in (max(1, len(word) - 1), 4, len(letters)))
        before, here, after = word[: at + 1], word[at + 1 : at + 2], word[at + 2 :]
        swapped = after[:1] + here + after[1:]
        wrong.append(before + (after, here * 2 + after, swapped, letters[letter] + after)[kind])
    return wrong


if __name__ == "__main__":
    main()
