"""What the legal pages state, read from the settings and the code, so that text and behaviour cannot drift apart.

The sentences around these facts are in `web/templates`; a missing setting is shown as a gap the operator must fill.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from assistant.conversation import LONGEST_QUESTION, REMEMBERED
from assistant.dialogue import Assistant
from assistant.ledger import Turns
from assistant.settings import ROOT, Settings

MEASURED = ROOT / "benchmarks" / "evaluation.json"  # what `assistant evaluate` recorded; the page does without it
LICENCES = {"multilingual-e5-small": "MIT"}  # of models that we know

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
        "model_licence": LICENCES.get(settings.model, ""),
        "measured": measured(),
        "journal_days": settings.journal_days if settings.journal_address else None,
        "journal_keeps": [KEPT[column] for column in Turns._fields],
    }


@cache
def measured(file: Path = MEASURED) -> dict[str, int] | None:
    """How many questions were asked blind, and how many in a hundred found the right offer first or among three."""
    if not file.exists():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))["test"]["all"]
    return {
        "questions": found["questions"],
        "first": round(100 * found["hit@1"]),
        "in_three": round(100 * found["hit@3"]),
    }
