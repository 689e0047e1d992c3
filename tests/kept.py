"""A small house on disk that is kept up to date while it serves, for tests that break its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from assistant import reload, reserve
from assistant.catalog import Catalog
from assistant.conversation import Conversation
from assistant.reload import Keeper, Serving
from assistant.settings import Settings
from index.build import build_index
from index.encoder import Encoder
from index.model import ModelMissing
from tests.conftest import WordEncoder
from tests.house import BY_WORDS, as_file, catalog, content_folder, offer, write


@dataclass
class House:
    """Content, index and settings in a folder, and everything that was exchanged so far."""

    settings: Settings
    exchanged: list[Serving] = field(default_factory=list)

    def index(self) -> None:
        """What `assistant index` does."""
        passages = list(Catalog.read(self.settings.content).passages())
        build_index(Path(self.settings.index_address), passages, WordEncoder(), samples={})

    def open(self) -> Keeper:
        """Start to serve; every look is the test's own."""
        return Keeper(self.settings, self.exchanged.append)

    def add_offer(self, name: str = "backkurs", title: str = "Backkurs") -> Path:
        """A new offer, as an editor writes it."""
        return write(self.settings.content / "offers" / f"{name}.md", as_file(offer(title)))

    @property
    def version(self) -> Path:
        """The folder of the index in force."""
        folder = Path(self.settings.index_address)
        return folder / (folder / "CURRENT").read_text()


def a_house(folder: Path, monkeypatch: pytest.MonkeyPatch, encoder: Encoder | None = None) -> House:
    """A house whose model is there, or, without an encoder, is not."""

    def opened(_: Settings) -> Encoder:
        if encoder is None:
            raise ModelMissing("The model cannot be read. Run: make setup")
        return encoder

    monkeypatch.setattr(reserve, "serving_encoder", opened)
    monkeypatch.setattr(reload, "learned", lambda by_words: (BY_WORDS, None))  # what is shipped knows the real content
    content_folder(folder / "content", catalog())
    house = House(Settings(content=folder / "content", var=folder / "var", index="", reload_seconds=0))
    house.index()
    return house


def look(keeper: Keeper) -> None:
    """Two looks: the first sees a change, the second that it is complete."""
    keeper.look()
    keeper.look()


def best(keeper: Keeper, message: str) -> str:
    """The title of the first offer that is answered."""
    response = keeper.serving.assistant.respond(Conversation(), message)
    return next((card.title for card in response.answer.offers), "")


def outcome(keeper: Keeper, message: str) -> str:
    """How a message is answered."""
    return keeper.serving.assistant.respond(Conversation(), message).answer.outcome
