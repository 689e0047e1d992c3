"""What no rule of axe sees: reflow, sizes, direction, what is stored and loaded, what comes out of the printer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.conftest import SCREENSHOTS, Visiting
from tests.browser.screens import ANSWERS, ARABIC, SCREENS

NARROW = (
    "start",
    "empty",
    *ANSWERS,
    "not-helped",
    "merkzettel",
    "offers",
    "offer",
    "actor",
    "report",
    "report-refused",
    "accessibility",
    "privacy",
    "embed-answered",
    "demo",
)
# WCAG 1.4.12, and text at 200 % beside it
SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
DOUBLED = "html { font-size: 200% !important; }"

TOO_WIDE = "document.scrollingElement.scrollWidth - innerWidth"
STUCK = """[...document.querySelectorAll("body *")].flatMap(e => [e, ...(e.shadowRoot?.querySelectorAll("*") ?? [])])
  .filter(e => e.checkVisibility() && ["fixed", "sticky"].includes(getComputedStyle(e).position))
  .map(e => e.outerHTML.slice(0, 80))"""
# Buttons and chips 44 px high; links in lists 24 px; links inside a sentence are free (WCAG 2.5.8).
TOO_SMALL = """[...document.querySelectorAll(`button, select, textarea, summary, input:not([type=hidden], [type=radio],
    [type=checkbox]), li a, dd a, h2 a, h3 a, h4 a, nav a, nav button`)]
  .filter(e => e.checkVisibility() && !e.closest(".skip"))
  .map(e => [e, e.getBoundingClientRect()])
  .filter(([e, box]) => box.width < 24 || box.height <
    (e.matches("button:not(.plain), select, input, textarea, summary") ? 44 : 24))
  .map(([e, box]) => `${Math.round(box.width)}×${Math.round(box.height)} ${e.outerHTML.slice(0, 120)}`)"""
# Latin words whose nearest language is written from right to left, and phone numbers that would run backwards.
WRONG_WAY = """(() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = node.parentElement;
    if (parent.closest("script, style, textarea, bdi[dir=ltr]") || !/[A-Za-zÄÖÜäöüß]{4,}/.test(node.data)) continue;
    if (["ar", "fa", "ckb", "ps", "ur"].includes(parent.closest("[lang]").lang)) found.push(node.data.trim());
    else if (getComputedStyle(parent).direction === "rtl") found.push("rtl: " + node.data.trim());
  }
  for (const link of document.querySelectorAll("a[href^='tel:']"))
    if (getComputedStyle(link.firstElementChild).direction !== "ltr") found.push(link.outerHTML);
  return found;
})()"""


@pytest.mark.parametrize("screen", NARROW)
def test_nothing_scrolls_sideways_or_sticks_at_400_percent(visit: Visiting, screen: str) -> None:
    visitor = visit(width=320, height=256)
    SCREENS[screen](visitor)
    assert visitor.page.evaluate(TOO_WIDE) <= 0
    assert visitor.page.evaluate(STUCK) == []


@pytest.mark.parametrize("style", [SPACED, DOUBLED], ids=["spaced", "doubled"])
@pytest.mark.parametrize("screen", ["start", "asking", "understood", "not-helped", "merkzettel", "offers", "actor"])
def test_wider_spacing_and_doubled_text_stay_in_the_column(visit: Visiting, screen: str, style: str) -> None:
    visitor = visit(width=320, height=640, bypass_csp=True)
    SCREENS[screen](visitor)
    visitor.page.add_style_tag(content=style)
    assert visitor.page.evaluate(TOO_WIDE) <= 0


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(
    "screen",
    ["start", "asking", "understood", "not-helped", "emergency", "merkzettel", "offers", "offer", "actor", "report"],
)
def test_targets_are_large_enough(visit: Visiting, screen: str, width: int) -> None:
    visitor = visit(width=width)
    SCREENS[screen](visitor)
    assert visitor.page.evaluate(TOO_SMALL) == []


@pytest.mark.parametrize("screen", ARABIC)
def test_german_in_an_arabic_page_runs_from_left_to_right(visit: Visiting, screen: str) -> None:
    visitor = visit()
    ARABIC[screen](visitor)
    assert visitor.page.get_attribute("html", "dir") == "rtl"
    assert visitor.page.evaluate(WRONG_WAY) == []


def test_nothing_is_stored_and_nobody_else_is_asked(visit: Visiting) -> None:
    visitor = visit()
    for screen in ("answered", "emergency", "merkzettel", "thanked", "offers", "actor", "demo-open"):
        SCREENS[screen](visitor)
        assert visitor.context.cookies() == []
        assert visitor.page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert visitor.page.evaluate("indexedDB.databases().then(found => found.length)") == 0
    assert visitor.hosts == {visitor.url.removeprefix("http://")}
    assert visitor.errors == []


def test_three_offers_print_on_one_page(visit: Visiting, tmp_path: Path) -> None:
    page = visit().start().ask("Umschulung, Deutschkurs oder Einstiegsqualifizierung").page
    page.click("form[action='/merkzettel'] button")
    page.wait_for_selector(".sheet")
    assert page.locator(".sheet section").count() == 3
    pdf = tmp_path / "merkzettel.pdf"
    page.pdf(path=str(pdf), format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 1
    page.emulate_media(media="print")
    for gone in (".bottom", "header.top nav", ".actions"):
        assert all(not element.is_visible() for element in page.locator(gone).all())


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("screen", SCREENS)
def test_screenshots_are_kept(visit: Visiting, screen: str, width: int) -> None:
    visitor = visit(width=width, height=900)
    SCREENS[screen](visitor)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    file = SCREENSHOTS / f"{screen}-{width}.png"
    visitor.page.screenshot(path=str(file), full_page=not screen.startswith("demo"))
    assert file.stat().st_size > 0
