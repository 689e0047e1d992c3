"""Nothing that can be sent makes an error of ours, hangs, or comes back as markup: every path, and the core itself."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from assistant.api import create_app
from assistant.conversation import Conversation, ConversationLost, ConversationSeal
from assistant.dialogue import Assistant
from assistant.settings import Settings
from tests.house import open_assistant, talk

EXAMPLES = 8  # a path and method; they take every field and every sort of wrong value in turn
LONGEST = 20.0  # seconds: a hang, not a slow machine (one with four times too much to do took 3.4)
MARKUP = "<script>alert(1)</script>"
WORDS = [
    "Umschulung",
    "bin 30",
    "aus Nidda",
    "arbeitslos",
    "hallo",
    "was kostet das",
    "noch eins",
    "<b>",
    "0176 123456",
]
PATHS = create_app(Settings(secret="geheim")).openapi()["paths"]
OPERATIONS = [(method.upper(), path) for path, methods in PATHS.items() for method in methods]
bounded = settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return open_assistant(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    app = create_app(Settings(secret="geheim", rate_limit="off"), assistant)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def described(client: TestClient) -> Any:
    """The application as its own OpenAPI description has it, asked with right and with wrong values."""
    return schemathesis.openapi.from_asgi("/openapi.json", client.app)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_path_answers_whatever_it_is_sent(described: Any, method: str, path: str, mode: GenerationMode) -> None:
    operation = described[path][method]

    @bounded
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        began = time.monotonic()
        answered = case.call()
        assert answered.status_code < 500
        assert time.monotonic() - began < LONGEST
        kind = answered.headers.get("content-type", [""])[0]
        assert answered.status_code < 400 or kind.startswith(("application/problem+json", "text/html"))

    with contextlib.suppress(Unsatisfiable):  # nothing can be wrong where nothing is asked for
        ask()


def test_the_description_names_every_address_a_program_or_form_can_use() -> None:
    assert {"/", "/embed", "/api/chat", "/api/feedback", "/merkzettel", "/angebote", "/angebote/{id}"} <= set(PATHS)


# Text as people and machines send it: any letters, words we know in any order, and signs with a meaning elsewhere.
texts = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    st.text(st.sampled_from("<>&\"'{}%\\\r\n\t\x00\u200b\u202e\ufeff;=()0aß"), max_size=80),
)


@settings(bounded, max_examples=150)
@given(said=st.lists(texts, min_size=1, max_size=4))
def test_the_core_answers_any_text_in_any_order(assistant: Assistant, said: list[str]) -> None:
    began = time.monotonic()
    responses = talk(assistant, *said)
    assert time.monotonic() - began < LONGEST * len(said)
    assert all(response.answer.text for response in responses)


@settings(bounded, max_examples=60)
@given(before=texts, after=texts, form=st.booleans())
def test_no_page_and_no_answer_gives_markup_back(client: TestClient, before: str, after: str, form: bool) -> None:
    message = f"{before} {MARKUP} {after}"
    if form:
        page = client.post("/", data={"message": message, "language": MARKUP, "conversation": MARKUP, "choice": after})
        assert page.status_code < 500
        assert MARKUP not in page.text
        return
    answered = client.post("/api/chat", json={"message": message})
    assert answered.status_code == 200
    assert MARKUP not in answered.json()["text"]


seal = ConversationSeal("geheim", 1)


@settings(bounded, max_examples=300)
@given(st.one_of(st.text(max_size=120), st.from_regex(r"[A-Za-z0-9_=-]{0,60}(\.[A-Za-z0-9_=-]{0,30}){0,3}")))
def test_any_conversation_is_opened_or_lost(brought: str) -> None:
    with contextlib.suppress(ConversationLost):
        assert isinstance(seal.opened(brought), Conversation)


anything: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.sampled_from("tsadlx"), inner, max_size=6),
    max_leaves=20,
)


@settings(bounded, max_examples=200)
@given(st.fixed_dictionaries(dict.fromkeys("tsadl", anything)) | anything)
def test_a_conversation_of_another_shape_that_we_signed_ourselves_is_opened_or_lost(shape: Any) -> None:
    """As one from before an update may be."""
    with contextlib.suppress(ConversationLost):
        assert isinstance(seal.opened(seal._serializer.dumps(shape)), Conversation)
