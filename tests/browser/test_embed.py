"""The widget on a page that is not ours, under the strictest policy its contract allows (WEB.md, section 6)."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from assistant.api import create_app
from assistant.catalog import CONTENT, Catalog
from assistant.dialogue import Assistant
from assistant.settings import ROOT, Settings
from tests.browser.conftest import Served, Visiting, serve
from tests.house import catalog, open_retriever, real_voices

TAG = """<lotse-chat src="{ours}/embed" label="Fragen?" topic="work"><a href="{ours}/">Zum Lotsen</a></lotse-chat>"""


@pytest.fixture(scope="module")
def host(site_url: str) -> Iterator[Callable[[str], Served]]:
    """Serves a host page at another origin: `host(script_tag)`."""
    running: list[Served] = []

    def opened(script: str, style: str = "'self'") -> Served:
        app = FastAPI()
        body = f'<!doctype html><html lang="de"><title>Kreis</title><main><h1>Kreis</h1>{TAG}</main>{script}</html>'

        @app.get("/")
        def page() -> Response:
            policy = f"default-src 'none'; style-src {style}; script-src {site_url}; frame-src {site_url}"
            return HTMLResponse(body.format(ours=site_url), headers={"Content-Security-Policy": policy})

        @app.get("/favicon.ico")
        def icon() -> Response:
            return Response(status_code=204)

        running.append(serve(app))
        return running[-1]

    yield opened
    for served in running:
        served.stop()


def test_it_opens_in_a_host_with_a_strict_policy_and_says_so(
    visit: Visiting, host: Callable[[str], Served], site_url: str
) -> None:
    visitor = visit(url=host('<script src="{ours}/widget.js" defer></script>').url)
    page = visitor.start().page
    page.evaluate(
        "window.heard = []; for (const e of ['lotse:open', 'lotse:close']) addEventListener(e, x => heard.push(x.type))"
    )
    assert {h for h in visitor.hosts if h} == {visitor.url[7:], site_url[7:]}
    assert page.frames[1:] == []
    page.click("button.pill")
    frame = page.frame_locator("iframe")
    frame.locator("#message").wait_for()
    page.frames[1].wait_for_load_state()  # Enter sends once the script is there; before, it breaks the line
    frame.locator("#message").fill("Umschulung bitte")
    frame.locator("#message").press("Enter")
    frame.locator("#antwort").wait_for()
    assert frame.locator(".topics button").count() == 0
    page.click("text=Chat schließen")
    page.click("button.pill")
    assert frame.locator("#antwort h4").first.inner_text() == "Umschulung"
    assert page.evaluate("heard") == ["lotse:open", "lotse:close", "lotse:open"]
    assert visitor.errors == []


def test_a_page_with_integrity_gets_exactly_that_version(
    visit: Visiting, host: Callable[[str], Served], site_url: str
) -> None:
    told = httpx.get(f"{site_url}/widget.json").json()
    script = f'<script src="{{ours}}{told["src"]}" integrity="{told["integrity"]}" crossorigin="anonymous"></script>'
    visitor = visit(url=host(script).url).start()
    assert visitor.page.locator("button.pill").is_visible()
    served = httpx.get(site_url + told["src"])
    assert "immutable" in served.headers["cache-control"]
    assert served.headers["access-control-allow-origin"] == "*"
    assert httpx.get(f"{site_url}/widget-000000000000.js").status_code == 404


def test_with_a_wrong_hash_the_link_remains(visit: Visiting, host: Callable[[str], Served]) -> None:
    script = '<script src="{ours}/widget.js" integrity="sha384-AAAA" crossorigin="anonymous"></script>'
    visitor = visit(url=host(script).url).start()
    assert visitor.page.locator("lotse-chat a").is_visible()


def test_a_message_of_another_window_does_not_close_it(visit: Visiting) -> None:
    page = visit().start("/demo").page
    page.click("button.pill")
    page.evaluate("window.postMessage({type: 'lotse:close'}, '*')")
    page.wait_for_timeout(200)
    assert page.locator("lotse-chat section").is_visible()


def test_the_chat_page_itself_cannot_be_framed(visit: Visiting, host: Callable[[str], Served], site_url: str) -> None:
    assert "frame-ancestors 'none'" in httpx.get(site_url).headers["content-security-policy"]
    assert "frame-ancestors 'self'" in httpx.get(f"{site_url}/embed").headers["content-security-policy"]


def test_the_closed_widget_costs_one_request_and_two_kilobytes() -> None:
    assert len(gzip.compress((ROOT / "web/static/widget.js").read_bytes(), 9)) <= 2048


def test_the_first_view_is_light(visit: Visiting) -> None:
    """At most eight requests and 85 KB (WEB.md, T5: 100), with the whole of KERN and two fonts."""
    visitor = visit()
    sizes: list[int] = []
    visitor.page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    visitor.start()
    visitor.page.wait_for_load_state("networkidle")
    assert len(sizes) <= 8
    assert sum(sizes) <= 85 * 1024
    own = {"chat.js": 4096, "merkzettel.js": 4096}
    for name, most in own.items():
        assert len(gzip.compress((ROOT / "web/static" / name).read_bytes(), 9)) <= most
    styles = b"".join((ROOT / "web/static" / name).read_bytes() for name in ("theme.css", "chat.css"))
    assert len(gzip.compress(styles, 9)) <= 4096


@pytest.fixture(scope="module")
def real_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real content; found is only what the small house has, since nothing is asked."""
    house = tmp_path_factory.mktemp("real")
    assistant = Assistant(Catalog.read(CONTENT), open_retriever(house / "index", catalog()), real_voices(), 1.0)
    served = serve(create_app(Settings(secret="geheim", journal="", var=str(house)), assistant))
    yield served.url
    served.stop()


@pytest.mark.parametrize("path", ["/", "/angebote", "/angebote/umschulung", "/stellen/jobcenter-wetterau"])
def test_every_first_page_stays_under_a_hundred_kilobytes_with_all_headers(
    visit: Visiting, real_url: str, path: str
) -> None:
    """What goes over the line, as the browser counts it: the directory of all offers is the longest page (T5)."""
    visitor = visit(url=real_url)
    line = visitor.context.new_cdp_session(visitor.page)
    line.send("Network.enable")
    received: list[float] = []
    line.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
    visitor.start(path)
    visitor.page.wait_for_load_state("networkidle")
    assert len(received) <= 8
    assert sum(received) <= 100 * 1024, f"{path}: {sum(received) / 1024:.1f} KB"


def test_what_was_made_smaller_is_the_same_file(visit: Visiting, site_url: str) -> None:
    """A browser unpacks it; whoever cannot gets the file itself."""
    page = visit().start().page
    got = page.evaluate(
        "fetch('/vendor/kern/kern.min.css').then(async r => [r.headers.get('content-encoding'), await r.text()])"
    )
    file = (ROOT / "web/vendor/kern/kern.min.css").read_text(encoding="utf-8")
    assert got == ["br", file]
    plain = httpx.get(f"{site_url}/vendor/kern/kern.min.css", headers={"Accept-Encoding": "gzip"})
    assert (plain.headers["content-encoding"], plain.text) == ("gzip", file)
    assert "Accept-Encoding" in plain.headers["vary"]
