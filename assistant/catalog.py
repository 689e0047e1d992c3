"""Reads `content/`, checks it as a whole, looks things up, and yields the passages to index.

The shapes are in `content`; what an editor should better know (readability, stale dates) is in `checking`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

from assistant.content import (
    Actor,
    ContentError,
    EvenWords,
    FollowUpWords,
    GuardrailRules,
    Id,
    Offer,
    Page,
    Place,
    Redirection,
    Slot,
    Sourced,
    Topic,
)
from assistant.examples import with_examples, with_later_messages
from assistant.reading import Anything, Problem, Source, parse, read_mapping, read_one
from index.chunks import pieces, sections
from index.types import Passage

CONTENT = Path(__file__).parent.parent / "content"
GERMAN = "de"
NO_FOLLOW_UPS = FollowUpWords(fields={}, ordinals={}, more=(), other_person=(), compare=(), list=())
EARTH_KM = 6371.0
NO_RULES = GuardrailRules.model_validate(
    {"emergencies": {}, "declined": {}, "referred": {}, "smalltalk": {}, "personal_data": {"say": "–", "kinds": {}}}
)


@dataclass(frozen=True)
class Catalog:
    """Everything in `content/` by id."""

    offers: Mapping[str, Offer]
    pages: Mapping[str, Page]
    actors: Mapping[str, Actor]
    places: Mapping[str, Place]
    topics: Mapping[str, Topic]
    slots: Mapping[str, Slot]
    rules: GuardrailRules
    followups: FollowUpWords
    texts: Mapping[str, str]  # the Markdown below a head, by "offer/<id>" and "page/<id>"
    sources: Mapping[str, Source]  # by "offer/<id>", "page/<id>", "actor/<id>"
    even: EvenWords = field(default_factory=EvenWords)

    @classmethod
    def read(cls, folder: Path = CONTENT) -> Catalog:
        """Read all content. Raises ContentError naming every problem that makes it unusable."""
        catalog, problems = read_content(folder)
        errors = [str(problem) for problem in problems if problem.severity == "error"]
        if errors:
            raise ContentError("\n".join([*errors, "Run: assistant check"]))
        return catalog

    def is_current(self, thing: Sourced | Actor, today: date) -> bool:
        """Whether a text may still be shown on a day."""
        return thing.valid_until is None or today <= thing.valid_until

    def distance(self, place: str, actor: Actor) -> float | None:
        """Kilometres as the crow flies from a place to the nearest site with an address; None where none is known."""
        here = self.places.get(place)
        there = [at for site in actor.sites if (at := self._position(site.address, site.latitude, site.longitude))]
        if here is None or not there:
            return None
        return min(_kilometres((here.latitude, here.longitude), at) for at in there)

    def _position(self, address: Any, latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
        """Where a site is: its own coordinates, else those of the town that has its postcode."""
        if latitude is not None and longitude is not None:
            return latitude, longitude
        town = next((p for p in self.places.values() if address and address.postcode in p.postcodes), None)
        return (town.latitude, town.longitude) if town else None

    def passages(self) -> Iterator[Passage]:
        """Everything worth finding: offers, pages and actors as texts, and the questions people ask about them."""
        for id, offer in self.offers.items():
            yield from _offer_passages(id, offer, self.texts[f"offer/{id}"])
        for id, page in self.pages.items():
            yield from _text_passages(f"page/{id}", page.title, self.texts[f"page/{id}"])
            yield from _question_passages(f"page/{id}", (page.title, *page.aliases, *page.questions))
            yield from _foreign_questions(f"page/{id}", page.questions_in)
        for id, actor in self.actors.items():
            text = "\n".join([", ".join(actor.aliases), actor.role, *actor.responsible_for])
            yield _passage(f"actor/{id}", "card", "text", text, actor.name)
            yield from _question_passages(f"actor/{id}", (actor.name, *actor.aliases, *actor.questions))
            yield from _foreign_questions(f"actor/{id}", actor.questions_in)
        for kind, rules in self.rules.by_kind().items():
            for name, rule in rules.items():
                label = (rule.label,) if isinstance(rule, Redirection) else ()
                yield from _question_passages(f"{kind}/{name}", (*label, *rule.examples))
                yield from _foreign_questions(f"{kind}/{name}", rule.examples_in)
        known = (
            ("harmless", self.rules.harmless),
            ("unknown", self.rules.unknown),
            ("followup", self.followups.examples),
        )
        for group, likenesses in known:
            for name, likeness in likenesses.items():
                yield from _question_passages(f"{group}/{name}", likeness.examples)
                yield from _foreign_questions(f"{group}/{name}", likeness.examples_in)


def _offer_passages(id: str, offer: Offer, text: str) -> Iterator[Passage]:
    card = [", ".join(offer.aliases), offer.summary, offer.you_get, offer.audience.note or "", offer.first_step]
    yield _passage(f"offer/{id}", "card", "text", "\n".join(filter(None, card)), offer.title)
    yield from _text_passages(f"offer/{id}", offer.title, text)
    yield from _question_passages(f"offer/{id}", (offer.title, *offer.aliases, *offer.questions))
    yield from _foreign_questions(f"offer/{id}", offer.questions_in)


def _text_passages(source: str, title: str, text: str) -> Iterator[Passage]:
    for at, (path, section) in enumerate(sections(text)):
        for part, piece in enumerate(pieces(section)):
            yield _passage(source, f"{at}.{part}", "text", piece, f"{title} › {path}" if path else title)


def _question_passages(source: str, questions: Sequence[str], language: str = GERMAN) -> Iterator[Passage]:
    """A question, or a name typed alone, that leads to its source."""
    for at, question in enumerate(dict.fromkeys(questions)):
        yield _passage(source, f"{language}{at}", "question", question, "", language)


def _foreign_questions(source: str, questions_in: Mapping[str, Sequence[str]]) -> Iterator[Passage]:
    for language, questions in questions_in.items():
        yield from _question_passages(source, questions, language)


def _passage(source: str, part: str, kind: str, text: str, context: str, language: str = GERMAN) -> Passage:
    facets = {"type": source.partition("/")[0]}
    return Passage(f"{source}#{part}", source, kind, text, context, language, facets)


def read_content(folder: Path = CONTENT) -> tuple[Catalog, list[Problem]]:
    """Read what can be read, with every problem of shape or reference found on the way."""
    problems: list[Problem] = []
    sources: dict[str, Source] = {}
    texts: dict[str, str] = {}
    offers = _read_texts(folder, "offers", Offer, "offer", texts, sources, problems)
    for imported in sorted((folder / "imported").glob("*/")):
        found = _read_texts(folder, f"imported/{imported.name}", Offer, "offer", texts, sources, problems)
        offers = found | offers  # an editor's file of the same name wins
    catalog = Catalog(
        offers=offers,
        pages=_read_texts(folder, "pages", Page, "page", texts, sources, problems),
        actors=_read_actors(folder, sources, problems),
        places=read_mapping(folder / "places.yaml", Place, problems),
        topics=read_mapping(folder / "topics.yaml", Topic, problems),
        slots=read_mapping(folder / "situation.yaml", Slot, problems),
        rules=with_examples(
            read_one(folder / "guardrails.yaml", GuardrailRules, problems) or NO_RULES, folder / "examples", problems
        ),
        followups=with_later_messages(
            read_one(folder / "followups.yaml", FollowUpWords, problems) or NO_FOLLOW_UPS, folder / "examples", problems
        ),
        texts=texts,
        sources=sources,
        even=_read_even(folder / "evenhanded.yaml", problems),
    )
    problems += _broken_references(catalog)
    return catalog, problems


def _read_texts(
    folder: Path,
    below: str,
    shape: type[Anything],
    kind: str,
    texts: dict[str, str],
    sources: dict[str, Source],
    problems: list[Problem],
) -> dict[str, Anything]:
    """Read Markdown files with a YAML head between `---` lines."""
    found: dict[str, Anything] = {}
    for file in sorted((folder / below).glob("*.md")):
        parts = file.read_text(encoding="utf-8").split("---\n", 2)
        if len(parts) != 3 or parts[0].strip():
            problems.append(Problem(file, 1, "error", "the file must begin with a head between two lines '---'"))
            continue
        head = parse(file, parts[1], shape, problems, first_line=2)
        if head is None:
            continue
        key = f"{kind}/{file.stem}"
        if key not in texts:
            texts[key] = parts[2].strip()
            sources[key] = head[1]
        found[file.stem] = head[0]
        if not parts[2].strip():
            problems.append(head[1].problem("error", "there is no text below the head"))
    return found


def _read_actors(folder: Path, sources: dict[str, Source], problems: list[Problem]) -> dict[str, Actor]:
    found: dict[str, Actor] = {}
    for file in sorted((folder / "actors").glob("*.yaml")):
        read = parse(file, file.read_text(encoding="utf-8"), Actor, problems)
        if read is not None:
            found[file.stem], sources[f"actor/{file.stem}"] = read
    return found


def _read_even(file: Path, problems: list[Problem]) -> EvenWords:
    """The words that make no difference; content may do without."""
    return (read_one(file, EvenWords, problems) if file.exists() else None) or EvenWords()


def _broken_references(catalog: Catalog) -> Iterator[Problem]:
    """Every id that is named must exist."""
    for id, offer in catalog.offers.items():
        refer = _referrer(catalog.sources[f"offer/{id}"])
        yield from refer("content/actors", catalog.actors, offer.providers, "providers")
        yield from refer("content/actors", catalog.actors, [c.actor for c in offer.contacts], "contacts")
        yield from refer("content/offers", catalog.offers, offer.related, "related")
        yield from refer("content/topics.yaml", catalog.topics, [offer.topic], "topic")
        yield from refer("content/places.yaml", catalog.places, offer.audience.place, "audience", "place")
        if isinstance(offer.area, tuple):
            yield from refer("content/places.yaml", catalog.places, offer.area, "area")
    for id, page in catalog.pages.items():
        refer = _referrer(catalog.sources[f"page/{id}"])
        yield from refer("content/actors", catalog.actors, page.actors, "actors")
        yield from refer("content/offers", catalog.offers, page.offers, "offers")
        yield from refer("content/topics.yaml", catalog.topics, [page.topic], "topic")
    for id, actor in catalog.actors.items():
        refer = _referrer(catalog.sources[f"actor/{id}"])
        yield from refer("content/topics.yaml", catalog.topics, [actor.topic], "topic")
        yield from refer(
            "content/actors", catalog.actors, [actor.service_line] if actor.service_line else [], "service_line"
        )
        for at, site in enumerate(actor.sites):
            yield from refer("content/places.yaml", catalog.places, site.serves, "sites", at, "serves")
        if isinstance(actor.area, tuple):
            yield from refer("content/places.yaml", catalog.places, actor.area, "area")


def _referrer(source: Source) -> Callable[..., Iterator[Problem]]:
    def refer(where: str, known: Mapping[str, object], named: Sequence[Id], *path: str | int) -> Iterator[Problem]:
        for at, id in enumerate(named):
            if id not in known:
                close = get_close_matches(id, list(known), 1)
                advice = f" Did you mean '{close[0]}'?" if close else " Add it there, or take it out here."
                yield source.problem("error", f"'{id}' is not in {where}.{advice}", *path, at)

    return refer


def _kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance (haversine)."""
    (north_a, east_a), (north_b, east_b) = (tuple(map(radians, point)) for point in (a, b))
    half = sin((north_b - north_a) / 2) ** 2 + cos(north_a) * cos(north_b) * sin((east_b - east_a) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
