"""A real browser (Debian's Chromium, driven by Playwright) in front of the small house of `tests/house.py`."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from assistant.api import create_app
from assistant.settings import ROOT, Settings
from assistant.sqlite_ledger import SqliteLedger
from tests.house import ACTORS, OFFERS, actor, catalog, offer, open_assistant, site
from tests.test_report import TODAY, turns

CHROMIUM = Path(os.environ.get("LOTSE_CHROMIUM", "/usr/bin/chromium"))
# Without these Chromium tries to reach hosts of its maker at every start, which a closed network refuses.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = ROOT / "var" / "screenshots"
HERE = Path(__file__).parent
REPORT_TOKEN = "wb7Qm-2kd_9PzXr4LtHs"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is marked, so that `-m "not browser"` leaves it out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Served:
    """An application that runs in a thread of this process, and where."""

    url: str
    stop: Callable[[], None]


def serve(app: FastAPI) -> Served:
    """Serve an application on a free port."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the application did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]

    def stop() -> None:
        server.should_exit = True
        thread.join(10)

    return Served(f"http://127.0.0.1:{port}", stop)


# The longest words the real content has, so that a narrow screen is tested with them.
LONG = "Berufsvorbereitende Bildungsmaßnahme mit Rehabilitationsspezifischem Förderbedarf"


def content() -> Any:
    """The small house with what screens need besides: a date, long words, a step-by-step list of papers."""
    offers = {
        **OFFERS,
        "deutschkurs": offer("Deutschkurs", topic="school", audience={"max_age": 24}),
        "infotag": offer(
            LONG,
            audience={"max_age": 24, "note": "Für Menschen unter 25."},
            dates=[{"start": "2026-09-12", "label": "Infotag"}],
            papers=["Lebenslauf", "Krankenversicherungsbescheinigung"],
            contacts=["bizentrum"],
            related=["umschulung"],
            more_sources=["https://example.org/sehr/lange/adresse/ohne/leerzeichen/die/nicht/umbricht/angebote.html"],
        ),
    }
    actors = {
        **ACTORS,
        "bizentrum": actor(
            "Berufsinformationszentrum",
            languages=["Deutsch", "Türkisch"],
            sites=[
                site(
                    address={"street": "Leonhardstraße 17", "postcode": "61169", "town": "Friedberg"},
                    latitude=50.33,
                    longitude=8.75,
                    phones=[{"number": "+49 6031 160-500", "label": "Anmeldung"}],
                    email="berufsinformationszentrum@beispiel-agentur-friedberg.example",
                    opening_hours="Mo-Th 08:00-16:00; Fr 08:00-12:00; PH off",
                )
            ],
        ),
    }
    return catalog(offers=offers, actors=actors)


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application of the small house, with the demonstration page."""
    house = tmp_path_factory.mktemp("house")
    journal = str(house / "journal.sqlite")
    settings = Settings(
        secret="geheim",
        journal=journal,
        report_token=REPORT_TOKEN,
        development=True,
        frame_ancestors="'self' http://127.0.0.1:*",
    )
    ledger = SqliteLedger(Path(journal), 400)
    for month, count in (("2026-10", 20), ("2026-11", 28)):
        ledger.add(turns(month, count, place="nidda"))
        ledger.add(turns(month, count - 3, "declined", "declined/weather", "nidda"))
    return create_app(settings, open_assistant(house, content()))


@pytest.fixture(scope="package")
def site_url(app: FastAPI) -> Iterator[str]:
    """Where the small house is served."""
    served = serve(app)
    app.state.journal.today = lambda: TODAY  # the months of the report are over
    yield served.url
    served.stop()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; where it is missing, a failure in CI and a skip elsewhere."""
    if not CHROMIUM.exists():
        missing = f"{CHROMIUM} is missing. Run: apt-get install chromium (make test does it for root)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@dataclass
class Visitor:
    """Somebody in front of the chat, with what their browser noticed on the way."""

    page: Page
    url: str
    errors: list[str]
    hosts: set[str]

    def start(self, path: str = "/") -> Visitor:
        """Open a page of ours."""
        self.page.goto(self.url + path)
        return self

    def ask(self, question: str) -> Visitor:
        """Write a question and press Enter, then wait for the answer."""
        before = self.page.locator(".turn").count()
        self.page.fill("#message", question)
        self.page.press("#message", "Enter")
        self.page.wait_for_function("n => document.querySelectorAll('.turn').length > n", arg=before)
        return self

    @property
    def context(self) -> BrowserContext:
        """The browser's profile, empty at the start."""
        return self.page.context


Visiting = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, site_url: str) -> Iterator[Visiting]:
    """Opens a visitor's browser: `visit(width=320, height=256)`; other options are Playwright's."""
    contexts: list[BrowserContext] = []

    def opened(width: int = 1280, height: int = 900, url: str = site_url, **options: Any) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(30_000)  # a busy machine is no fault of the page
        contexts.append(context)
        page = context.new_page()
        visitor = Visitor(page, url, [], set())
        page.on("console", lambda said: visitor.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        page.on("request", lambda request: visitor.hosts.add(request.url.split("/")[2] if "//" in request.url else ""))
        return visitor

    yield opened
    for context in contexts:
        context.close()
