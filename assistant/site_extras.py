"""What stands around the chat as routes: Merkzettel, widget, the legal pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from assistant.conversation import Conversation
from assistant.headers import FOREVER
from assistant.legal import LEGAL_PAGES, facts
from assistant.merkzettel import known
from assistant.pages import Pages
from assistant.settings import Settings
from assistant.site_feedback import add_feedback
from assistant.widget import read_widget

ANY_SITE = {"Access-Control-Allow-Origin": "*"}


def add_extras(
    app: FastAPI,
    settings: Settings,
    pages_of: Callable[[FastAPI], Pages],
    conversation_of: Callable[[str], Conversation],
    web: Path,
) -> None:
    """Add all of them to an application."""
    _merkzettel(app, pages_of, conversation_of)
    add_feedback(app, pages_of, conversation_of)
    _legal(app, settings, pages_of)
    _widget(app, settings, pages_of, web)


def _merkzettel(
    app: FastAPI, pages_of: Callable[[FastAPI], Pages], conversation_of: Callable[[str], Conversation]
) -> None:
    @app.post("/merkzettel", response_class=HTMLResponse)
    def merkzettel(
        request: Request,
        offer: Annotated[list[str] | None, Form()] = None,
        conversation: Annotated[str, Form()] = "",
        language: Annotated[str, Form()] = "",
        with_question: Annotated[str, Form()] = "",
    ) -> str:
        pages, so_far = pages_of(app), conversation_of(conversation)
        offers = pages.assistant.catalog.offers
        chosen = known(offer or (), offers)
        seen = known((*chosen, *(id for turn in reversed(so_far.turns) for id in turn.offers)), offers)
        question = so_far.last.question if so_far.last and with_question else ""
        frame = pages.frame(language, so_far.address)
        return pages.merkzettel(chosen, seen, frame, str(request.base_url), conversation, question)


def _legal(app: FastAPI, settings: Settings, pages_of: Callable[[FastAPI], Pages]) -> None:
    def shows(template: str) -> Callable[[Request, str], HTMLResponse]:
        # A parameter of the inner function would be one of the address: anybody could choose the template.
        def page(request: Request, sprache: str = "") -> HTMLResponse:
            pages = pages_of(app)
            given = facts(settings, pages.assistant, pages.site(str(request.base_url)))
            return HTMLResponse(pages.page(template, pages.frame(sprache), **given))

        return page

    for path, template in LEGAL_PAGES.items():
        app.add_api_route(path, shows(template), methods=["GET"], response_class=HTMLResponse, name=template)


def _widget(app: FastAPI, settings: Settings, pages_of: Callable[[FastAPI], Pages], web: Path) -> None:
    file = web / "static" / "widget.js"

    @app.get("/widget.js")
    def newest() -> Response:
        return _script(read_widget(file).script, "public, max-age=300")

    @app.get("/widget-{version}.js")
    def fixed(version: str) -> Response:
        widget = read_widget(file)
        if version != widget.version:
            raise HTTPException(404, f"This version is not here. The newest is /widget-{widget.version}.js")
        return _script(widget.script, FOREVER)

    @app.get("/widget.json")
    def integrity() -> dict[str, str]:
        widget = read_widget(file)
        return {"src": f"/widget-{widget.version}.js", "integrity": widget.integrity}

    if settings.development:

        @app.get("/demo", response_class=HTMLResponse)
        def demo(platz: str = "corner") -> str:
            return pages_of(app).page("demo.html", widget=read_widget(file), placement=platz)


def _script(script: str, kept: str) -> Response:
    return Response(script, media_type="text/javascript", headers={**ANY_SITE, "Cache-Control": kept})
