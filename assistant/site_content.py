"""The pages of the content as routes: offers, actors, and what search engines want to know of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from assistant.directory import Filters
from assistant.icalendar import icalendar
from assistant.merkzettel import known
from assistant.pages import Pages
from assistant.vcard import vcard

PLAIN_PAGES = ("/", "/angebote", "/ueber", "/barrierefreiheit", "/datenschutz", "/impressum")


def add_content_pages(app: FastAPI, pages_of: Callable[[FastAPI], Pages]) -> None:
    """Add the pages of offers and actors to an application."""

    @app.get("/angebote", response_class=HTMLResponse)
    def offers_page(
        request: Request,
        schwerpunkt: str = "",
        thema: str = "",
        fuer: str = "",
        ort: str = "",
        suche: Annotated[str, Query(max_length=200)] = "",
        o: Annotated[str, Query(max_length=2000)] = "",
        sprache: str = "",
    ) -> str:
        pages = pages_of(app)
        shared = known(o.split(","), pages.assistant.catalog.offers) if o else ()
        filters = Filters(schwerpunkt, thema, fuer, ort, suche.strip(), shared)
        return pages.offers(filters, pages.frame(sprache), str(request.base_url))

    @app.get("/angebote/{id}.ics")
    def offer_dates(id: str, request: Request) -> Response:
        pages = pages_of(app)
        offer = pages.assistant.catalog.offers.get(id)
        if offer is None or not offer.dates:
            raise HTTPException(404, "This has no dates. All offers are at /angebote.")
        page = f"{pages.site(str(request.base_url))}/angebote/{id}"
        return _download(icalendar(id, offer, page, pages.assistant.now()), "text/calendar", f"{id}.ics")

    @app.get("/angebote/{id}", response_class=HTMLResponse)
    def offer_page(id: str, request: Request, sprache: str = "") -> str:
        pages = pages_of(app)
        _must_be_known(pages.assistant.catalog.offers, id)
        return pages.offer(id, pages.frame(sprache), str(request.base_url))

    @app.get("/stellen/{id}.vcf")
    def actor_contact(id: str, request: Request) -> Response:
        pages = pages_of(app)
        _must_be_known(pages.assistant.catalog.actors, id)
        page = f"{pages.site(str(request.base_url))}/stellen/{id}"
        return _download(vcard(pages.card(id), page), "text/vcard", f"{id}.vcf")

    @app.get("/stellen/{id}", response_class=HTMLResponse)
    def actor_page(id: str, request: Request, sprache: str = "") -> str:
        pages = pages_of(app)
        _must_be_known(pages.assistant.catalog.actors, id)
        return pages.actor(id, pages.frame(sprache), str(request.base_url))

    @app.get("/robots.txt")
    def robots(request: Request) -> PlainTextResponse:
        site = pages_of(app).site(str(request.base_url))
        rules = ["User-agent: *", "Disallow: /api/", "Disallow: /embed", "Disallow: /merkzettel"]
        return PlainTextResponse("\n".join([*rules, f"Sitemap: {site}/sitemap.xml", ""]))

    @app.get("/sitemap.xml")
    def sitemap(request: Request) -> Response:
        pages = pages_of(app)
        catalog, site = pages.assistant.catalog, pages.site(str(request.base_url))
        addresses = [(f"{site}{page}", "") for page in PLAIN_PAGES]
        addresses += [(f"{site}/angebote/{id}", str(offer.checked_on)) for id, offer in catalog.offers.items()]
        addresses += [(f"{site}/stellen/{id}", str(actor.checked_on)) for id, actor in catalog.actors.items()]
        return Response(pages.page("sitemap.xml", addresses=addresses), media_type="application/xml")


def _download(text: str, kind: str, name: str) -> Response:
    return Response(
        text, media_type=f"{kind}; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _must_be_known(things: object, id: str) -> None:
    if id not in things:  # type: ignore[operator]
        raise HTTPException(404, "This is not known. All offers are at /angebote.")
