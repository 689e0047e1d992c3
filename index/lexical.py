"""Scores passages by words: German compounds, inflection, missing umlauts and typos still match.

Two BM25 indexes (bm25s) over the same passages: one of stemmed words, one of character 4-grams of every word. Meaning
is the encoder's work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import bm25s
import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_GERMAN
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Asked = Mapping[str, tuple[str, float]]  # the words of a question, folded, with their stems and idf

GRAM = 4  # "character 4-grams beat whole words on German" (hit@1 .78 vs .71 on public municipal pages)
WORD_SHARE = 1.0  # weight of whole words beside 4-grams: carries abbreviations (BvB, EQ); 0.5 to 3 measured alike

_WORD = re.compile(r"[^\W_]+")
_PARAGRAPH = re.compile(r"§+\s*(\d+)\s*([a-z])?\b", re.IGNORECASE)
# The digits of Arabic and Persian are read as ours: ages and postcodes are written with them.
_DIGITS = {ord(digit): str(value) for row in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for value, digit in enumerate(row)}
_FOLDS = {**_DIGITS, **str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})}
# `aktuell` and `manuell` hold no ü, `Müll` and `ausfüllen` do.
_DIGRAPHS = re.compile(r"ae|oe|(?<!q)ue(?!ll)|(?<=[fhkm])ue(?=ll)")
# Words that questions are made of and answers are not: they would only add noise to a score.
_ASKING = """
    bitte hallo hi hey danke gibt gibts geht gehts brauche brauch möchte möchten mochte gern gerne suche such
    kannst können könnten welche wer wann wohin woher warum wieso wieviel viele mal denn eigentlich irgendwie
    irgendwas etwas sagen wissen weiß frage fragen hilfe helfen helft bekommen bekomme bekomm kriegen kriege
    krieg finde finden machen mache mach tun dürfen darf müssen muss sollen soll habe hab haben wäre wär würde
    kommt komme ja nein okay ok sowas nen ne n
""".split()  # noqa: SIM905 — a list of words reads better as a text


def fold(text: str) -> str:
    """Spell a text as the index does: `Führerschein`, `Fuehrerschein` and `fuhrerschein` all become `fuhrerschein`."""
    return _DIGRAPHS.sub(lambda found: found[0][0], text.lower().translate(_FOLDS))


_STOPWORDS = frozenset(fold(word) for word in (*STOPWORDS_GERMAN, *_ASKING))


def words(text: str) -> list[str]:
    """The folded words of a text that carry meaning; `§ 16 i` becomes one word, `16i`."""
    joined = _PARAGRAPH.sub(lambda found: f" {found[1]}{found[2] or ''} ", text)
    return [word for word in map(fold, _WORD.findall(joined)) if word not in _STOPWORDS]


_stemmer = Stemmer.Stemmer("german")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A folded word without its ending: `ausbildungen` → `ausbild`."""
    stemmed: str = _stemmer.stemWord(word)
    return stemmed


def stems(text: str) -> frozenset[str]:
    """The stems of a text's words."""
    return frozenset(map(stem, words(text)))


@lru_cache(maxsize=50_000)
def grams(word: str) -> tuple[str, ...]:
    """The 4-grams of a word with its edges marked: `amt` → `_amt`, `amt_`."""
    marked = f"_{word}_"
    return tuple(marked[at : at + GRAM] for at in range(max(1, len(marked) - GRAM + 1)))


class LexicalIndex:
    """Two BM25 indexes over the same passages, asked together."""

    def __init__(self, by_word: bm25s.BM25, by_gram: bm25s.BM25, size: int) -> None:
        """Take two indexes over `size` passages in the same order."""
        self._by_word = by_word
        self._by_gram = by_gram
        self.size = size
        self._idf = _inverse_document_frequency(by_word, size)
        self._highest_idf = max(self._idf.values(), default=1.0)

    @classmethod
    def build(cls, texts: Sequence[str]) -> LexicalIndex:
        """Index texts in their order; an empty text is found by nothing."""
        tokens = [words(text) for text in texts]
        by_word, by_gram = bm25s.BM25(method="lucene"), bm25s.BM25(method="lucene")
        stems = [[stem(word) for word in text] for text in tokens]
        grams = [_all_grams(text) for text in tokens]
        # bm25s cannot index nothing at all.
        by_word.index(stems if any(stems) else [[""]], show_progress=False)
        by_gram.index(grams if any(grams) else [[""]], show_progress=False)
        return cls(by_word, by_gram, len(texts))

    def scores(self, question: str) -> Scores:
        """BM25 of every passage for a question, in index order; 0 where nothing matches. Shape (passages,)."""
        asked = words(question)
        if not asked or not self.size:
            return np.zeros(self.size, np.float32)
        total = self._scores(self._by_gram, _all_grams(asked)) + WORD_SHARE * self._scores(
            self._by_word, [stem(word) for word in asked]
        )
        return total

    def asked(self, question: str) -> Asked:
        """The words of a question that carry meaning, with their stems and what each tells."""
        return {word: (stem(word), self.weight(word)) for word in words(question)}

    def coverage(self, asked: Asked, held: Collection[str]) -> tuple[float, tuple[str, ...]]:
        """The share of a question's information (idf) whose words are among stems, and these words; typos count not."""
        matched = tuple(word for word, (stemmed, _) in asked.items() if stemmed in held)
        if not matched:
            return 0.0, ()
        return sum(asked[word][1] for word in matched) / sum(weight for _, weight in asked.values()), matched

    def weight(self, word: str) -> float:
        """How much a folded word tells (idf); an unknown word as much as the rarest known."""
        return self._idf.get(stem(word), self._highest_idf)

    def knows(self, word: str) -> bool:
        """Whether any passage holds the folded word in some inflection."""
        return stem(word) in self._idf

    def uses(self, word: str, passages: int) -> bool:
        """Whether at least so many passages hold the folded word in some inflection."""
        return self._idf.get(stem(word), np.inf) <= _idf_of(passages, self.size)

    def save(self, folder: Path) -> None:
        """Write both indexes below a folder."""
        self._by_word.save(folder / "words", show_progress=False)
        self._by_gram.save(folder / "grams", show_progress=False)
        (folder / "size.json").write_text(json.dumps(self.size))

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Read what `save` wrote."""
        size = json.loads((folder / "size.json").read_text())
        return cls(bm25s.BM25.load(folder / "words"), bm25s.BM25.load(folder / "grams"), size)

    def _scores(self, index: bm25s.BM25, tokens: list[str]) -> Scores:
        known = [token for token in tokens if token in index.vocab_dict]
        if not known:
            return np.zeros(self.size, np.float32)
        return np.asarray(index.get_scores(known)[: self.size], np.float32)


def _all_grams(asked: Iterable[str]) -> list[str]:
    return [gram for word in asked for gram in grams(word)]


def _idf_of(passages: int, size: int) -> float:
    """What a word tells that so many of all passages hold."""
    return float(np.log1p((size - passages + 0.5) / (passages + 0.5)))


def _inverse_document_frequency(index: bm25s.BM25, size: int) -> dict[str, float]:
    """Robertson's idf, log(1 + (N − n + ½) / (n + ½)), of every stem."""
    columns = np.diff(index.scores["indptr"])
    return {
        token: _idf_of(int(columns[at]), size) for token, at in index.vocab_dict.items() if token and at < len(columns)
    }
