"""axe finds nothing on any screen, in any state, on any screen size, in any colours (WEB.md, T1)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Visiting, Visitor
from tests.browser.screens import ARABIC, SCREENS

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MODES: dict[str, dict[str, Any]] = {
    "1280": {},
    "768": {"width": 768, "height": 1024},
    "320": {"width": 320, "height": 640},
    "400-percent": {"width": 320, "height": 256},
    "dark": {"color_scheme": "dark"},
    "forced-colours": {"forced_colors": "active"},
    "reduced-motion": {"reduced_motion": "reduce"},
    "print": {},
}
# Markup is the same in every mode; what only the looks can break is tested on the screens that differ in looks.
EVERY_SCREEN = ("1280", "320", "dark")
DIFFERENT = ("start", "empty", "asking", "understood", "emergency", "merkzettel", "offer", "offers", "demo-open")
WHOLE = bool(os.environ.get("LOTSE_AXE_WHOLE"))  # `make web-audit` leaves nothing out
PAIRS = [(mode, screen) for mode in MODES for screen in SCREENS if WHOLE or mode in EVERY_SCREEN or screen in DIFFERENT]


def findings(visitor: Visitor) -> list[str]:
    """What axe objects to, and what it could not decide, one line each."""
    for frame in visitor.page.frames[1:]:
        frame.evaluate(AXE.read_text(encoding="utf-8"))  # so that axe in the page can ask axe in the frame
    result = Axe().run(visitor.page, options={"runOnly": {"type": "tag", "values": TAGS}}).response
    return [
        f"{kind} {rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for kind in ("violations", "incomplete")
        for rule in result[kind]
        for node in rule["nodes"]
    ]


def allowed(finding: str, mode: str, screen: str) -> bool:
    """Contrast cannot be computed where the system chooses the colours, nor in a plot or a table that is scrolled."""
    return finding.startswith("incomplete color-contrast") and (mode == "forced-colours" or screen == "report")


@pytest.mark.parametrize(("mode", "screen"), PAIRS)
def test_axe_finds_nothing(visit: Visiting, mode: str, screen: str) -> None:
    visitor = visit(**MODES[mode])
    SCREENS[screen](visitor)
    if mode == "print":
        visitor.page.emulate_media(media="print")
    assert [finding for finding in findings(visitor) if not allowed(finding, mode, screen)] == []


@pytest.mark.parametrize("screen", ARABIC)
@pytest.mark.parametrize("mode", ["1280", "320"])
def test_axe_finds_nothing_from_right_to_left(visit: Visiting, mode: str, screen: str) -> None:
    visitor = visit(**MODES[mode])
    ARABIC[screen](visitor)
    assert findings(visitor) == []
