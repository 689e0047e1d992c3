"""Opens each part an assistant stands on, or the best that can still be had when a part is missing or damaged.

What was read before is better than a reserve; a reserve is better than nothing. Every function gives the part with a
sentence for the operator where it is not what was wanted. When to look again is `reload`'s business.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.catalog import Catalog
from assistant.content import ContentError
from assistant.house import index_home, serving_encoder
from assistant.languages import GERMAN, Voice, read_voices
from assistant.settings import Settings
from index.build import WORDS_ONLY, words_only
from index.encoder import Encoder
from index.home import IndexMissing, OpenIndex
from index.model import ModelMissing

GOOD = "good-content"  # below `var`: the content last served, for a start over a broken one
NOT_SERVED = "questions"  # labelled questions only measure; a change there is none for visitors


@dataclass(frozen=True, slots=True)
class Content:
    """All content with the assistant's own sentences, and a digest of the files it was read from."""

    catalog: Catalog
    voices: dict[str, Voice]
    version: str

    @classmethod
    def read(cls, folder: Path) -> Content:
        """Read a folder whole. Raises ContentError, also for one too empty to be meant."""
        version = _digest(folder)
        try:
            catalog, voices = Catalog.read(folder), read_voices(folder / "languages")
        except ContentError:
            raise
        except Exception as error:  # a half-saved file breaks YAML, encoding or a reference in ways of their own
            raise ContentError(f"{folder} cannot be read: {error}") from error
        if not catalog.offers or not catalog.rules.emergencies or GERMAN not in voices:
            raise ContentError(f"{folder} has no offers, no emergencies or no German sentences: it is not all there.")
        return cls(catalog, voices, version)


def files(folder: Path) -> Iterator[Path]:
    """The files that make up what visitors see; editors' hidden and backup files are none of them."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if inside.parts[0] != NOT_SERVED and path.suffix in (".md", ".yaml") and not path.name.startswith("."):
            yield path


def content(settings: Settings, before: Content | None) -> tuple[Content, str | None]:
    """The content; broken, the one served before, else the copy kept on disk. Raises ContentError with neither."""
    try:
        read = Content.read(settings.content)
    except ContentError as error:
        return before or _good_copy(settings.var / GOOD, error), f"{_short(error)} The content before is served."
    _keep_copy(settings.content, settings.var / GOOD, read.version)
    return read, None


def readable_content(settings: Settings) -> None:
    """Make sure that there is something to serve. Raises ContentError where neither content nor a copy can be read."""
    try:
        Content.read(settings.content)
    except ContentError as error:
        _good_copy(settings.var / GOOD, error)


def encoder(settings: Settings, before: Encoder | None) -> tuple[Encoder | None, str | None]:
    """The encoder of questions; None where the model is missing or damaged: then words alone must do."""
    try:
        return serving_encoder(settings), None
    except ModelMissing as error:
        way = "The model read before goes on." if before else "Questions are searched by their words alone."
        return before, f"{error} {way}"


def index(
    settings: Settings, encoder: Encoder | None, content: Content, before: OpenIndex | None
) -> tuple[OpenIndex, str | None]:
    """The index in force; else the one read before, a version left on disk, or one of words alone made in memory."""
    name = encoder.name if encoder else None
    home = index_home(settings)
    try:
        return home.open(name), None
    except IndexMissing as error:
        if before and before.version != WORDS_ONLY:
            return before, f"{error} Version {before.version} goes on being served."
        if left := home.left(name):
            return left, f"{error} Version {left.version} from {left.made_at} is served."
        return words_only(list(content.catalog.passages())), f"{error} Questions are searched by their words alone."


def _good_copy(folder: Path, error: ContentError) -> Content:
    for copy in folder.glob("[!.]*"):
        try:
            return Content.read(copy)
        except ContentError:
            continue
    raise error


def _keep_copy(content: Path, folder: Path, version: str) -> None:
    """Keep a copy of good content, swapped in whole; a full or read-only disk only costs the copy."""
    if (folder / version).exists():
        return
    aside = folder / f".{uuid.uuid4().hex[:12]}"
    try:
        for file in files(content):
            copied = aside / file.relative_to(content)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copied)
        if _digest(aside) == version:  # an editor may have saved meanwhile
            os.replace(aside, folder / version)
            for other in folder.iterdir():
                if other.name != version:
                    shutil.rmtree(other, ignore_errors=True)
    except OSError:
        # Another worker may have been faster, or the disk is full: what is served does not depend on it.
        pass
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _digest(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=6)
    for file in files(folder):
        try:
            read = file.read_bytes()
        except OSError as error:
            raise ContentError(f"{file} cannot be read: {error}") from error
        digest.update(f"{file.relative_to(folder)}\0{len(read)}\0".encode() + read)
    return digest.hexdigest()


def _short(error: Exception) -> str:
    """The first of many problems, and how many more there are."""
    lines = str(error).splitlines()
    more = len(lines) - 2  # the last one says what to run
    return f"{lines[0]} (and {more} more)" if more > 0 else lines[0]


def stamp(settings: Settings) -> Mapping[str, tuple[object, ...]]:
    """What tells by a look that a part may have changed: names, sizes and times, compared only for being equal.

    Equal and not later, since the clock that stamped a file may have been wrong.
    """
    model = settings.var / "models"
    return {
        "content": tuple(_seen(path) for path in files(settings.content)),
        "index": (_version(settings),),
        "model": tuple(_seen(path) for path in sorted(model.glob("*/serve/*"))),
    }


def _seen(path: Path) -> tuple[str, int, int]:
    try:
        about = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), about.st_mtime_ns, about.st_size


def _version(settings: Settings) -> str | None:
    try:
        return index_home(settings).version()
    except IndexMissing:  # a database that is away: told when the index is opened
        return None
