"""The dates of an offer as calendar entries (iCalendar, RFC 5545); an offer without dates has none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from assistant.content import Offer
from assistant.vcard import escaped, folded, plain


def icalendar(id: str, offer: Offer, page: str, now: datetime) -> str:
    """All dates of an offer, each as whole days; `page` is the address of its page here."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Lotse//DE"]
    for date in offer.dates:
        after = (date.end or date.start) + timedelta(days=1)  # the end of whole days is exclusive
        lines += [
            "BEGIN:VEVENT",
            f"UID:{plain(id)}-{date.start:%Y%m%d}@lotse",
            f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{date.start:%Y%m%d}",
            f"DTEND;VALUE=DATE:{after:%Y%m%d}",
            f"SUMMARY:{escaped(f'{offer.title}: {date.label}')}",
            f"DESCRIPTION:{escaped(offer.first_step)}",
            *([f"URL:{plain(page)}"] if "://" in page else []),
            "END:VEVENT",
        ]
    return "".join(folded(line) for line in [*lines, "END:VCALENDAR"])
