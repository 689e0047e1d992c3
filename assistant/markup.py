"""What templates may call: Markdown made safe, numbers as people dial them, addresses of files with their version.

What the pages hold is `pages`'.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from assistant.feedback import REASONS
from assistant.plain_text import german_date, german_hours

TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "table", "thead", "tbody", "tr", "th", "td", "br"}


def environment(web: Path) -> Environment:
    """The templates of a folder with what they may call."""

    @lru_cache
    def asset(path: str) -> str:
        """The address of a file of ours with its version, so that it can be kept forever."""
        version = zlib.crc32((web / path.lstrip("/")).read_bytes())
        return f"{path}?v={version:08x}"

    made = Environment(
        loader=FileSystemLoader(web / "templates"),
        autoescape=select_autoescape(["html", "xml"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "markdown": as_html,
        "german_hours": german_hours,
        "day": lambda day: german_date(str(day)),
        "national": national,
        "linked": linked,
        "host": lambda url: urlsplit(url).netloc.removeprefix("www."),
    }
    made.globals |= {"asset": asset, "reasons": REASONS}
    return made


# An address as people write it into a sentence: "rmv.de", "www.arbeitsagentur.de/jobsuche"; no e-mail, no "z. B."
_ADDRESS = re.compile(r"(?<![@\w./-])(?:[\w-]+\.)+(?:de|eu|info|net|org|com)\b(?:/[\w/-]*[\w/])?(?![\w@])")


def linked(text: str, attributes: str = "") -> Markup:
    """A sentence in which the addresses of pages can be pressed."""
    link = Markup('<a class="kern-link" href="https://{0}"{1}>{0}</a>')
    return Markup(_ADDRESS.sub(lambda found: link.format(Markup(found[0]), attributes), escape(text)))


@lru_cache(maxsize=1024)
def as_html(markdown: str) -> Markup:
    """Markdown of a content file as safe HTML."""
    return Markup(nh3.clean(MarkdownIt("commonmark").enable("table").render(markdown), tags=TAGS))


def national(phone: str) -> Markup:
    """A number as people here dial it, kept on one line: `+49 6031 83-0` → `06031 83-0`."""
    return Markup("\u00a0").join(phone.replace("+49 ", "0", 1).replace("-", "\u2011").split(" "))
