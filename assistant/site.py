"""The pages as routes: what works without scripts, first of all the chat.

What a page shows is `pages`' and the templates'; the JSON side is `api`; the content's pages are `site_content`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from unicodedata import category

from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, Response

from assistant import metrics
from assistant.cards import Answer
from assistant.conversation import LONGEST_QUESTION, Conversation, ConversationLost, ConversationSeal
from assistant.dialogue import Assistant
from assistant.dialogue import Response as Answered
from assistant.frame import Frame, address_of, spoken
from assistant.headers import add_headers
from assistant.hosts import names
from assistant.journal import Journal
from assistant.languages import Voice
from assistant.pages import Pages, Shown
from assistant.settings import ROOT, Settings
from assistant.site_content import add_content_pages
from assistant.site_extras import add_extras
from assistant.site_feedback import votes_of
from assistant.site_report import add_report
from assistant.static_files import StoredFiles

WEB = ROOT / "web"
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs by name, but nothing is drawn for them
FRAGMENT = "fetch"  # what chat.js names itself in X-Requested-With: it wants the new turn only


def add_pages(app: FastAPI, settings: Settings, seal: ConversationSeal) -> None:
    """Add the pages to an application: one form, one template for every turn."""
    app.mount("/static", StoredFiles(directory=WEB / "static"), name="static")
    app.mount("/vendor", StoredFiles(directory=WEB / "vendor"), name="vendor")
    add_headers(app, settings)
    _chat(app, settings, seal)
    add_content_pages(app, pages_of)
    add_report(app, settings, pages_of, journal_of)
    add_extras(app, settings, pages_of, lambda sealed: opened(seal, sealed)[0], WEB)


def _chat(app: FastAPI, settings: Settings, seal: ConversationSeal) -> None:
    @app.get("/", response_class=HTMLResponse)
    @app.get("/embed", response_class=HTMLResponse)
    def start(request: Request, sprache: str = "", thema: str = "") -> str:
        pages = pages_of(app)
        return pages.chat(Shown(), pages.frame(sprache, base=request.url.path), thema)

    @app.post("/", response_class=HTMLResponse)
    @app.post("/embed", response_class=HTMLResponse)
    def turn(
        request: Request,
        message: Annotated[str, Form()] = "",
        conversation: Annotated[str, Form()] = "",
        forget: Annotated[str, Form()] = "",
        choice: Annotated[str | None, Form()] = None,
        language: Annotated[str, Form()] = "",
        switch: Annotated[str, Form()] = "",
        again: Annotated[str, Form()] = "",
    ) -> Response:
        pages, base = pages_of(app), request.url.path
        so_far, lost = opened(seal, conversation)
        chosen = switch or language
        if address_of(chosen):
            so_far = replace(so_far, address=address_of(chosen))
        frame = pages.frame(chosen, so_far.address, base)
        if switch or again:
            return HTMLResponse(pages.chat(_again(pages, so_far, seal.sealed(so_far), message), frame))
        if forget:
            slot, _, value = forget.partition("=")
            so_far = pages.assistant.forget(so_far, slot, value)
            message = so_far.last.question if so_far.last else ""
        if choice is not None:
            message = pages.assistant.choice_words(so_far, choice)
        if error := _error(message, settings.longest_message):
            shown = Shown(so_far, conversation=conversation, error=error, draft=message)
            return HTMLResponse(pages.chat(shown, frame), 422)
        response = pages.assistant.respond(so_far, message, learn=not forget)
        token = answered(app, response, again=bool(forget))
        after = response.conversation
        sealed = seal.sealed(after)
        shown = Shown(so_far, response.answer, after.last, sealed, notice="expired" if lost else None, token=token)
        frame = pages.frame(spoken(pages.voices, chosen, response.answer.language), after.address, base)
        return _turn_page(request, pages, shown, frame)


def _turn_page(request: Request, pages: Pages, shown: Shown, frame: Frame) -> Response:
    """The whole page, or only its new part for a page whose script asked for that."""
    if request.headers.get("x-requested-with") != FRAGMENT:
        return HTMLResponse(pages.chat(shown, frame))
    return HTMLResponse(pages.fragment(shown, frame), headers={"Content-Language": frame.lang})


def _error(message: str, longest: int) -> str | None:
    if is_blank(message):
        return "empty"
    return "too_long" if len(message) > longest else None


def is_blank(message: str) -> bool:
    """Whether nothing is to be seen of a message: white space, control and zero-width signs, fillers."""
    return not any(category(sign)[0] in "LNPS" and sign not in FILLERS for sign in message)


def _again(pages: Pages, so_far: Conversation, sealed: str, draft: str) -> Shown:
    """The same conversation once more: in another language, or after a visit to another page."""
    if so_far.last is None:
        return Shown(so_far, conversation=sealed, draft=draft)
    before = replace(so_far, turns=so_far.turns[:-1])
    return Shown(before, _last_answer(pages, so_far, before), so_far.last, sealed, draft=draft)


def _last_answer(pages: Pages, so_far: Conversation, before: Conversation) -> Answer:
    """The last answer as it was; from its cards alone where the question is no longer there in full."""
    last = so_far.last
    assert last is not None  # noqa: S101 — the caller has looked
    if not last.question or len(last.question) >= LONGEST_QUESTION:
        return pages.recalled(last, so_far)
    if last.outcome == "asking":
        before = replace(before, asked=so_far.asked[:-1])
    return pages.assistant.respond(before, last.question, learn=False).answer


def show(app: FastAPI, assistant: Assistant, voices: Mapping[str, Voice]) -> None:
    """Serve an assistant from now on: one attribute is exchanged, a request under way keeps the one it began with."""
    settings: Settings = app.state.settings
    known = names(settings.allowed_hosts, settings.public_url)
    app.state.pages = Pages(assistant, voices, WEB, settings.longest_message, settings.public_url, known)


def pages_of(app: FastAPI) -> Pages:
    """The pages over the assistant now served."""
    pages: Pages = app.state.pages
    return pages


def assistant_of(app: FastAPI) -> Assistant:
    """The assistant that an application serves."""
    return pages_of(app).assistant


def answered(app: FastAPI, response: Answered, again: bool = False) -> str:
    """Count an answer, and give the token with which it can be voted on; what is asked again is no new turn."""
    metrics.answered(response.answer)
    journal, votes, catalog = journal_of(app), votes_of(app), assistant_of(app).catalog
    if journal and not again:
        journal.record(response, catalog)
    return votes.token(response, catalog) if votes else ""


def journal_of(app: FastAPI) -> Journal | None:
    """The journal of an application; None where it keeps none."""
    journal: Journal | None = app.state.journal
    return journal


def opened(seal: ConversationSeal, sealed: str | None) -> tuple[Conversation, bool]:
    """The conversation, and whether one was brought that could not be taken up again."""
    try:
        return seal.opened(sealed), False
    except ConversationLost:
        return Conversation(), True
