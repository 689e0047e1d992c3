"""The words of later turns and of caution as they stand in `content/`, for tests of the small house."""

from __future__ import annotations

from functools import cache

from assistant.catalog import CONTENT, Catalog
from assistant.content import FollowUpWords, GuardrailRules

FEW = 4  # examples of each kind of later message in the small house


@cache
def real_followups() -> FollowUpWords:
    """The words of later turns as they stand in `content/`; of the thousands of examples the first few of each kind.

    So what editors add there is found nowhere in the small house, and its index is made in a moment.
    """
    followups = Catalog.read(CONTENT).followups
    few = {
        wish: likeness.model_copy(
            update={
                "examples": likeness.examples[:FEW],
                "examples_in": {language: texts[:FEW] for language, texts in likeness.examples_in.items()},
            }
        )
        for wish, likeness in followups.examples.items()
    }
    return followups.model_copy(update={"examples": few})


def real_rules() -> GuardrailRules:
    """The rules of caution as they stand in `content/`."""
    return Catalog.read(CONTENT).rules
