"""Tells whether an office is open now, and until when or from when, as opening_hours of OpenStreetMap say.

opening-hours-py knows the syntax and `holidays` knows Hesse; neither alone does: with country DE the first calls
Fronleichnam an ordinary Thursday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from opening_hours import OpeningHours

BERLIN = ZoneInfo("Europe/Berlin")
LOOK_AHEAD = 14  # days; an office that does not open within two weeks has no useful "opens on"


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether it is open at a moment, and when that changes next (None: not within two weeks)."""

    open_now: bool
    changes: datetime | None


@lru_cache(maxsize=512)
def _parsed(hours: str) -> OpeningHours:
    return OpeningHours(hours)


def is_valid(hours: str) -> bool:
    """Whether a text is an opening_hours expression."""
    try:
        _parsed(hours)
    except Exception:  # the library raises its parser's own error
        return False
    return True


def opening(hours: str, moment: datetime) -> Opening:
    """The opening of an office at a moment; a Hessian holiday is a day off unless the hours speak of holidays."""
    local = moment.astimezone(BERLIN)
    now = _is_open(hours, local)
    step = local
    for _ in range(LOOK_AHEAD * 4):
        following = _next_change(hours, step)
        if following is None or following > local + timedelta(days=LOOK_AHEAD):
            return Opening(now, None)
        if _is_open(hours, following) != now:
            return Opening(now, following)
        step = following
    return Opening(now, None)


def _is_open(hours: str, local: datetime) -> bool:
    if _is_day_off(hours, local):
        return False
    return bool(_parsed(hours).is_open(local.replace(tzinfo=None)))


def _next_change(hours: str, local: datetime) -> datetime | None:
    """The next moment that could change anything: one of the expression's, or the end of a day."""
    naive = local.replace(tzinfo=None)
    midnight = datetime(naive.year, naive.month, naive.day) + timedelta(days=1)
    change = _parsed(hours).next_change(naive)
    return (min(change, midnight) if change else midnight).replace(tzinfo=BERLIN)


def _is_day_off(hours: str, local: datetime) -> bool:
    if "PH" in hours or "24/7" in hours:
        return False
    return local.date() in _hessian_holidays()


@lru_cache(maxsize=1)
def _hessian_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("DE", subdiv="HE")
