"""What the legal pages state, read from the settings and the code, so that text and behaviour cannot drift apart.

The sentences around these facts are in `web/templates`; a missing setting is shown as a gap the operator must fill.
"""

from __future__ import annotations

from typing import Any

from assistant.conversation import LONGEST_QUESTION, REMEMBERED
from assistant.dialogue import Assistant
from assistant.ledger import Turns
from assistant.settings import Settings

# What the columns of the journal are called on the privacy page; a new column without a word here is an error.
KEPT = {
    "day": "der Tag",
    "language": "die Sprache",
    "topic": "das Thema",
    "focus": "der Schwerpunkt",
    "place": "die Stadt oder Gemeinde, wenn sie genannt wurde",
    "outcome": "wie die Antwort endete",
}
LEGAL_PAGES = {
    "/barrierefreiheit": "legal/accessibility.html",
    "/datenschutz": "legal/privacy.html",
    "/impressum": "legal/imprint.html",
    "/ueber": "legal/about.html",
}


def facts(settings: Settings, assistant: Assistant, site: str) -> dict[str, Any]:
    """The facts of all legal pages."""
    index = assistant.retriever.index
    return {
        "site": site,
        "settings": settings,
        "operator": [part.strip() for part in settings.operator.split("|") if part.strip()],
        "remembered_turns": REMEMBERED,
        "remembered_characters": LONGEST_QUESTION,
        "offers": len(assistant.catalog.offers),
        "actors": len(assistant.catalog.actors),
        "unconfirmed": sum(offer.checked_by is None for offer in assistant.catalog.offers.values()),
        "index_made_at": getattr(index, "made_at", ""),
        "model": settings.model,
        "journal_days": settings.journal_days if settings.journal_address else None,
        "journal_keeps": [KEPT[column] for column in Turns._fields],
    }
