"""Every setting with its default and what it does, read once from the environment (`LOTSE_…`)."""

from __future__ import annotations

import re
import secrets
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from limits import parse_many
from pydantic import Field, ValidationError, field_validator
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parent.parent
HOST = r"(?:[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
ORIGIN = re.compile(rf"https?://{HOST}(:[0-9]{{1,5}})?")  # as a browser writes where a page comes from
SHORTEST_SECRET = 16  # characters; of those that the advice makes there are 43
VARIED = 8  # different ones among them
WELL_KNOWN = (
    "change|me|default|example|geheim|insecure|key|lotse|passwor[dt]|please|secret|test|token|[0-9]{4,}|[^a-z0-9]"
)
JOURNAL_FILE = "journal.sqlite"  # below `var`
DATABASES = ("postgresql://", "postgres://")
FRAME = re.compile(rf"(https?://)?(\*\.)?{HOST}(:([0-9]{{1,5}}|\*))?")  # CSP level 3, host-source, without a path


class Settings(BaseSettings):
    """What an operator can change without touching code; an empty value means the default."""

    model_config = SettingsConfigDict(
        env_prefix="LOTSE_", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    content: Path = Field(ROOT / "content", description="folder of the content files")
    var: Path = Field(ROOT / "var", description="folder for what can be made anew: models and the index")
    model: str = Field(
        "multilingual-e5-small", description="embedding model: a sentence-transformers folder or hub name"
    )
    index: str = Field("", description="where the index lives: a folder or postgresql://…; empty: `index` below `var`")
    kreis: str = Field(
        "wetterau", pattern="^[a-z0-9_]{1,40}$", description="whose rows of a shared database are read and written"
    )
    passages_in_memory: int = Field(
        200_000, ge=0, description="passages up to which a process searches a database's vectors itself; 0: never"
    )
    threads: int = Field(1, ge=0, description="threads that encode one question; 0: all cores")
    secret: str = Field(
        default_factory=lambda: secrets.token_urlsafe(32),
        description="signs conversations, at least 16 characters; without one a new secret is drawn at every start and "
        "old conversations end",
    )
    old_secrets: str = Field(
        "",
        description="secrets used before, with spaces between: what they signed is still taken",
    )
    conversation_hours: int = Field(24, ge=1, description="how long a conversation can be taken up again")
    longest_message: int = Field(2000, ge=1, description="characters of a message on the page")
    longest_api_message: int = Field(8000, ge=1, description="characters of a message to the API")
    longest_body: int = Field(
        65_536, ge=1024, description="bytes of a request's body; 8,000 letters of any script fit, sent as JSON"
    )
    rate_limit: str = Field(
        "300/minute", description="requests of one address, e.g. 60/minute or 5/second;300/hour; off: no limit"
    )
    rate_limit_store: str = Field(
        "",
        pattern="^((redis|rediss|redis[+]unix)://.*)?$",
        description="redis://…: all workers and replicas count together; empty: each worker for itself",
    )
    trusted_proxies: str = Field(
        "", description="networks of the proxies whose X-Forwarded-For and -Proto are believed, e.g. 127.0.0.1 ::1"
    )

    public_url: str = Field(
        "", description="the address visitors use, e.g. https://lotse.example; in production set it, see allowed_hosts"
    )
    allowed_hosts: str = Field(
        "",
        description="other names to answer under, `*.kreis.example` for all below one; without this and public_url "
        "every name is answered, but pages name no address of their own",
    )
    frame_ancestors: str = Field(
        "'self'", description="who may show /embed in a frame, as CSP writes it: 'self' https://www.kreis.example"
    )
    cors_origins: str = Field(
        "", description="sites whose scripts may ask the API, as a browser names them: https://www.kreis.example"
    )
    reload_seconds: float = Field(
        3.0, ge=0, description="how often changed content, a new index and the switch are looked for; 0: never"
    )
    metrics_token: str = Field(
        "", description="whoever brings it as `Authorization: Bearer …` may read /metrics and why something is degraded"
    )
    metrics_from: str = Field(
        "127.0.0.0/8 ::1/128", description="networks that need no token for this, unless the request was forwarded"
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="json, text, or auto: text on a terminal and JSON elsewhere"
    )
    most_waiting: int = Field(
        32, ge=0, description="requests of a worker that may wait for their turn; the next ones get 503"
    )
    drain_seconds: int = Field(20, ge=0, description="how long requests in flight may go on after SIGTERM")
    journal: str = Field(
        "",
        description="what counts what was looked for: a file or postgresql://…; empty: the database of the index, else "
        "`journal.sqlite` below `var`; `off`: none",
    )
    report_token: str = Field(
        "", description="whoever brings it may read the report at /bericht; empty: it is not there"
    )
    journal_days: int = Field(400, ge=1, description="days after which what the journal counted is deleted")
    development: bool = Field(False, description="serves /demo, a page that looks like a Kreis homepage")
    operator: str = Field("", description="imprint: who runs this, with address, parts divided by |")
    operator_represented_by: str = Field("", description="imprint: who represents the operator")
    operator_phone: str = Field("", description="imprint: phone of the operator")
    operator_email: str = Field(
        "", description="imprint and accessibility statement: e-mail for questions and barriers"
    )
    operator_supervision: str = Field("", description="imprint: supervisory authority")
    editor: str = Field("", description="imprint: who is responsible for the content")
    data_protection_officer: str = Field("", description="privacy: name and way to the data protection officer")
    accessibility_assessed_on: str = Field("", description="accessibility statement: day of the last self-assessment")

    @field_validator("rate_limit")
    @classmethod
    def _limit_can_be_read(cls, limit: str) -> str:
        if limit != "off":
            try:
                parse_many(limit)
            except ValueError:
                raise ValueError("write a number and a time as in 60/minute, several with ; between, or off") from None
        return limit

    @field_validator("journal")
    @classmethod
    def _journal_can_be_kept(cls, journal: str) -> str:
        if "://" in journal and not journal.startswith(DATABASES):
            raise ValueError("write a file, postgresql://…, or off")
        return journal

    @field_validator("trusted_proxies", "metrics_from")
    @classmethod
    def _networks_can_be_read(cls, networks: str) -> str:
        try:
            return " ".join(str(ip_network(network)) for network in networks.split())
        except ValueError:
            raise ValueError("write networks with spaces between, as in 127.0.0.1 10.0.0.0/8 ::1") from None

    @field_validator("public_url")
    @classmethod
    def _address_can_be_read(cls, address: str) -> str:
        if address and not ORIGIN.fullmatch(address.removesuffix("/")):
            raise ValueError("write scheme and name alone, as in https://lotse.example")
        return address.removesuffix("/")

    @field_validator("allowed_hosts")
    @classmethod
    def _names_can_be_read(cls, names: str) -> str:
        if not all(re.fullmatch(rf"(\*\.)?{HOST}", name) for name in names.split()):
            raise ValueError("write names alone, as in lotse.example *.kreis.example")
        return names.lower()

    @field_validator("frame_ancestors")
    @classmethod
    def _frames_can_be_read(cls, ancestors: str) -> str:
        told = ancestors.split()
        if told not in (["'none'"], []) and not all(site == "'self'" or FRAME.fullmatch(site) for site in told):
            raise ValueError("write 'self' and sites with spaces between, as in 'self' https://www.kreis.example")
        return " ".join(told)

    @field_validator("cors_origins")
    @classmethod
    def _origins_can_be_read(cls, origins: str) -> str:
        if not all(ORIGIN.fullmatch(origin) for origin in origins.split()):
            raise ValueError("write sites with spaces between, as in https://www.kreis.example")
        return origins

    @property
    def secrets(self) -> list[str]:
        """What conversations may be signed with, the newest last: it signs."""
        return [*self.old_secrets.split(), self.secret]

    @property
    def index_address(self) -> str:
        """Where the index lives, as `open_home` takes it."""
        return self.index or str(self.var / "index")

    @property
    def journal_address(self) -> str | None:
        """Where the journal lies, as `open_ledger` takes it; None when it is off."""
        with_index = self.index if self.index.startswith(DATABASES) else ""
        return None if self.journal == "off" else self.journal or with_index or str(self.var / JOURNAL_FILE)


class SecretWeak(Exception):
    """A secret that somebody could guess; the message says how to make one."""


def refuse_weak_secrets(settings: Settings) -> None:
    """Refuse to serve the public with secrets that can be guessed. Raises SecretWeak."""
    secret = {"LOTSE_SECRET": settings.secrets, "LOTSE_METRICS_TOKEN": [settings.metrics_token or settings.secret]}
    secret["LOTSE_REPORT_TOKEN"] = [settings.report_token or settings.secret]
    weak = [name for name, values in secret.items() if any(is_weak(value) for value in values)]
    if weak and not settings.development:
        raise SecretWeak(
            f"{weak[0]} can be guessed: it is short or a well-known word. "
            'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )


def is_weak(secret: str) -> bool:
    """Whether a secret is short, the same again and again, or made of words that everybody tries first."""
    rest = re.sub(WELL_KNOWN, "", secret.lower())
    return len(secret) < SHORTEST_SECRET or len(set(secret)) < VARIED or len(rest) < SHORTEST_SECRET // 2


def unfit(error: ValidationError) -> list[str]:
    """What is wrong with the settings, a sentence each, without the values: one of them may be a secret."""
    return [
        f"LOTSE_{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}."
        for problem in error.errors(include_input=False)
        if problem["loc"]
    ]


def settings_table() -> str:
    """Every setting as a Markdown table: its environment variable, its default, what it does."""
    rows = [(name, _shown(field.default), field.description) for name, field in Settings.model_fields.items()]
    lines = [f"| `LOTSE_{name.upper()}` | {default} | {told} |" for name, default, told in rows]
    return "\n".join(["| variable | default | what it does |", "| --- | --- | --- |", *lines])


def _shown(default: object) -> str:
    """A default as an operator reads it; paths are given from the checkout."""
    if isinstance(default, Path):
        return f"`{default.relative_to(ROOT)}`"
    return "–" if default in ("", None, PydanticUndefined) else f"`{default}`"
