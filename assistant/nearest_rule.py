"""Tells which rule of caution a message is nearest to, where its words alone met none.

A crisis is looked for among the nearest few, for a missed one costs more than an alarm too many; figures of speech and
messages that are near to nothing raise none. What a rule answers is `answers`'.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from assistant.finder import HARMLESS, kind_of
from assistant.guardrails import Found, Guardrails
from index.types import Hit, Ranking

NEAR = 0.42  # cosine from which a rule's example means a message; letters without sense reach .40
# A missed crisis costs more than an alarm too many: from this share and cosine on, a second or third place is enough.
ALARM_SHARE = 0.1
ALARM_NEAR = 0.5
LOOKED_AT = 3
# … unless the evidence is next to nothing ("mein Kollege nervt"): crises on the tuning half reach .2 (2026-11).
ALARM_SURE = 0.1
ALARM_CLEAR = 0.6  # cosine from which an example in first place is evidence enough
ALARM_SHARE_BESIDE_HELP = 0.04  # … and this is enough where a helpline is nearest of all
ALARM_FIRST = 0.3  # share of a crisis in first place that needs no near example


def nearest_rule(
    ranking: Ranking, guardrails: Guardrails, helplines: Collection[str] = (), message: str = ""
) -> Found | None:
    """The rule whose example is nearest to a message; None where something else is nearer.

    `helplines` are the sources of those: a message nearest to one of them is sooner taken for a crisis.
    """
    first = [hit for hit in ranking.hits[:1] if (hit.similarity >= NEAR or hit.words) and not _is_crisis(hit)]
    crises = _crises(ranking, helplines)
    return next(filter(None, (guardrails.named(hit.source, message) for hit in (*crises, *first))), None)


def _crises(ranking: Ranking, helplines: Collection[str]) -> Iterator[Hit]:
    """The crises among the nearest that are nearer than any figure of speech."""
    looked_at = ranking.hits[:LOOKED_AT]
    saying = max((hit.similarity for hit in looked_at if kind_of(hit) == HARMLESS), default=0.0)
    is_help = bool(looked_at) and looked_at[0].source in helplines
    for place, hit in enumerate(looked_at):
        surely = place == 0 and hit.score >= ALARM_FIRST and (hit.similarity >= NEAR or hit.words)
        near = hit.similarity >= ALARM_NEAR and (place == 0 or hit.score >= ALARM_SHARE)
        beside_help = is_help and hit.similarity >= NEAR and hit.score >= ALARM_SHARE_BESIDE_HELP
        evident = ranking.confidence >= ALARM_SURE or (place == 0 and hit.similarity >= ALARM_CLEAR)
        if _is_crisis(hit) and evident and (surely or near or beside_help) and hit.similarity > saying:
            yield hit


def _is_crisis(hit: Hit) -> bool:
    return kind_of(hit) == "emergency"
