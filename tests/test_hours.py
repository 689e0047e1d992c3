"""When an office is open: weekends, Hessian holidays, summer time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assistant.hours import BERLIN, Opening, is_valid, opening

OFFICE = "Mo-Fr 08:00-18:00"


def at(text: str) -> datetime:
    """A moment in Berlin, as `2026-06-10 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        # an ordinary Wednesday
        (OFFICE, "2026-06-10 07:59", Opening(False, at("2026-06-10 08:00"))),
        (OFFICE, "2026-06-10 08:00", Opening(True, at("2026-06-10 18:00"))),
        (OFFICE, "2026-06-10 17:59", Opening(True, at("2026-06-10 18:00"))),
        (OFFICE, "2026-06-10 18:00", Opening(False, at("2026-06-11 08:00"))),
        # a lunch break, an afternoon
        ("Mo-Fr 08:00-12:00; Th 14:00-18:00", "2026-06-10 13:00", Opening(False, at("2026-06-11 14:00"))),
        ("Mo-Fr 08:00-12:00,13:00-16:00", "2026-06-10 12:30", Opening(False, at("2026-06-10 13:00"))),
        # across the weekend
        (OFFICE, "2026-06-12 18:30", Opening(False, at("2026-06-15 08:00"))),
        (OFFICE, "2026-06-13 10:00", Opening(False, at("2026-06-15 08:00"))),
        # past midnight
        ("Fr 22:00-02:00", "2026-06-12 23:00", Opening(True, at("2026-06-13 02:00"))),
    ],
)
def test_an_office_is_open_when_its_hours_say_so(hours: str, moment: str, expected: Opening) -> None:
    assert opening(hours, at(moment)) == expected


@pytest.mark.parametrize(
    ("holiday", "next_opening"),
    [
        ("2026-06-04", "2026-06-05 08:00"),  # Fronleichnam, a Thursday: a holiday in Hesse, not in all of Germany
        ("2026-10-03", "2026-10-05 08:00"),  # a Saturday
        ("2026-12-25", "2026-12-28 08:00"),  # Christmas on a Friday: closed until Monday
        ("2027-01-01", "2027-01-04 08:00"),
        ("2026-05-25", "2026-05-26 08:00"),  # Pfingstmontag
    ],
)
def test_on_a_hessian_holiday_an_office_is_closed(holiday: str, next_opening: str) -> None:
    assert opening(OFFICE, at(f"{holiday} 10:00")) == Opening(False, at(next_opening))


def test_the_evening_before_a_holiday_the_next_opening_is_after_it() -> None:
    assert opening(OFFICE, at("2026-06-03 19:00")) == Opening(False, at("2026-06-05 08:00"))


def test_a_holiday_of_other_states_is_an_ordinary_day() -> None:
    """Allerheiligen 2027, a Monday: a holiday in Bavaria."""
    assert opening(OFFICE, at("2027-11-01 10:00")).open_now


def test_open_day_and_night_means_on_holidays_too() -> None:
    assert opening("24/7", at("2026-06-04 03:00")) == Opening(True, None)


def test_hours_that_speak_of_holidays_are_taken_at_their_word() -> None:
    assert opening("Mo-Fr 08:00-18:00; PH 10:00-12:00", at("2026-12-25 11:00")).open_now


def test_an_office_that_does_not_open_within_two_weeks_has_no_next_opening() -> None:
    assert opening("Dec Mo-Fr 08:00-18:00", at("2026-06-10 10:00")) == Opening(False, None)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 3, 27, 6, 30, tzinfo=UTC), False),  # winter: 07:30 in Berlin
        (datetime(2026, 3, 30, 6, 30, tzinfo=UTC), True),  # summer: 08:30
        (datetime(2026, 10, 23, 16, 30, tzinfo=UTC), False),  # summer: 18:30
        (datetime(2026, 10, 26, 16, 30, tzinfo=UTC), True),  # winter: 17:30
    ],
)
def test_hours_are_those_of_berlin_in_winter_and_in_summer(moment: datetime, is_open: bool) -> None:
    assert opening(OFFICE, moment).open_now is is_open


def test_the_next_opening_across_the_change_to_summer_time_is_eight_by_the_clock_there() -> None:
    changes = opening(OFFICE, at("2026-03-27 19:00")).changes
    assert changes is not None
    assert changes.astimezone(UTC) == datetime(2026, 3, 30, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize("hours", [OFFICE, "24/7", "Mo-Fr 08:00-12:00; Th 14:00-18:00", "Mo,We 09:00-12:00; PH off"])
def test_opening_hours_of_openstreetmap_are_valid(hours: str) -> None:
    assert is_valid(hours)


@pytest.mark.parametrize("hours", ["Montag 8-12 Uhr", "nach Vereinbarung", "Mo-Fr 8 bis 12", "Mo-Xy 08:00-12:00"])
def test_anything_else_is_not(hours: str) -> None:
    assert not is_valid(hours)
