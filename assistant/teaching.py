"""Teaches the tagger from the labelled messages of `content/questions/tuning/situations`; the halves to report with
teach nothing.

A message is read as it is when somebody writes it: without personal data, names and towns, its countries and forms
evened. What is taught is kept beside the program, as the weights of the ranker are.
"""

from __future__ import annotations

from pathlib import Path

from assistant.dialogue import Assistant
from assistant.labelled import SituationCase, read
from assistant.understanding import BY_WORDS_ALONE, tag
from index.encoder import Reader
from index.tagger import Tagger, train


def teach(assistant: Assistant, encoder: Reader, half: Path) -> Tagger:
    """Learn from a half's labelled messages what is told of a person. Raises ContentError."""
    cases = read(half / "situations", SituationCase)
    states = [encoder.read_query(assistant.searched(case.message)).states for case in cases]
    return train(encoder.name, states, [_tags(case) for case in cases])


def _tags(case: SituationCase) -> set[str]:
    """What of a labelled message can be learned by meaning."""
    told = {slot: values for slot, values in case.situation.items() if slot not in BY_WORDS_ALONE}
    return {tag(slot, value) for slot, values in told.items() for value in values}
