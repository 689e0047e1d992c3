"""A secret nobody can guess, the same for all workers, and changed without ending a conversation."""

from __future__ import annotations

import os
import secrets
from typing import Any

import pytest

from assistant import server
from assistant.conversation import Conversation, ConversationLost, ConversationSeal, Turn
from assistant.settings import SecretWeak, Settings, is_weak, refuse_weak_secrets

GOOD, OLDER = "9vQ2rT7xLw0pZk4MbN8sYc", "Hh3jK6mPq1tVx5zBd7gWn2"
TALK = Conversation((Turn("Umschulung", "answered"),))


@pytest.mark.parametrize(
    "secret", ["geheim", "secret", "x" * 40, "changeme-changeme", "lotse-secret-key-123456", "abababab" * 5]
)
def test_a_secret_that_can_be_guessed_is_refused(secret: str) -> None:
    with pytest.raises(SecretWeak, match="LOTSE_SECRET can be guessed"):
        refuse_weak_secrets(Settings(secret=secret))
    with pytest.raises(SecretWeak, match="LOTSE_SECRET can be guessed"):
        refuse_weak_secrets(Settings(secret=GOOD, old_secrets=f"{OLDER} {secret}"))
    with pytest.raises(SecretWeak, match="LOTSE_METRICS_TOKEN can be guessed"):
        refuse_weak_secrets(Settings(secret=GOOD, metrics_token=secret))


def test_the_sentence_says_how_to_make_one_and_not_which_it_was() -> None:
    with pytest.raises(SecretWeak) as error:
        refuse_weak_secrets(Settings(secret="wombat"))
    assert "secrets.token_urlsafe(32)" in str(error.value)
    assert "wombat" not in str(error.value)


def test_developers_may_use_what_they_like() -> None:
    refuse_weak_secrets(Settings(secret="geheim", development=True))


def test_secrets_as_the_advice_makes_them_are_good() -> None:
    assert [made for made in (secrets.token_urlsafe(32) for _ in range(2000)) if is_weak(made)] == []
    refuse_weak_secrets(Settings(secret=GOOD))
    refuse_weak_secrets(Settings())


def test_a_conversation_outlives_a_change_of_the_secret() -> None:
    before = ConversationSeal(Settings(secret=OLDER).secrets, 1).sealed(TALK)
    after = ConversationSeal(Settings(secret=GOOD, old_secrets=OLDER).secrets, 1)
    assert after.opened(before) == TALK


def test_the_newest_secret_signs_and_one_taken_out_counts_no_more() -> None:
    sealed = ConversationSeal(Settings(secret=GOOD, old_secrets=OLDER).secrets, 1).sealed(TALK)
    assert ConversationSeal(GOOD, 1).opened(sealed) == TALK
    with pytest.raises(ConversationLost):
        ConversationSeal(OLDER, 1).opened(sealed)


@pytest.mark.parametrize("set_to", [None, "", GOOD])
def test_all_workers_sign_with_one_secret(monkeypatch: pytest.MonkeyPatch, set_to: str | None) -> None:
    """Each reads its settings from the environment that `serve` hands on."""
    workers: list[str] = []

    def started(*_: Any, **__: Any) -> None:
        workers.extend(Settings().secret for _ in range(2))

    monkeypatch.setenv("LOTSE_SECRET", set_to or "")
    if set_to is None:
        monkeypatch.delenv("LOTSE_SECRET")
    monkeypatch.setattr("assistant.workers.Workers.run", started)
    monkeypatch.setattr(server, "readable_content", lambda _: None)
    monkeypatch.setattr(server, "set_up_logs", lambda _: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    settings = Settings()
    before = dict(os.environ)
    server.run(settings, "127.0.0.1", 0, workers=2)
    os.environ.clear()
    os.environ.update(before)
    assert workers == [settings.secret] * 2


def test_serve_refuses_a_weak_secret_before_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: pytest.fail("it listens"))
    with pytest.raises(SecretWeak):
        server.run(Settings(secret="geheim"), "127.0.0.1", 0, workers=1)
