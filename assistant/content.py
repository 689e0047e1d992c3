"""The shape of every kind of file in `content/`.

Reading the files, and checking them against each other, is `catalog`'s work.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, field_validator

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1)]
Listed = Annotated[tuple[Text, ...], BeforeValidator(lambda told: [told] if isinstance(told, str) else told)]


class ContentError(Exception):
    """Content that cannot be used; the message names file, line and what to do."""


class Focus(StrEnum):
    """One of the three themes of the regional strategy."""

    TRAINING = "training"
    WORK = "work"
    QUALIFICATION = "qualification"


Status = Literal[
    "pupil",
    "apprentice",
    "student",
    "employed",
    "at_risk",
    "unemployed",
    "at_home",
    "self_employed",
    "employer",
    "newcomer",
    "helper",
]
Benefit = Literal["alg1", "grundsicherung", "asylum", "none"]
Certificate = Literal["none", "hauptschule", "realschule", "abitur"]
Vocational = Literal["none", "apprenticeship", "degree", "foreign"]
German = Literal["none", "a1", "a2", "b1", "b2", "c1"]
Residence = Literal["german", "eu", "permit", "asylum", "tolerated", "ukraine"]
ForWhom = Literal["me", "child", "other", "firm"]


class Shape(BaseModel):
    """Base of everything read from a file: an unknown key is an error, a value never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Audience(Shape):
    """For whom an offer is: allowed values per slot; a slot left out is open to all."""

    min_age: int | None = Field(None, ge=0, le=99)
    max_age: int | None = Field(None, ge=0, le=99, description="the last age that still fits")
    status: tuple[Status, ...] = ()
    benefit: tuple[Benefit, ...] = ()
    certificate: tuple[Certificate, ...] = ()
    vocational: tuple[Vocational, ...] = ()
    german: tuple[German, ...] = ()
    residence: tuple[Residence, ...] = ()
    disability: bool | None = None
    children: bool | None = None
    place: tuple[Id, ...] = ()
    for_whom: tuple[ForWhom, ...] = ()
    note: str | None = Field(None, description="conditions in one plain sentence")


class Contact(Shape):
    """Whom to ring, and for which situation: `when` empty means for everybody."""

    actor: Id
    when: Audience | None = None


class OfferDate(Shape):
    """A day, or a span of days, on which an offer takes place."""

    start: date
    end: date | None = None
    label: Text


class Sourced(Shape):
    """What every published text carries: where it comes from and how far it was checked."""

    source_url: HttpUrl
    more_sources: tuple[HttpUrl, ...] = ()
    checked_on: date
    checked_by: str | None = Field(description="null: not yet confirmed by the provider")
    valid_until: date | None = None


class Offer(Sourced):
    """Something a person can take part in or receive."""

    title: Text
    aliases: tuple[Text, ...] = ()
    focus: tuple[Focus, ...] = Field(min_length=1)
    topic: Id
    summary: Annotated[str, Field(min_length=20, max_length=220)]
    you_get: Text
    audience: Audience = Audience()
    cost: str | None = None
    duration: str | None = None
    dates: tuple[OfferDate, ...] = ()
    first_step: Text
    papers: tuple[Text, ...] = ()
    law: tuple[Text, ...] = ()
    providers: tuple[Id, ...] = Field(min_length=1)
    contacts: tuple[Contact, ...] = Field(min_length=1)
    area: Literal["kreisweit", "landesweit", "bundesweit"] | tuple[Id, ...]
    questions: tuple[Text, ...] = Field(min_length=8)
    questions_in: dict[str, tuple[Text, ...]] = Field({}, description="questions in other languages, by ISO 639-1")
    related: tuple[Id, ...] = ()

    @field_validator("contacts", mode="before")
    @classmethod
    def _plain_ids_are_contacts(cls, value: object) -> object:
        """`- jobcenter-wetterau` is short for `- actor: jobcenter-wetterau`."""
        if isinstance(value, list):
            return [{"actor": item} if isinstance(item, str) else item for item in value]
        return value


class Page(Sourced):
    """Knowledge that is not one offer: the regional strategy, "how recognition works"."""

    title: Text
    aliases: tuple[Text, ...] = ()
    kind: Literal["strategy", "guide"]
    focus: tuple[Focus, ...] = ()
    topic: Id
    period: str | None = Field(None, description="the years the facts belong to, e.g. 2025–2027")
    summary: Annotated[str, Field(min_length=20, max_length=220)]
    actors: tuple[Id, ...] = Field(min_length=1)
    offers: tuple[Id, ...] = ()
    questions: tuple[Text, ...] = Field(min_length=5)
    questions_in: dict[str, tuple[Text, ...]] = Field({}, description="questions in other languages, by ISO 639-1")


class Phone(Shape):
    """A number people may ring: international form, e.g. `+49 6031 83-3302` or a short code as `115`."""

    number: Text
    label: str | None = None
    hours: str | None = Field(None, description="OpenStreetMap opening_hours")
    free: bool | None = None


class Address(Shape):
    """Where to go: street with number, postcode and town."""

    street: Text
    postcode: Annotated[str, Field(pattern=r"^\d{5}$")]
    town: Text


class Site(Shape):
    """One door of an actor."""

    name: Text
    address: Address | None = None
    latitude: float | None = Field(None, ge=47, le=56)
    longitude: float | None = Field(None, ge=5, le=16)
    phones: tuple[Phone, ...] = ()
    email: str | None = None
    opening_hours: str | None = Field(None, description="OpenStreetMap opening_hours")
    appointment_url: HttpUrl | None = None
    step_free: bool | None = Field(None, description="reached without a step; left out where no source says it")
    serves: tuple[Id, ...] = Field((), description="places this site is in charge of, if a source says so")


class FactSource(Shape):
    """Which facts of an actor a source proves, and the day the source itself shows."""

    facts: tuple[Text, ...] = Field(min_length=1)
    url: HttpUrl
    shown: str | None = Field(None, description="the date on the source, in its own words")
    note: str | None = None


class Actor(Shape):
    """Who provides an offer or helps to get it."""

    name: Text
    aliases: tuple[Text, ...] = ()
    role: Annotated[str, Field(min_length=20, max_length=260)]
    responsible_for: tuple[Text, ...] = Field(min_length=1)
    topic: Id
    web: HttpUrl
    sites: tuple[Site, ...] = ()
    languages: tuple[str, ...] = ()
    area: Literal["kreisweit", "landesweit", "bundesweit"] | tuple[Id, ...] = "kreisweit"
    service_line: Id | None = Field(None, description="actor whose phone stands in while this one has none")
    questions: tuple[Text, ...] = Field(min_length=4)
    questions_in: dict[str, tuple[Text, ...]] = Field({}, description="questions in other languages, by ISO 639-1")
    sources: tuple[FactSource, ...] = Field(min_length=1)
    checked_on: date
    checked_by: str | None
    valid_until: date | None = None


class Place(Shape):
    """One of the Kreis's towns."""

    name: Text
    aliases: tuple[Text, ...] = ()
    # How the name begins in other alphabets, without its changing end: Нидд for Нидда, Нидде, Нидды.
    written: tuple[Text, ...] = ()
    ags: Annotated[str, Field(pattern=r"^06440\d{3}$")]
    postcodes: tuple[Annotated[str, Field(pattern=r"^\d{5}$")], ...] = Field(min_length=1)
    latitude: float = Field(ge=50.1, le=50.6)
    longitude: float = Field(ge=8.5, le=9.4)
    districts: tuple[Text, ...] = ()


class Origins(Shape):
    """Countries whose people have the same rights here, and how all of them are said."""

    neutral: Text
    countries: tuple[Text, ...] = Field(min_length=1)


class EvenWords(Shape):
    """Words that must make no difference to what is found; each form is said as the one it belongs to."""

    forms: dict[str, tuple[Text, ...]] = {}
    people: tuple[Text, ...] = ()
    small_words: dict[str, tuple[Text, ...]] = {}
    before_names: tuple[Text, ...] = ()
    surnames: tuple[Text, ...] = ()
    origins: dict[str, Origins] = {}
    born_here: tuple[Text, ...] = ()


class Topic(Shape):
    """A subject people ask about, with the words they use for it."""

    label: Text
    words: tuple[Text, ...] = ()


class Choice(Shape):
    """One value of a slot as people see it; with `ask: false` it is shown as a chip but never offered as a button."""

    value: int | str | bool
    label: Text
    ask: bool = True


class Bystanders(Shape):
    """The words that tell what is said of others from what is said of oneself (patterns over folded text)."""

    joins: tuple[Text, ...] = Field((), description="words that begin a new clause: und, aber, but")
    untold: tuple[Text, ...] = Field((), description="a clause that tells nothing of anybody: falls …, Leute mit …")
    goes_on: tuple[Text, ...] = Field((), description="a clause that goes on with the one before: und kündige")
    others: tuple[Text, ...] = Field((), description="a clause about somebody else: mein Bruder")
    children: tuple[Text, ...] = Field((), description="a clause about one's own children: meine Tochter")
    mine: tuple[Text, ...] = Field((), description="anywhere: one asks for oneself: für mich selbst, ich hingegen")
    first_person: tuple[Text, ...] = Field((), description="a clause that is not about others alone: ich, wir")
    oneself: tuple[Text, ...] = Field((), description="a clause that tells of oneself: ich hab, ich such")
    asks_for_them: tuple[Text, ...] = Field((), description="in a clause about others: they are asked for")
    theirs: tuple[Text, ...] = Field((), description="anywhere: it is for them after all: für ihn")
    general: tuple[Text, ...] = Field((), description="a clause about nobody in particular: kriegt man, was heißt")
    nobody: tuple[Text, ...] = Field((), description="anywhere: nobody is asked for: rein theoretisch, süß oder")


class Slot(Shape):
    """One thing worth knowing about a person, and the words that reveal it (patterns over folded text)."""

    label: Text
    question: Text
    question_du: str | None = None
    why: str | None = None
    why_du: str | None = None
    chip: Text = "{label}"
    many: bool = False
    choices: tuple[Choice, ...] = ()
    words: dict[str, Listed] = Field(
        {}, description="words that patterns share: [polen, syrien], written {land} in them"
    )
    aside: tuple[Text, ...] = Field(
        (), description="said, but not told of anybody: left out before patterns are sought"
    )
    untold: tuple[Text, ...] = Field(
        (), description="a clause that tells nothing of this slot, whatever else stands in it: falls ich …, früher …"
    )
    patterns: dict[str, tuple[Text, ...]] | tuple[Text, ...] = ()
    unless: dict[str, tuple[Text, ...]] | tuple[Text, ...] = ()
    gives_way: dict[str, tuple[Text, ...]] = Field({}, description="a value that is not learned beside certain others")
    surely: dict[str, tuple[Text, ...]] = Field(
        {}, description="said so plainly that nothing else said counts against it, and what it gives way to is not so"
    )
    spelled: tuple[Text, ...] = Field((), description="long words that are recognised with a typo, too")
    bystanders: Bystanders = Bystanders()


class Rule(Shape):
    """What the assistant says to a kind of message, and the words that show the kind (patterns over folded text)."""

    say: Text
    say_du: str | None = None
    patterns: tuple[Text, ...] = ()
    unless: tuple[Text, ...] = ()
    examples: tuple[Text, ...] = ()
    examples_in: dict[str, tuple[Text, ...]] = Field({}, description="examples in other languages, by ISO 639-1")
    actors: tuple[Id, ...] = ()
    offers: tuple[Id, ...] = ()


class Redirection(Rule):
    """A subject that is not ours, or that a human must decide: where to go instead."""

    label: Text
    go: str | None = None
    go_du: str | None = None
    url: HttpUrl | None = None


class Likeness(Shape):
    """Messages of one kind, known by their examples alone: nearest to one of them, a message is of that kind."""

    examples: tuple[Text, ...] = Field(min_length=3)
    examples_in: dict[str, tuple[Text, ...]] = Field({}, description="examples in other languages, by ISO 639-1")


class PersonalPattern(Shape):
    """How a kind of personal number looks in plain text."""

    pattern: Text
    label: Text


class PersonalData(Shape):
    """Personal data nobody needs to write here: recognised, never echoed, never kept."""

    say: Text
    say_du: str | None = None
    kinds: dict[str, PersonalPattern]


RuleKind = Literal["emergency", "smalltalk", "referred", "declined"]  # also the outcome of its answer


class GuardrailRules(Shape):
    """`content/guardrails.yaml`."""

    emergencies: dict[Id, Rule]
    declined: dict[Id, Redirection]
    referred: dict[Id, Redirection]
    smalltalk: dict[str, Rule]
    personal_data: PersonalData
    harmless: dict[Id, Likeness] = Field({}, description="what sounds like an emergency and is none")
    unknown: dict[Id, Likeness] = Field({}, description="what people ask for and nobody here offers")

    def by_kind(self) -> dict[RuleKind, Mapping[str, Rule]]:
        """The rules in the order in which they are looked at: an emergency before anything else."""
        return {
            "emergency": self.emergencies,
            "smalltalk": self.smalltalk,
            "referred": self.referred,
            "declined": self.declined,
        }


# What a later message wants: a field of an offer, more offers, the same for somebody else, or what follows from it.
Wish = Literal[
    "cost", "duration", "papers", "contact", "hours", "way", "start", "audience", "benefit", "part_time", "law",
    "dates", "explain", "more", "again", "leads_on",
]  # fmt: skip


class FollowUpWords(Shape):
    """`content/followups.yaml`: the words that show a message only makes sense with the answer before it."""

    fields: dict[str, tuple[Text, ...]]
    ordinals: dict[int, tuple[Text, ...]]
    more: tuple[Text, ...]
    other_person: tuple[Text, ...]
    compare: tuple[Text, ...]
    list: tuple[Text, ...]
    examples: dict[str, Likeness] = Field({}, description="later messages by what they want (`Wish`), known by meaning")
