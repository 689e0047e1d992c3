"""What an editor should know beyond the shape of a file: numbers that are none, dates gone by, hard sentences.

Reading and references are `catalog`'s; here are the finer checks of `assistant check`, and the sheet of open facts.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import phonenumbers
from rich.table import Table

from assistant.catalog import Catalog
from assistant.content import Actor, Offer, Page, Phone, Site
from assistant.hours import is_valid
from assistant.languages import read_voices
from assistant.patterns import NAMED, filled
from assistant.reading import Problem, Source, load_yaml
from assistant.sentences import plain_sentences
from assistant.situation import AGE, word_lists
from index.lexical import fold

STALE_AFTER = timedelta(days=365)  # a text nobody looked at for a year may no longer be true
SHORTEST_TEXT, LONGEST_TEXT = 80, 250  # words of an offer's text
READABLE = 50  # Flesch-Amstad: below, most people without long schooling give up
LONGEST_SENTENCE = 25  # words
# "Sie" and "du" as address; offers and pages speak to nobody, since the same text serves helper, parent and applicant.
_ADDRESS = re.compile(r"\b(?:[Dd]u|[Dd]ich|[Dd]ir|[Dd]ein\w*|Ihnen|Ihre?[mnrs]?)\b")
_SHORT_CODE = re.compile(r"^(?:11[0-9](?:\s?\d{3})?|11[0-9])$")


def check(catalog: Catalog, folder: Path, today: date) -> list[Problem]:
    """Every problem of a catalogue that could be read."""
    problems: list[Problem] = []
    for id, offer in catalog.offers.items():
        source = catalog.sources[f"offer/{id}"]
        problems += _dates(offer, source, today)
        problems += _offer_dates(offer, source, today)
        problems += _language(catalog.texts[f"offer/{id}"], offer, source, SHORTEST_TEXT, LONGEST_TEXT)
    for id, page in catalog.pages.items():
        source = catalog.sources[f"page/{id}"]
        problems += _dates(page, source, today)
        problems += _language(catalog.texts[f"page/{id}"], page, source, SHORTEST_TEXT, 800)
    for id, actor in catalog.actors.items():
        source = catalog.sources[f"actor/{id}"]
        problems += _dates(actor, source, today)
        problems += _actor_facts(actor, source)
    problems += _duplicates(catalog)
    problems += _patterns(catalog, folder)
    problems += _rule_references(catalog, folder)
    problems += _questions(catalog, folder)
    problems += _voices(folder)
    return problems


def _dates(thing: Offer | Page | Actor, source: Source, today: date) -> Iterator[Problem]:
    if thing.checked_on > today:
        yield source.problem("error", f"checked_on {thing.checked_on} lies in the future", "checked_on")
    elif today - thing.checked_on > STALE_AFTER:
        advice = "look at the source again and set the day of today"
        yield source.problem("warning", f"was last checked on {thing.checked_on}: {advice}", "checked_on")
    if thing.valid_until and thing.valid_until < today:
        advice = "it is no longer shown. Renew it, or remove the file"
        yield source.problem("warning", f"valid_until {thing.valid_until} has gone by: {advice}", "valid_until")


def _offer_dates(offer: Offer, source: Source, today: date) -> Iterator[Problem]:
    for at, day in enumerate(offer.dates):
        if day.end and day.end < day.start:
            yield source.problem("error", f"the date ends ({day.end}) before it starts ({day.start})", "dates", at)
        elif (day.end or day.start) < today:
            yield source.problem(
                "warning", f"the date '{day.label}' ({day.start}) has gone by: take it out", "dates", at
            )
    low, high = offer.audience.min_age, offer.audience.max_age
    if low is not None and high is not None and low > high:
        yield source.problem("error", f"min_age {low} is above max_age {high}: nobody would fit", "audience")


def _language(text: str, thing: Offer | Page, source: Source, shortest: int, longest: int) -> Iterator[Problem]:
    """Length, readability and address of a text."""
    sentences = plain_sentences(text)
    count = sum(len(sentence.split()) for sentence in sentences)
    if not shortest <= count <= longest:
        yield source.problem("warning", f"the text has {count} words; {shortest} to {longest} read well")
    ease = readability(" ".join(sentences))
    if ease < READABLE:
        advice = "shorter sentences and everyday words help"
        yield source.problem(
            "warning", f"the text is hard to read (Flesch-Amstad {ease:.0f}, wanted {READABLE}): {advice}"
        )
    for sentence in sentences:
        if len(sentence.split()) > LONGEST_SENTENCE:
            yield source.problem(
                "warning", f"a sentence of {len(sentence.split())} words: '{sentence[:50]}…'. Make it two"
            )
    spoken = [getattr(thing, "first_step", ""), thing.summary, getattr(thing, "you_get", "")]
    for part in (*sentences, *spoken):
        if found := _ADDRESS.search(part):
            yield source.problem(
                "warning", f"speaks to the reader ('{found[0]}' in '{part[:50]}'): say it without du and Sie"
            )


def readability(text: str) -> float:
    """Flesch reading ease with Amstad's constants for German (1978): 180 − words/sentence − 58.5 · syllables/word."""
    words = re.findall(r"[^\W\d_]+", text)
    if not words:
        return 100.0
    sentences = max(1, len(re.findall(r"[.!?:]+(?:\s|$)", text)))
    return 180 - len(words) / sentences - 58.5 * sum(map(_syllables, words)) / len(words)


def _syllables(word: str) -> int:
    """German syllables, counted as groups of vowels; `ie`, `ei`, `au` … are one group."""
    return max(1, len(re.findall(r"[aeiouyäöü]+", word.lower())))


def _actor_facts(actor: Actor, source: Source) -> Iterator[Problem]:
    """Numbers, hours and a source for each fact."""
    proven = [fact for entry in actor.sources for fact in entry.facts]
    for at, site in enumerate(actor.sites):
        for fact, place in _facts_of(site, at):
            if not any(fact == known or fact.startswith(f"{known}.") for known in proven):
                advice = f"add '{fact}' to the facts of a source, or leave it out"
                yield source.problem("error", f"'{fact}' has no source: {advice}", *place)
        for number, phone in enumerate(site.phones):
            yield from _phone(phone, source, at, number)
        if site.opening_hours and not is_valid(site.opening_hours):
            yield source.problem("error", _hours_advice(site.opening_hours), "sites", at, "opening_hours")


def _facts_of(site: Site, at: int) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The facts of a site that need a source, with where they stand."""
    for name in ("address", "email", "opening_hours", "appointment_url", "step_free"):
        if getattr(site, name) not in (None, ""):
            yield f"sites.{at}.{name}", ("sites", at, name)
    for number in range(len(site.phones)):
        yield f"sites.{at}.phones.{number}", ("sites", at, "phones", number)


def _phone(phone: Phone, source: Source, site: int, at: int) -> Iterator[Problem]:
    where = ("sites", site, "phones", at)
    if not is_phone_number(phone.number):
        advice = "write it like +49 6031 83-0, or a short code like 115"
        yield source.problem("error", f"'{phone.number}' is no telephone number: {advice}", *where)
    if phone.hours and not is_valid(phone.hours):
        yield source.problem("error", _hours_advice(phone.hours), *where)


def is_phone_number(text: str) -> bool:
    """Whether a text is a number one can ring from Germany: a valid international one, or a short code."""
    if _SHORT_CODE.match(text.strip()):
        return True
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, None))
    except phonenumbers.NumberParseException:
        return False


def _hours_advice(hours: str) -> str:
    example = "Mo-Fr 08:00-12:00; Th 14:00-18:00"
    return f"'{hours}' are no opening hours: write them like '{example}' (OpenStreetMap opening_hours)"


def _duplicates(catalog: Catalog) -> Iterator[Problem]:
    """Two things of one name: nobody could tell which one a question means."""
    groups: tuple[tuple[str, Mapping[str, Offer] | Mapping[str, Page]], ...] = (
        ("offer", catalog.offers),
        ("page", catalog.pages),
    )
    for kind, things in groups:
        owners: dict[str, str] = {}
        for id, thing in things.items():
            source = catalog.sources[f"{kind}/{id}"]
            for name in dict.fromkeys(fold(name) for name in (thing.title, *thing.aliases)):
                first = owners.setdefault(name, id)
                if first != id:
                    message = f"the name '{name}' belongs to '{first}' too: keep it where it fits better"
                    yield source.problem("error" if name == fold(thing.title) else "warning", message, "aliases")
    yield from _twin_actors(catalog)


def _twin_actors(catalog: Catalog) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for id, actor in catalog.actors.items():
        first = owners.setdefault(fold(actor.name), id)
        if first != id:
            yield catalog.sources[f"actor/{id}"].problem("error", f"the name belongs to '{first}' too", "name")


def _patterns(catalog: Catalog, folder: Path) -> Iterator[Problem]:
    """Every pattern must compile after folding."""
    for name, slot in catalog.slots.items():
        lists, apart = word_lists(catalog.slots, name), slot.bystanders
        told = [getattr(apart, name) for name in type(apart).model_fields if name != "joins"]
        for group in (slot.aside, slot.patterns, slot.unless, dict(enumerate(told))):
            listed = group.values() if isinstance(group, dict) else (group,)
            for pattern in (p for patterns in listed for p in patterns):
                for full in filled([pattern.replace("{age}", "1")], lists):
                    if unknown := NAMED.search(full):
                        yield Problem(folder / "situation.yaml", 1, "error", f"{name}: no list is named {unknown[0]}")
                    yield from _compiles(full, folder / "situation.yaml", name)
        if name == AGE and not all("{age}" in pattern for pattern in slot.patterns):
            yield Problem(folder / "situation.yaml", 1, "error", f"{name}: a pattern without {{age}} tells no age")
    for kind in ("emergencies", "declined", "referred", "smalltalk"):
        for name, rule in getattr(catalog.rules, kind).items():
            for pattern in (*rule.patterns, *rule.unless):
                yield from _compiles(pattern, folder / "guardrails.yaml", f"{kind}.{name}")


def _compiles(pattern: str, file: Path, where: str) -> Iterator[Problem]:
    try:
        re.compile(fold(pattern))
    except re.error as error:
        yield Problem(file, 1, "error", f"{where}: the pattern '{pattern}' is not valid: {error}")


def _rule_references(catalog: Catalog, folder: Path) -> Iterator[Problem]:
    for kind in ("emergencies", "declined", "referred", "smalltalk"):
        for name, rule in getattr(catalog.rules, kind).items():
            unknown = [a for a in rule.actors if a not in catalog.actors] + [
                o for o in rule.offers if o not in catalog.offers
            ]
            for id in unknown:
                message = f"{kind}.{name}: '{id}' is neither an actor nor an offer"
                yield Problem(folder / "guardrails.yaml", 1, "error", message)


def _questions(catalog: Catalog, folder: Path) -> Iterator[Problem]:
    """The labelled questions must expect what exists."""
    for file in sorted((folder / "questions").glob("*/*.yaml")):
        unreadable: list[Problem] = []
        loaded = load_yaml(file, file.read_text(encoding="utf-8"), unreadable)
        yield from unreadable
        for at, asked in enumerate((loaded and loaded[0]) or [], start=1):
            known: tuple[tuple[str, Iterable[str]], ...] = (
                ("offers", catalog.offers),
                ("actors", catalog.actors),
                ("pages", catalog.pages),
            )
            for kind, things in known:
                for id in asked.get(kind) or ():
                    if id not in things:
                        yield Problem(file, 1, "error", f"question {at} expects '{id}', which is not in content/{kind}")


def _voices(folder: Path) -> Iterator[Problem]:
    """Every voice must be able to say every sentence."""
    voices = read_voices(folder / "languages")
    wanted = set(voices["de"].sentences) if "de" in voices else set()
    for tag, voice in voices.items():
        missing = sorted(wanted - set(voice.sentences))
        if missing:
            message = f"sentences missing: {', '.join(missing)}. Add them, or name a fallback"
            yield Problem(folder / "languages" / f"{tag}.yaml", 1, "error", message)


def broken_links(catalog: Catalog) -> list[Problem]:
    """Addresses that do not answer; without a network every one would, so then one sentence says so."""
    import httpx

    problems: list[Problem] = []
    checked: dict[str, str | None] = {}
    with httpx.Client(timeout=10, follow_redirects=True) as client:
        for key, url in _addresses(catalog):
            if url not in checked:
                checked[url] = _trouble(client, url)
            if checked[url]:
                problems.append(catalog.sources[key].problem("warning", f"{url} does not answer: {checked[url]}"))
    if checked and all(checked.values()):
        return [
            Problem(Path("content"), 1, "warning", f"none of {len(checked)} addresses answered: is there a network?")
        ]
    return problems


def _addresses(catalog: Catalog) -> Iterator[tuple[str, str]]:
    for id, offer in catalog.offers.items():
        yield from ((f"offer/{id}", str(url)) for url in (offer.source_url, *offer.more_sources))
    for id, page in catalog.pages.items():
        yield from ((f"page/{id}", str(url)) for url in (page.source_url, *page.more_sources))
    for id, actor in catalog.actors.items():
        yield from ((f"actor/{id}", str(url)) for url in (actor.web, *(source.url for source in actor.sources)))


def _trouble(client: object, url: str) -> str | None:
    import httpx

    assert isinstance(client, httpx.Client)  # noqa: S101 — tells the type checker what broken_links passes
    try:
        status = client.head(url).status_code
        status = client.get(url).status_code if status in (403, 405) else status
    except httpx.HTTPError as error:
        return type(error).__name__
    return f"status {status}" if status >= 400 else None


@dataclass(frozen=True, slots=True)
class OpenFact:
    """A fact of an actor that is missing or not confirmed, for the Kreis to fill in."""

    actor: str
    name: str
    offers: int
    fact: str
    state: str
    value: str


def open_facts(catalog: Catalog) -> list[OpenFact]:
    """The sheet that the Kreis fills in: the actors that most offers send people to come first."""
    uses = Counter(contact.actor for offer in catalog.offers.values() for contact in offer.contacts)
    ordered = sorted(catalog.actors.items(), key=lambda item: (-uses[item[0]], item[1].name))
    return [fact for id, actor in ordered for fact in _open_facts(id, actor, uses[id])]


def _open_facts(id: str, actor: Actor, uses: int) -> Iterator[OpenFact]:
    values = {
        "Telefon": ", ".join(phone.number for site in actor.sites for phone in site.phones),
        "Adresse": "; ".join(f"{a.street}, {a.postcode} {a.town}" for site in actor.sites if (a := site.address)),
        "E-Mail": ", ".join(site.email for site in actor.sites if site.email),
        "Öffnungszeiten": "; ".join(site.opening_hours for site in actor.sites if site.opening_hours),
        "Internet": str(actor.web),
    }
    if doors := [site for site in actor.sites if site.address]:
        values["Ohne Stufen"] = ", ".join("ja" if s.step_free else "nein" for s in doors if s.step_free is not None)
    for fact, value in values.items():
        if not value:
            yield OpenFact(id, actor.name, uses, fact, "fehlt", "")
        elif actor.checked_by is None:
            yield OpenFact(id, actor.name, uses, fact, "nicht bestätigt", value)


def as_csv(facts: Iterable[OpenFact]) -> str:
    """The sheet as CSV with semicolons, as German spreadsheets expect, and an empty column to fill in."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["Stelle", "Kennung", "Angebote", "Angabe", "Stand", "Bisher", "Richtig ist"])
    for fact in facts:
        writer.writerow([fact.name, fact.actor, fact.offers, fact.fact, fact.state, fact.value, ""])
    return text.getvalue()


def as_table(facts: Iterable[OpenFact]) -> Table:
    """The sheet as a table for the terminal."""
    table = Table("Stelle", "Angebote", "Angabe", "Stand", "bisher")
    for fact in facts:
        table.add_row(fact.name, str(fact.offers), fact.fact, fact.state, fact.value)
    return table
