"""The HTTP side: the contract's JSON, and the same answers as pages that work without scripts."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.types import Scope

from assistant import metrics
from assistant.access import Access
from assistant.body import Body
from assistant.content import Actor, Offer
from assistant.conversation import ConversationSeal
from assistant.dialogue import Assistant
from assistant.dialogue import Response as Answered
from assistant.feedback import Votes
from assistant.gate import Gate
from assistant.headers import add_safe_headers
from assistant.health import add_health
from assistant.hosts import Hosts, names
from assistant.journal import open_journal
from assistant.languages import read_voices
from assistant.limiter import Limiter
from assistant.logs import set_up_logs
from assistant.problems import Page, advice, language_of, refused
from assistant.proxies import Proxies
from assistant.reload import Keeper
from assistant.repeated import Given
from assistant.rush import GIVEN, Rush
from assistant.settings import Settings, refuse_weak_secrets
from assistant.site import add_pages, answered, assistant_of, is_blank, opened, pages_of, show

VOTE_WITH = "X-Feedback-Token"  # header of an answer; POST /api/feedback takes it back
PLAIN_NAME = re.compile("[A-Za-z0-9_]{1,40}")
LANGUAGE_TAG = "^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3})?$"


class ChatRequest(BaseModel):
    """What `POST /api/chat` takes."""

    model_config = ConfigDict(extra="forbid")

    message: str
    # As BCP 47 writes tags; it comes back in the answer, so it may be nothing else.
    language: str | None = Field(None, pattern=LANGUAGE_TAG)
    conversation: str | None = None


class OfferAnswer(BaseModel):
    """An offer of the answer."""

    id: str
    title: str
    aliases: list[str]
    summary: str
    fit: Literal["yes", "unknown"]
    why: str
    next_step: str
    actors: list[str]
    url: str
    checked_on: str


class ActorAnswer(BaseModel):
    """An actor of the answer."""

    id: str
    name: str
    aliases: list[str]
    phones: list[str]
    email: str | None
    address: str | None
    opening_hours: str | None
    open_now: bool | None
    url: str


class StatementAnswer(BaseModel):
    """A sentence with the ids of its citations."""

    text: str
    citations: list[str]


class CitationAnswer(BaseModel):
    """Where a statement comes from."""

    id: str
    title: str
    url: str
    checked_on: str


class Choice(BaseModel):
    """One choice of a follow-up."""

    label: str
    value: str


class FollowUpAnswer(BaseModel):
    """The one question that would change the list."""

    slot: str
    question: str
    choices: list[Choice]


class SituationAnswer(BaseModel):
    """One thing that was understood."""

    slot: str
    label: str


class ChatAnswer(BaseModel):
    """What `POST /api/chat` answers: the contract of DESIGN.md."""

    outcome: Literal["answered", "asking", "referred", "unanswered", "declined", "emergency", "smalltalk"]
    language: str
    text: str
    statements: list[StatementAnswer]
    offers: list[OfferAnswer]
    actors: list[ActorAnswer]
    citations: list[CitationAnswer]
    follow_up: FollowUpAnswer | None
    suggestions: list[str]
    situation: list[SituationAnswer]
    conversation: str


def application() -> FastAPI:
    """The application as a process of its own serves it: with logs and figures set up for the whole process."""
    settings = Settings()
    refuse_weak_secrets(settings)
    set_up_logs(settings.log_format)
    metrics.start()
    return create_app(settings)


def create_app(settings: Settings | None = None, assistant: Assistant | None = None) -> FastAPI:
    """The application; without an assistant of its own it opens one at start-up."""
    settings = settings or Settings()
    seal = ConversationSeal(settings.secrets, settings.conversation_hours)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.journal = journal = open_journal(settings)
        app.state.votes = Votes(settings.secrets, journal) if journal else None
        try:
            with serving(app):
                yield
        finally:
            if journal:
                journal.close()

    @contextmanager
    def serving(app: FastAPI) -> Iterator[None]:
        if assistant:
            show(app, assistant, read_voices(settings.content / "languages"))
            yield
            return
        keeper = Keeper(settings, lambda serving: show(app, serving.assistant, serving.content.voices))
        app.state.keeper = keeper
        keeper.watch()
        yield
        keeper.stop()

    app = FastAPI(
        title="Lotse", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.settings, app.state.journal, app.state.votes = settings, None, None

    def page(status: int, scope: Scope) -> str:
        pages = pages_of(app)
        return pages.problem(status, language_of(scope, pages.voices))

    # The last one added is the first to see a request.
    app.add_middleware(Gate, most_waiting=settings.most_waiting, page=page)
    app.add_middleware(Rush, pages=pages_of, answered=_said)
    app.add_middleware(Body, longest=settings.longest_body, page=page)
    app.add_middleware(
        Limiter, limit=settings.rate_limit, secret=settings.secret, store=settings.rate_limit_store, page=page
    )
    app.add_middleware(Hosts, names=names(settings.allowed_hosts, settings.public_url), page=page)
    _problems(app, page)
    _json_routes(app, settings, seal)
    add_health(app, settings, assistant_of)
    add_pages(app, settings, seal)
    app.add_middleware(Proxies, trusted=settings.trusted_proxies)
    app.add_middleware(Access, page=page)
    add_safe_headers(app, settings)  # around everything that may answer
    return app


def _json_routes(app: FastAPI, settings: Settings, seal: ConversationSeal) -> None:
    """The API: everything the page shows can be had as JSON."""

    @app.post("/api/chat", response_model=ChatAnswer)
    def chat(request: Request, asked: ChatRequest) -> Response:
        message, so_far = _checked(asked.message, settings.longest_api_message), opened(seal, asked.conversation)[0]
        given = _given(assistant_of(app).respond(so_far, message, asked.language or None), seal)
        if not asked.conversation:
            request.scope[GIVEN] = given
        return _said(app, given)

    @app.get("/api/offers")
    def offers() -> list[dict[str, Any]]:
        return [_public(id, offer) for id, offer in assistant_of(app).catalog.offers.items()]

    @app.get("/api/offers/{id}")
    def one_offer(id: str) -> dict[str, Any]:
        catalog = assistant_of(app).catalog
        return {**_public(id, _known(catalog.offers, id)), "text": catalog.texts[f"offer/{id}"]}

    @app.get("/api/actors")
    def actors() -> list[dict[str, Any]]:
        return [_public(id, actor) for id, actor in assistant_of(app).catalog.actors.items()]

    @app.get("/api/actors/{id}")
    def one_actor(id: str) -> dict[str, Any]:
        return _public(id, _known(assistant_of(app).catalog.actors, id))


def _problems(app: FastAPI, page: Page) -> None:
    """Errors as RFC 9457 problem documents that say what to do; browsers get a page."""

    @app.exception_handler(HTTPException)
    async def failed(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404 and request.url.path.endswith("/"):
            return _without_slash(request)
        detail = advice(error.status_code, str(error.detail))
        return refused(request.scope, error.status_code, detail, page, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        kind = request.headers.get("content-type", "")
        if request.url.path.startswith("/api/") and "json" not in kind:
            detail = "The body is not said to be JSON. Send it with Content-Type: application/json."
            return refused(request.scope, 415, detail, page)
        return refused(request.scope, 422, _invalid(error.errors()[0]), page)


def _invalid(first: Mapping[str, Any]) -> str:
    """Where something is wrong and what; an unknown name comes from outside and is not repeated unless it is plain."""
    steps = [str(step) for step in first["loc"] if step != "body"]
    where = ".".join(step if PLAIN_NAME.fullmatch(step) else "a field" for step in steps) or "the body"
    return f"{where}: {first['msg']}. Send it as /openapi.json describes."


def _without_slash(request: Request) -> Response:
    """Where an address without the slash at its end is: on this site, whatever name was asked for."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{request.url.path.strip('/')}{query}", 307)


def _given(response: Answered, seal: ConversationSeal) -> Given:
    """A turn as the contract's JSON, held against the contract."""
    contract = response.answer.as_contract(seal.sealed(response.conversation))
    return Given(response, ChatAnswer.model_validate(contract).model_dump_json().encode())


def _said(app: FastAPI, given: Given) -> Response:
    """An answer as it is sent, counted, with a token of its own to vote with."""
    token = answered(app, given.response)
    headers = {VOTE_WITH: token} if token else None
    return Response(given.body, media_type="application/json", headers=headers)


def _checked(message: str, longest: int) -> str:
    if is_blank(message):
        raise HTTPException(422, "message: is empty. Send the question as text.")
    if any("\ud800" <= sign <= "\udfff" for sign in message):
        raise HTTPException(422, "message: holds half a letter. Send the text in UTF-8, as it was typed.")
    if len(message) > longest:
        raise HTTPException(413, f"message: {len(message)} characters are too many. Send at most {longest}.")
    return message


def _known(things: Any, id: str) -> Any:
    if id not in things:
        raise HTTPException(404, "This is not known. The lists are at /api/offers and /api/actors.")
    return things[id]


def _public(id: str, thing: Offer | Actor) -> dict[str, Any]:
    """A content file as JSON, without the questions that only serve finding."""
    return {"id": id, **thing.model_dump(mode="json", exclude={"questions", "questions_in"})}
