"""Every setting with its default and what it does, read once from the environment (`LOTSE_…`)."""

from __future__ import annotations

import secrets
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.model import DEFAULT_MODEL

ROOT = Path(__file__).parent.parent


class Settings(BaseSettings):
    """What an operator can change without touching code; an empty value means the default."""

    model_config = SettingsConfigDict(env_prefix="LOTSE_", frozen=True, env_ignore_empty=True)

    content: Path = Field(ROOT / "content", description="folder of the content files")
    var: Path = Field(ROOT / "var", description="folder for what can be made anew: models and the index")
    model: str = Field(DEFAULT_MODEL, description="embedding model: a sentence-transformers folder or hub name")
    index: str = Field("", description="where the index lives; empty: `index` below `var`")
    threads: int = Field(1, ge=0, description="threads that encode one question; 0: all cores")
    secret: str = Field(
        default_factory=lambda: secrets.token_urlsafe(32),
        description="signs conversations; without one a new secret is drawn at every start and old conversations end",
    )
    conversation_hours: int = Field(24, ge=1, description="how long a conversation can be taken up again")
    longest_message: int = Field(2000, ge=1, description="characters of a message on the page")
    longest_api_message: int = Field(8000, ge=1, description="characters of a message to the API")

    @property
    def index_folder(self) -> Path:
        """The folder the index lives in."""
        return Path(self.index.removeprefix("faiss://")) if self.index else self.var / "index"
