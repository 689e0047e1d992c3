"""Contrast beyond what axe asks (WEB.md, T12): text 7:1, the focus ring and borders 3:1, light and dark."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Visiting
from tests.browser.screens import SCREENS

# A canvas turns any colour that CSS can write into red, green and blue; luminance and ratio as WCAG 2.2 defines them.
CONTRASTS = """pairs => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const channels = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = colour => channels(colour).slice(0, 3).map(c => c / 255)
    .map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [.2126, .7152, .0722][at], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement)
      if (channels(getComputedStyle(at).backgroundColor)[3] === 255) return getComputedStyle(at).backgroundColor;
    return "Canvas";
  };
  return pairs.map(([selector, property]) => {
    const element = document.querySelector(selector);
    if (!element) throw new Error(`nothing is ${selector} on this screen`);
    const style = getComputedStyle(element);
    const colour = property.startsWith("--") ? style.getPropertyValue(property) : style[property];
    const from = property === "color" ? element : element.parentElement;
    const [light, dark] = [luminance(colour), luminance(behind(from))].sort((a, b) => b - a);
    return (light + .05) / (dark + .05);
  });
}"""
TEXT = [
    "#antwort h3",
    "article.offer p.kern-body",
    "article.offer h4 a",
    ".small",
    ".next dt",
    ".next strong",
    ".next .phone",
    ".band .brand",
    ".band nav a",
    ".bottom p",
    ".bottom .kern-link",
    ".kern-hint",
]
EDGES = [
    ("article.offer h4 a", "--lotse-focus"),
    (".next .phone", "--lotse-focus"),
    (".band .brand", "--lotse-focus"),
    (".bottom .kern-link", "--lotse-focus"),
    ("#message", "borderTopColor"),
    ("article.offer", "borderTopColor"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_edges_stand_out(visit: Visiting, scheme: Any) -> None:
    visitor = visit(color_scheme=scheme)
    SCREENS["asking"](visitor)
    text = visitor.page.evaluate(CONTRASTS, [[selector, "color"] for selector in TEXT])
    edges = visitor.page.evaluate(CONTRASTS, [list(edge) for edge in EDGES])
    print({selector: round(ratio, 1) for selector, ratio in zip((*TEXT, *EDGES), (*text, *edges), strict=True)})  # noqa: T201
    assert [selector for selector, ratio in zip(TEXT, text, strict=True) if ratio < 7] == []
    assert [edge for edge, ratio in zip(EDGES, edges, strict=True) if ratio < 3] == []


@pytest.mark.parametrize(("screen", "sign"), [("understood", ".understood .kern-icon"), ("asking", "summary::after")])
def test_signs_are_seen_in_a_contrast_theme(visit: Visiting, screen: str, sign: str) -> None:
    """Drawn with a mask, they have the colour of their ground: in forced colours that of the text, not of the page."""
    visitor = visit(forced_colors="active")
    SCREENS[screen](visitor)
    element, _, part = sign.partition("::")
    seen = visitor.page.evaluate(
        """([e, part]) => {
          const text = document.body.appendChild(document.createElement("p"));
          text.style.backgroundColor = "CanvasText";
          const sign = getComputedStyle(document.querySelector(e), part);
          return sign.backgroundColor === getComputedStyle(text).backgroundColor;
        }""",
        [element, f"::{part}" if part else None],
    )
    assert seen
