"""Tells which rule of caution a message means, where its words alone met none.

A crisis is alarmed for when all its rules together are likely enough, however many others are near: a missed one costs
more than an alarm too many. So are other subjects weighed against ours. What a rule answers is `answers`'.
"""

from __future__ import annotations

from assistant.finder import EMERGENCY, HARMLESS, UNKNOWN, crisis_chance, kind_of
from assistant.guardrails import Found, Guardrails
from index.types import Likely, Ranking

OFFER = "offer"
REFUSED = ("referred", "declined", UNKNOWN)
NEAR = 0.42  # cosine from which a rule's example means a message; letters without sense reach .40
# Chance from which on a crisis is meant, and how much it must weigh against all offers together. Of 110 veiled crises
# written apart .92 are met, .86 of the alarms are right, and of what is asked of us one in sixty is taken for one
# (2026-11-30); against .8 of the offers .88 are met and one in two hundred is taken for one.
ALARM = 0.2
AGAINST_OFFERS = 0.4
WORRY = 0.15  # chance from which the helpline is named below an answer: for one in thirty questions asked of us
SAME = 0.7  # cosine from which a message says what an example says, unless a figure of speech is nearer
# Chance from which on something else than ours is meant, whichever offer stands first. Of 130 messages not ours,
# written apart, .81 are refused so, and .95 of the refusals are right (2026-11-30).
SURELY = 0.35


def nearest_rule(ranking: Ranking, guardrails: Guardrails, message: str = "") -> Found | None:
    """The rule that a message means; None where something else is meant."""
    sources = [ranking.likely[EMERGENCY].source] if _is_crisis(ranking) else []
    first = [hit for hit in ranking.hits[:1] if hit.similarity >= NEAR or hit.words]
    # Without a classifier there is only what stands first.
    sources += [hit.source for hit in first if kind_of(hit) != EMERGENCY or not ranking.likely]
    if is_not_ours(ranking):
        sources.append(max(_refused(ranking), key=lambda likely: likely.chance).source)
    return next(filter(None, (guardrails.named(source, message) for source in sources)), None)


def perhaps_a_crisis(ranking: Ranking, guardrails: Guardrails, message: str) -> Found | None:
    """The crisis that a message may tell of: too unlikely to be answered as one, too likely to say nothing of it."""
    return guardrails.named(ranking.likely[EMERGENCY].source, message) if crisis_chance(ranking) >= WORRY else None


def is_not_ours(ranking: Ranking) -> bool:
    """Whether something else than ours is surely meant: all other subjects together are likely, and one is near."""
    refused = _refused(ranking)
    ours = 1 - sum(ranking.likely[kind].chance for kind in (EMERGENCY, HARMLESS) if kind in ranking.likely)
    nearest = max((likely.similarity for likely in refused), default=0.0)
    return nearest >= NEAR and sum(likely.chance for likely in refused) >= SURELY * ours


def _refused(ranking: Ranking) -> list[Likely]:
    return [ranking.likely[kind] for kind in REFUSED if kind in ranking.likely]


def _is_crisis(ranking: Ranking) -> bool:
    crisis, saying = ranking.likely.get(EMERGENCY), ranking.likely.get(HARMLESS)
    same = crisis is not None and crisis.similarity >= max(SAME, saying.similarity if saying else 0.0)
    offers = ranking.likely[OFFER].chance if OFFER in ranking.likely else 0.0
    return same or crisis_chance(ranking) >= max(ALARM, AGAINST_OFFERS * offers)
