"""The needs report as a page, for whoever brings the token: in a header, or typed into a form; there is no cookie."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from assistant.disclosure import LEAST
from assistant.journal import Journal
from assistant.ledger import LedgerFailed
from assistant.pages import Pages
from assistant.report import NoMonths, make_report, name_of
from assistant.settings import Settings

LONGEST_TOKEN = 500  # characters
MONTH = Annotated[str, Form(max_length=7)]


def add_report(
    app: FastAPI,
    settings: Settings,
    pages_of: Callable[[FastAPI], Pages],
    journal_of: Callable[[FastAPI], Journal | None],
) -> None:
    """Add `/bericht` to an application; without LOTSE_REPORT_TOKEN, or without a journal, it is not there."""

    def page(token: str | None, first: str, last: str) -> HTMLResponse:
        journal = journal_of(app)
        if not settings.report_token or journal is None:
            raise HTTPException(404, "Not found here. LOTSE_REPORT_TOKEN opens the report where a journal is kept.")
        pages = pages_of(app)
        show = partial(pages.page, "report.html", first=first, last=last, least=LEAST)
        if token is None:
            return HTMLResponse(show(report=None, wrong=""))
        if not secrets.compare_digest(token.encode(), settings.report_token.encode()):
            return HTMLResponse(show(report=None, wrong="token"), 401, {"WWW-Authenticate": "Bearer"})
        catalog = pages.assistant.catalog
        try:
            report = make_report(journal.ledger, catalog, first, last, journal.today())
        except LedgerFailed:
            raise HTTPException(503, "The report cannot be read now. Try again in some minutes.") from None
        except NoMonths:
            return HTMLResponse(show(report=None, wrong="months"), 422)
        return HTMLResponse(show(report=report, wrong="", named=lambda part: name_of(part, catalog)))

    @app.get("/bericht", response_class=HTMLResponse)
    def with_header(request: Request, von: str = "", bis: str = "") -> HTMLResponse:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return page(token if scheme.lower() == "bearer" else None, von[:7], bis[:7])

    @app.post("/bericht", response_class=HTMLResponse)
    def with_form(
        token: Annotated[str, Form(max_length=LONGEST_TOKEN)] = "", von: MONTH = "", bis: MONTH = ""
    ) -> HTMLResponse:
        return page(token, von, bis)
