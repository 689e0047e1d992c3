"""Offers and actors as schema.org JSON-LD, so that search engines can show them with hours and phone.

What schema.org calls things: https://schema.org/GovernmentService, https://schema.org/GovernmentOffice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from assistant.cards import ActorCard
from assistant.content import Actor, Offer

# Actors whose name says that they are public bodies; all others are ordinary organisations.
PUBLIC = ("kreis", "amt", "agentur", "jobcenter", "behörde", "schule", "kasse", "ministerium", "regierungspräsidium")

_WEEK = {
    "Mo": "Monday",
    "Tu": "Tuesday",
    "We": "Wednesday",
    "Th": "Thursday",
    "Fr": "Friday",
    "Sa": "Saturday",
    "Su": "Sunday",
}
_DAY = "(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_SPAN = r"\d\d:\d\d-\d\d:\d\d"
_PLAIN_RULE = re.compile(rf"(?P<days>{_DAY}(?:-{_DAY})?(?:, ?{_DAY}(?:-{_DAY})?)*) (?P<spans>{_SPAN}(?:, ?{_SPAN})*)")


def offer_data(id: str, offer: Offer, providers: Mapping[str, Actor], site: str) -> Markup:
    """An offer as a service."""
    public = any(is_public(actor) for actor in providers.values())
    return _as_script(
        {
            "@type": "GovernmentService" if public else "Service",
            "@id": f"{site}/angebote/{id}",
            "name": offer.title,
            "alternateName": list(offer.aliases),
            "description": offer.summary,
            "url": f"{site}/angebote/{id}",
            "inLanguage": "de",
            "areaServed": _area(offer.area),
            "provider": [_reference(key, actor, site) for key, actor in providers.items()],
            "isBasedOn": str(offer.source_url),
        }
    )


def actor_data(id: str, actor: Actor, card: ActorCard, site: str) -> Markup:
    """An actor as an office with phone, address and hours."""
    data: dict[str, Any] = {
        **_reference(id, actor, site),
        "alternateName": list(actor.aliases),
        "description": actor.role,
        "url": f"{site}/stellen/{id}",
        "sameAs": str(actor.web),
        "telephone": list(card.phones),
    }
    if card.email:
        data["email"] = card.email
    place: dict[str, Any] = {}
    if card.address:
        street, _, rest = card.address.rpartition(", ")
        postcode, _, town = rest.partition(" ")
        address = {"streetAddress": street, "postalCode": postcode, "addressLocality": town, "addressCountry": "DE"}
        place["address"] = {"@type": "PostalAddress", **address}
    if hours := opening_specifications(card.opening_hours or ""):
        place["openingHoursSpecification"] = hours
    if place:
        data["location"] = {"@type": "Place", **place}
    return _as_script(data)


def is_public(actor: Actor) -> bool:
    """Whether an actor is a public body, by its name."""
    return any(word in actor.name.lower() for word in PUBLIC)


def opening_specifications(hours: str) -> list[dict[str, Any]]:
    """`Mo-We 08:00-12:00,13:00-16:00` as one specification a span; what is not that plain is left out."""
    found = []
    for rule in hours.split(";"):
        if not (plain := _PLAIN_RULE.fullmatch(rule.strip())):
            continue
        for span in plain["spans"].split(","):
            opens, closes = span.strip().split("-")
            days = [name for part in plain["days"].split(",") for name in _days(part.strip())]
            found.append({"@type": "OpeningHoursSpecification", "dayOfWeek": days, "opens": opens, "closes": closes})
    return found


def _days(part: str) -> list[str]:
    first, _, last = part.partition("-")
    at = list(_WEEK)
    return [_WEEK[day] for day in at[at.index(first) : at.index(last or first) + 1]]


def _reference(id: str, actor: Actor, site: str) -> dict[str, Any]:
    kind = "GovernmentOffice" if is_public(actor) else "Organization"
    return {"@type": kind, "@id": f"{site}/stellen/{id}", "name": actor.name}


def _area(area: str | tuple[str, ...]) -> Any:
    names = {"kreisweit": "Wetteraukreis", "landesweit": "Hessen", "bundesweit": "Deutschland"}
    if isinstance(area, tuple):
        return [{"@type": "City", "name": place} for place in area]
    return {"@type": "AdministrativeArea", "name": names[area]}


def _as_script(data: Mapping[str, Any]) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))
