"""The Merkzettel: offers to take along on one sheet, with a code that leads back to the same list.

Only public ids of offers stand in its address, never the conversation.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping

import segno
from markupsafe import Markup

MOST = 12  # offers on one sheet; a longer list is the directory


def known(ids: Iterable[str], offers: Mapping[str, object]) -> tuple[str, ...]:
    """The ids that exist, each once, no more than a sheet holds."""
    return tuple(id for id in dict.fromkeys(ids) if id in offers)[:MOST]


def shared_address(site: str, ids: Iterable[str]) -> str:
    """Where the same offers can be seen again."""
    return f"{site}/angebote?o={','.join(ids)}"


def qr_code(address: str, title: str) -> Markup:
    """An address as a QR code in SVG that is read out by its title."""
    drawn = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, light="#fff", title=title)
    return Markup(drawn.getvalue().decode().replace("<svg ", '<svg role="img" ', 1))
