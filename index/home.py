"""Where an index lives: in a folder or in a PostgreSQL database, as the scheme of its address says.

How an index is brought up to date is the business of `build`, how it is searched that of `retriever`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index.centering import Centering
from index.classifier import Classifier
from index.encoder import Vectors
from index.lexical import LexicalIndex
from index.pooling import QUESTION
from index.store import VectorSearch
from index.types import Passage

FORMAT = "2"  # raise when an index of an older version cannot be read any more
MEND = "Run: assistant index"
DATABASES = ("postgresql", "postgres")  # schemes
KREIS = "wetterau"
# Passages up to which a process searches its own copy of the vectors instead of asking the database: no way over the
# network, and a lost database is not even noticed. 200,000 are 300 MB.
IN_MEMORY = 200_000


class IndexMissing(Exception):
    """There is no index to serve, or not one this version can read; the message names the command that mends it."""


class DatabaseUnfit(Exception):
    """A database that lets its user see every Kreis, or lacks what is needed; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Contents:
    """All an index is made of, as `build` makes it; `searched` are the vectors after centring, by row."""

    encoder: str
    made_at: str
    passages: Sequence[Passage]
    vectors: Vectors
    searched: Vectors
    centering: Centering
    lexical: LexicalIndex
    classifier: Classifier | None  # None where no passage is a question: there is nothing to learn from


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """A finished index, read from its home."""

    version: str
    made_at: str
    encoder: str
    passages: tuple[Passage, ...]
    vectors: Callable[[], Vectors]  # as encoded, by row; read only when asked for, since only building needs them
    centering: Centering
    store: VectorSearch
    lexical: LexicalIndex
    classifier: Classifier | None


class IndexHome(Protocol):
    """Keeps one index; every home passes `tests/test_homes.py`."""

    def version(self) -> str | None:
        """The version in force, cheap enough to be asked every few seconds; None where there is none."""
        ...

    def open(self, encoder_name: str | None = None) -> OpenIndex:
        """Read the version in force. Raises IndexMissing when there is none that this encoder can search."""
        ...

    def left(self, encoder_name: str | None = None) -> OpenIndex | None:
        """Another version that is still whole, for times when the one in force is not."""
        ...

    def write(self, contents: Contents) -> None:
        """Make these the version in force: whole or not at all, while others read."""
        ...

    def only_one(self) -> AbstractContextManager[None]:
        """Let a second one who builds wait for the first."""
        ...


def open_home(address: str | Path, kreis: str = KREIS, in_memory: int = IN_MEMORY) -> IndexHome:
    """The home at an address: a folder (plain or `faiss://…`), or `postgresql://…`.

    Only a database tells Kreise apart, and only there searching moves to the server above `in_memory` passages.
    """
    scheme, separator, rest = str(address).partition("://")
    if not separator or scheme == "faiss":
        from index.folder_home import FolderHome

        return FolderHome(Path(rest or scheme))
    if scheme in ("postgresql", "postgres"):
        from index.database_home import DatabaseHome

        return DatabaseHome(str(address), kreis, in_memory)
    raise IndexMissing(
        f"No index can live at '{scheme}://'. Known: a folder, faiss://<folder>, postgresql://<database>"
    )


def check_about(where: str, format: str, made_with: str, encoder_name: str | None) -> None:
    """Raises IndexMissing where an index cannot be read by this version or searched with this encoder."""
    if format != FORMAT:
        raise IndexMissing(f"The index at {where} has format {format}, this version reads {FORMAT}. {MEND}")
    if encoder_name is not None and made_with != encoder_name:
        raise IndexMissing(
            f"The index at {where} was made with the model '{made_with}', the questions would be encoded "
            f"with '{encoder_name}'. {MEND}"
        )


def save_parts(folder: Path, contents: Contents) -> None:
    """Write what is read whole when a process starts: means, words, classifier."""
    contents.centering.save(folder / "means.npz")
    contents.lexical.save(folder / "lexical")
    if contents.classifier is not None:
        contents.classifier.save(folder / "classifier.npz")


def open_parts(folder: Path, passages: Sequence[Passage]) -> tuple[Centering, LexicalIndex, Classifier | None]:
    """Read what `save_parts` wrote."""
    has_questions = any(passage.kind == QUESTION for passage in passages)
    return (
        Centering.open(folder / "means.npz"),
        LexicalIndex.open(folder / "lexical"),
        Classifier.open(folder / "classifier.npz") if has_questions else None,
    )
