"""An index in a folder: a new version is written beside the old one and swapped in by renaming one small file, so an
interruption at any moment leaves the old one serving."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from index.encoder import Vectors
from index.faiss_store import new_faiss_store, open_faiss_store
from index.home import FORMAT, MEND, Contents, IndexMissing, OpenIndex, check_about, open_parts, save_parts
from index.types import Passage


class FolderHome:
    """A folder of versions, with a file CURRENT that names the one in force."""

    def __init__(self, folder: Path) -> None:
        """Take a folder; it is made when the first version is written."""
        self._folder = folder

    def version(self) -> str | None:
        """The version in force."""
        pointer = self._folder / "CURRENT"
        return pointer.read_text().strip() if pointer.exists() else None

    def open(self, encoder_name: str | None = None) -> OpenIndex:
        """Read the version in force. Raises IndexMissing."""
        name = self.version()
        if not name:
            raise IndexMissing(f"No index at {self._folder}. {MEND}")
        return self._open(self._folder / name, encoder_name)

    def left(self, encoder_name: str | None = None) -> OpenIndex | None:
        """The newest version still whole: writing leaves the one before beside the one in force."""
        versions = [path for path in self._folder.glob("*") if (path / "index.json").exists()]
        for version in sorted(versions, key=lambda path: path.stat().st_mtime, reverse=True):
            try:
                return self._open(version, encoder_name)
            except IndexMissing:
                continue
        return None

    def write(self, contents: Contents) -> None:
        """Write a version beside the others, then point to it, then clear the ones nobody reads any more."""
        version = self._folder / uuid.uuid4().hex[:12]
        version.mkdir(parents=True)
        np.save(version / "vectors.npy", contents.vectors)
        rows = range(len(contents.passages))
        store = new_faiss_store(contents.searched.shape[1], len(rows))
        store.add(rows, contents.searched)
        store.save(version / "vectors.faiss")
        save_parts(version, contents)
        with (version / "passages.jsonl").open("w", encoding="utf-8") as file:
            for passage in contents.passages:
                file.write(json.dumps(asdict(passage), ensure_ascii=False) + "\n")
        about = {"format": FORMAT, "encoder": contents.encoder, "made_at": contents.made_at}
        (version / "index.json").write_text(json.dumps(about))
        before = self.version()
        self._point_to(version.name)
        for other in self._folder.iterdir():
            # The version before stays: a process that serves may still be reading it.
            if other.is_dir() and other.name not in (version.name, before):
                shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def only_one(self) -> Iterator[None]:
        """Let a second one who builds wait for the first; the lock ends with its process."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "LOCK").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _open(self, version: Path, encoder_name: str | None) -> OpenIndex:
        try:
            about: dict[str, Any] = json.loads((version / "index.json").read_text())
            check_about(str(self._folder), about["format"], about["encoder"], encoder_name)
            opened, vectors = _read(version, about)
        except IndexMissing:
            raise
        except Exception as error:  # numpy, FAISS, json and the file system each have their own way to say "damaged"
            raise IndexMissing(f"The index at {version} is damaged ({error}). {MEND}") from error
        if not len(opened.passages) == len(vectors) == opened.store.count() == opened.lexical.size:
            raise IndexMissing(f"The index at {version} is not whole. {MEND}")
        return opened

    def _point_to(self, name: str) -> None:
        """Make a version the one in force: a rename either happens or does not."""
        aside = self._folder / f"CURRENT.{os.getpid()}"
        with aside.open("w") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._folder / "CURRENT")


def _read(version: Path, about: dict[str, Any]) -> tuple[OpenIndex, Vectors]:
    # Split at line feeds only: `splitlines` would also cut at U+2028, which pasted text may hold.
    lines = (version / "passages.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    passages = tuple(Passage(**json.loads(line)) for line in lines)
    vectors: Vectors = np.load(version / "vectors.npy", mmap_mode="r" if lines else None)  # nothing cannot be mapped
    centering, lexical, classifier = open_parts(version, passages)
    opened = OpenIndex(
        version=version.name,
        made_at=about["made_at"],
        encoder=about["encoder"],
        passages=passages,
        vectors=lambda: vectors,
        centering=centering,
        store=open_faiss_store(version / "vectors.faiss"),
        lexical=lexical,
        classifier=classifier,
    )
    return opened, vectors
