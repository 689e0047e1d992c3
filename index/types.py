"""The values that flow through the index: what is put in, what is asked, what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import log

LEAST = 1e-3  # chances below it, and above one without it, count alike


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text that is indexed; several passages may speak for one source (an offer, an actor, a page).

    `context` is what the text is about (title and heading path) and is searched together with it. `facets` are the
    values a query may be restricted to.
    """

    id: str
    source: str
    kind: str
    text: str
    context: str = ""
    language: str = "de"
    facets: Mapping[str, str] = field(default_factory=dict)

    @property
    def searched(self) -> str:
        """What is encoded and matched: context and text in one."""
        return f"{self.context}\n{self.text}" if self.context else self.text


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the index: the words, their language, the facets a passage must have.

    Sources whose name begins with one of `without` are passed over: they answer nothing here, however near they are.
    Those that begin with one of `impossible` are, and cannot be meant at all: no chance is theirs.
    """

    text: str
    language: str = "de"
    facets: Mapping[str, str] = field(default_factory=dict)
    limit: int = 10
    without: tuple[str, ...] = ()
    impossible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A source found: its best passage, the fused score that ranks it, and why it was found."""

    passage: Passage
    score: float
    similarity: float = 0.0  # cosine after mean removal, −1 … 1
    words: float = 0.0  # lexical score as a share of the best the query's words could reach, 0 … 1
    matched: tuple[str, ...] = ()  # words of the query that the passage holds

    @property
    def source(self) -> str:
        """The id of what was found."""
        return self.passage.source


@dataclass(frozen=True, slots=True)
class Evidence:
    """What tells an answerable question from another: raw scores of the best hits, never relative to one another."""

    similarity: float  # highest cosine after mean removal
    chance: float  # highest log chance that the classifier gives any source; 0 without a classifier
    coverage: float  # highest share of the question's information whose words one passage holds
    known: float  # share of the question's words that any passage holds
    foreign: bool  # the question's language is none of the content's: its words prove nothing
    share: float = 0.0  # the ranker's share of the best source, 0 … 1; 0 without a ranker
    length: float = 0.0  # square root of its characters: a long story resembles any example less than a short question
    told: float = 0.0  # chance that a source is meant that has a text of its own; 0 without a classifier
    kinds: Mapping[str, float] = field(default_factory=dict)  # the chance of each kind of source
    beyond: float = 0.0  # highest cosine of the sources that may answer and have no text of their own
    contrast: float = 0.0  # how much higher that of the sources with a text is
    first_is_told: bool = True  # whether the best hit has a text of its own

    def features(self) -> dict[str, float]:
        """The regression's inputs by name."""
        german = 0.0 if self.foreign else 1.0
        return {
            "similarity": self.similarity,
            "chance": self.chance,
            "share": self.share,
            "coverage": german * self.coverage,
            "known": german * self.known,
            "german": german,
            "length": self.length / 10,
            "told": self.told,
            "beyond": self.beyond,
            "contrast": self.contrast,
            "first is told": float(self.first_is_told),
            **{f"odds of {kind}": _log_odds(chance) for kind, chance in self.kinds.items()},
        }


@dataclass(frozen=True, slots=True)
class Likely:
    """The likeliest source of a kind, the chance, 0 … 1, that any of the kind is meant, and their highest cosine."""

    source: str
    chance: float
    similarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranking:
    """The ordered hits, how sure we are that the best one answers, and what was left out."""

    hits: tuple[Hit, ...]
    near: float = 0.0  # the score from which on a hit is near enough to the best not to be noise beside it
    confidence: float = 0.0  # calibrated: the share of such questions that the content can answer
    left_out: tuple[Hit, ...] = ()
    evidence: Evidence | None = None
    likely: Mapping[str, Likely] = field(default_factory=dict)  # by kind of source; empty without a classifier

    def chance(self, *kinds: str) -> float:
        """The chance, 0 … 1, that a source of any of these kinds is meant; 0 without a classifier."""
        return sum(self.likely[kind].chance for kind in kinds if kind in self.likely)

    def mixed(self, other: Ranking, share: float) -> Ranking:
        """The hits of both by their mixed scores, this one's weighing `share`; as sure as the surer one."""
        mine, others = ({hit.source: hit for hit in one.hits} for one in (self, other))
        hits = [
            replace(
                mine.get(source) or others[source],
                score=sum(
                    weight * hits[source].score
                    for hits, weight in ((mine, share), (others, 1 - share))
                    if source in hits
                ),
            )
            for source in dict.fromkeys([*mine, *others])
        ]
        near = share * self.near + (1 - share) * other.near
        confidence = max(self.confidence, other.confidence)
        return replace(self, hits=tuple(sorted(hits, key=lambda hit: -hit.score)), near=near, confidence=confidence)

    def similarity(self, *kinds: str) -> float:
        """The highest cosine of any passage of these kinds; 0 without a classifier."""
        return max((self.likely[kind].similarity for kind in kinds if kind in self.likely), default=0.0)


def _log_odds(chance: float) -> float:
    """The log of the odds of a chance; beyond one in a thousand it makes no difference."""
    held = min(max(chance, LEAST), 1 - LEAST)
    return log(held / (1 - held))
