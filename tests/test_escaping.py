"""What stands in a content file ends no line of a contact or calendar entry, and runs on no page."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cards import ActorCard, PhoneLine
from assistant.icalendar import icalendar
from assistant.markup import as_html
from assistant.vcard import vcard
from tests.house import NOW, offer

NASTY = "a\rURL:http://boese.example\nTEL:0190\r\nEND:VCARD\u2028X\u0085Y\x00"
PAGE = "https://lotse.example/stellen/a"


def card(**facts: str) -> ActorCard:
    usual = {"name": "Amt", "role": "berät", "address": "Weg 1, 61169 Friedberg", "email": "a@example.org"}
    facts = {**usual, "web": "https://example.org/", "checked_on": "2026-06-01", **facts}
    number = facts.pop("phone", "+49603183")
    line = PhoneLine(shown=number, dialled=number)
    facts |= {"opening_hours": "", "url": "/stellen/amt"}
    return ActorCard(id="amt", aliases=(), phones=(), open_now=None, lines=(line,), **facts)


def properties(text: str) -> list[str]:
    """The names of the properties, as a reader that takes every line break for one sees them."""
    unfolded = text.replace("\r\n ", "")
    return [line.partition(":")[0].partition(";")[0] for line in unfolded.splitlines()]


ORDINARY = ["BEGIN", "VERSION", "KIND", "FN", "ORG", "TEL", "EMAIL", "ADR", "URL", "NOTE", "SOURCE", "REV", "END"]


@pytest.mark.parametrize("field", ["name", "role", "address", "email", "web", "phone"])
def test_no_field_of_a_contact_begins_another(field: str) -> None:
    assert properties(vcard(card(**{field: NASTY}), PAGE)) == ORDINARY


@given(st.text(min_size=1, max_size=40))
def test_no_text_whatever_begins_another(text: str) -> None:
    assert properties(vcard(card(name=text, role=text, web=text), f"https://{text}")) == ORDINARY


@given(st.text(min_size=1, max_size=40).filter(lambda text: text.strip() != ""))
def test_no_text_of_a_date_begins_another_property(text: str) -> None:
    dates = [{"start": date(2026, 7, 1), "label": "Beginn"}]
    ordinary = properties(icalendar("a", offer("Kurs", dates=dates), PAGE, NOW))
    nasty = offer("Kurs", dates=dates).model_copy(update={"title": text, "first_step": text})
    assert properties(icalendar(text, nasty, f"https://{text}", NOW)) == ordinary


def test_separators_of_a_value_are_escaped() -> None:
    assert "NOTE:eins\\, zwei\\; drei\\\\vier\\nfünf\r\n" in vcard(card(role="eins, zwei; drei\\vier\nfünf"), PAGE)


MARKDOWN = """
# Titel <script>alert(1)</script>
<img src=x onerror=alert(1)> <svg/onload=alert(1)> <iframe src="//boese.example"></iframe> <style>*{}</style>
[a](javascript:alert(1)) [b](JaVaScRiPt&colon;alert(1)) [c](data:text/html;base64,PHNjcmlwdD4=) [d](vbscript:x)
![bild](https://boese.example/pixel.png) <a href="javascript:alert(1)" onclick="alert(1)" style="x">e</a>
<form action="//boese.example"><input name=q></form> <base href="//boese.example"> <meta http-equiv=refresh content=0>

| a |
| - |
| <b onmouseover=alert(1)>f</b> |

[gut](https://example.org/a) und **fett**
"""


def test_markdown_of_a_content_file_runs_nothing_and_loads_nothing() -> None:
    html = as_html(MARKDOWN).lower()
    for sign in ("<script", "<img", "<svg", "<iframe", "<style", "<form", "<input", "<base", "<meta", "<b "):
        assert sign not in html
    tags = html.replace("&lt;", "").split("<")[1:]
    inside = [tag.partition(">")[0] for tag in tags]
    assert [tag for tag in inside if "javascript" in tag or "data:" in tag or " on" in tag or "style" in tag] == []


def test_markdown_of_a_content_file_keeps_what_is_good() -> None:
    html = as_html(MARKDOWN)
    assert '<a href="https://example.org/a" rel="noopener noreferrer">gut</a> und <strong>fett</strong>' in html
