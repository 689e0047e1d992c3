"""The pages as routes: what works without scripts, first of all the chat.

What a page shows is `pages`' and the templates'; the JSON side is `api`.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Form
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from assistant.conversation import Conversation, ConversationLost, ConversationSeal
from assistant.dialogue import Assistant
from assistant.pages import Pages, Shown
from assistant.settings import ROOT, Settings

WEB = ROOT / "web"


def add_pages(app: FastAPI, settings: Settings, seal: ConversationSeal) -> None:
    """Add the pages to an application: one form, one template for every turn."""
    app.mount("/static", StaticFiles(directory=WEB / "static"), name="static")

    @app.get("/", response_class=HTMLResponse)
    @app.get("/embed", response_class=HTMLResponse)
    def start() -> str:
        return pages_of(app).chat(Shown())

    @app.post("/", response_class=HTMLResponse)
    @app.post("/embed", response_class=HTMLResponse)
    def turn(
        message: Annotated[str, Form()] = "",
        conversation: Annotated[str, Form()] = "",
        forget: Annotated[str, Form()] = "",
        choice: Annotated[str | None, Form()] = None,
    ) -> Response:
        pages = pages_of(app)
        so_far, lost = opened(seal, conversation)
        if forget:
            slot, _, value = forget.partition("=")
            so_far = assistant_of(app).forget(so_far, slot, value)
            message = so_far.last.question if so_far.last else ""
        if choice is not None:
            message = assistant_of(app).choice_words(so_far, choice)
        if not message.strip():
            return HTMLResponse(pages.chat(Shown(so_far, conversation=conversation, error="empty")), 422)
        if len(message) > settings.longest_message:
            return HTMLResponse(
                pages.chat(Shown(so_far, conversation=conversation, error="too_long", draft=message)), 422
            )
        response = assistant_of(app).respond(so_far, message, learn=not forget)
        sealed = seal.sealed(response.conversation)
        shown = Shown(so_far, response.answer, response.conversation.last, sealed, notice="expired" if lost else None)
        return HTMLResponse(pages.chat(shown))

    @app.get("/angebote", response_class=HTMLResponse)
    def offers_page() -> str:
        return pages_of(app).offers()

    @app.get("/angebote/{id}", response_class=HTMLResponse)
    def offer_page(id: str) -> str:
        _known(assistant_of(app).catalog.offers, id)
        return pages_of(app).offer(id)

    @app.get("/stellen/{id}", response_class=HTMLResponse)
    def actor_page(id: str) -> str:
        _known(assistant_of(app).catalog.actors, id)
        return pages_of(app).actor(id)


def assistant_of(app: FastAPI) -> Assistant:
    """The assistant that an application serves."""
    assistant: Assistant = app.state.assistant
    return assistant


def pages_of(app: FastAPI) -> Pages:
    """The pages over the assistant now served; made anew when that was exchanged."""
    pages: Pages | None = getattr(app.state, "pages", None)
    if pages is None or pages.assistant is not assistant_of(app):
        pages = Pages(assistant_of(app), WEB / "templates", app.state.settings.longest_message)
        app.state.pages = pages
    return pages


def opened(seal: ConversationSeal, sealed: str | None) -> tuple[Conversation, bool]:
    """The conversation, and whether one was brought that could not be taken up again."""
    try:
        return seal.opened(sealed), False
    except ConversationLost:
        return Conversation(), True


def _known(things: object, id: str) -> None:
    if id not in things:  # type: ignore[operator]
        raise HTTPException(404, f"'{id}' is not known. All offers are at /angebote.")
