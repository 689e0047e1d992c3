"""Tells which rule of caution a message means, where its words alone met none.

A crisis is alarmed for when all its rules together are likely enough, however many others are near: a missed one costs
more than an alarm too many. So are other subjects weighed against ours. What a rule answers is `answers`'.
"""

from __future__ import annotations

from collections.abc import Collection

from assistant.finder import EMERGENCY, HARMLESS, UNKNOWN, kind_of
from assistant.followups import FOLLOW_UP
from assistant.guardrails import Found, Guardrails
from index.types import Hit, Ranking

OFFER = "offer"
REFUSED = ("referred", "declined", UNKNOWN)
NEAR = 0.42  # cosine from which a rule's example means a message; letters without sense reach .40
# Chance from which on a crisis is meant, and how much it must weigh against all offers together. Of 110 veiled crises
# written apart .90 are met, .85 of the alarms are right, and 10 of 1,087 questions asked of us are wrongly taken for
# one (2026-11-30); against .6 of the offers .87 are met.
ALARM = 0.2
AGAINST_OFFERS = 0.4
AGAINST_LATER = 0.8  # … in a conversation, where a short message is told by what was spoken of before
SURE_OFFER, SURE_OF_IT = 0.7, 0.9  # share of one offer, no helpline, and confidence that a crisis must outdo …
SURELY_A_CRISIS = 0.6  # … with this chance: "meine Mutter meint, ich soll auf die FOS" is none
WORRY = 0.15  # chance from which the helpline is named below an answer: for 6 of those 1,087
# Below this cosine to every example of a crisis only a chance from LIKELY on tells one: who wants to leave an old life
# behind and learn something new has no near one. Of 26 and 20 false alarms four and two are gone so, of 29 and 66
# right ones none; .48 would take six each, and is too near to what is missed (2026-12).
FAR = 0.45
LIKELY = 0.5
SAME = 0.7  # cosine from which a message says what an example says, unless a figure of speech is nearer


def nearest_rule(
    ranking: Ranking, guardrails: Guardrails, threshold: float, message: str = "", helplines: Collection[str] = ()
) -> Found | None:
    """The rule that a message means; None where something else is meant.

    `helplines` are the sources of the offers that help in a crisis: to find one speaks for a crisis, not against.
    Below the threshold of confidence it is not ours, and another subject's rule is told if one is near.
    """
    sources = [ranking.likely[EMERGENCY].source] if _is_crisis(ranking, helplines) else []
    ours = ranking.confidence >= threshold
    sources += [hit.source for hit in ranking.hits[:1] if _is_near(hit) and not (ours and kind_of(hit) in REFUSED)]
    if not ours and ranking.similarity(*REFUSED) >= NEAR:
        refused = [ranking.likely[kind] for kind in REFUSED if kind in ranking.likely]
        sources.append(max(refused, key=lambda likely: likely.chance).source)
    return next(filter(None, (guardrails.named(source, message) for source in sources)), None)


def perhaps_a_crisis(ranking: Ranking, guardrails: Guardrails, message: str) -> Found | None:
    """The crisis that a message may tell of: too unlikely to be answered as one, too likely to say nothing of it."""
    worrying = ranking.chance(EMERGENCY) >= WORRY
    return guardrails.named(ranking.likely[EMERGENCY].source, message) if worrying else None


def is_smalltalk(ranking: Ranking) -> bool:
    """Whether a message is no question but thanks, a greeting or the like."""
    return any(kind_of(hit) == "smalltalk" and _is_near(hit) for hit in ranking.hits[:1])


def _is_crisis(ranking: Ranking, helplines: Collection[str]) -> bool:
    says_the_same = ranking.similarity(EMERGENCY) >= max(SAME, ranking.similarity(HARMLESS))
    weight = AGAINST_LATER if ranking.chance(FOLLOW_UP) else AGAINST_OFFERS
    needed = max(ALARM, weight * ranking.chance(OFFER, FOLLOW_UP))
    if _is_surely_an_offer(ranking, helplines):
        needed = max(needed, SURELY_A_CRISIS)
    if ranking.similarity(EMERGENCY) < FAR:
        needed = max(needed, LIKELY)
    return says_the_same or ranking.chance(EMERGENCY) >= needed


def _is_surely_an_offer(ranking: Ranking, helplines: Collection[str]) -> bool:
    best = [hit for hit in ranking.hits[:1] if kind_of(hit) == OFFER and hit.source not in helplines]
    return ranking.confidence >= SURE_OF_IT and any(hit.score >= SURE_OFFER for hit in best)


def _is_near(hit: Hit) -> bool:
    return hit.similarity >= NEAR or bool(hit.words)
