"""A small house to test in: builders that need only what a test is about, and an assistant over hand-made content.

Every builder gives something that is in order; what a test names is the only thing that differs.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from assistant.cards import Answer
from assistant.catalog import CONTENT, Catalog
from assistant.composer import Asked, Composer
from assistant.content import Actor, FollowUpWords, GuardrailRules, Offer, Page, Place, Shape, Slot, Topic
from assistant.conversation import Conversation
from assistant.dialogue import Assistant, Response
from assistant.hours import BERLIN
from assistant.languages import Voice, read_voices
from assistant.reading import Source
from assistant.situation import Situation, Slots, Value
from index.build import build_index, open_index
from index.calibration import Calibration
from index.retriever import Retriever
from tests.conftest import WordEncoder
from tests.real_words import real_followups

NOW = datetime(2026, 6, 10, 10, 0, tzinfo=BERLIN)  # a Wednesday morning, no holiday
TODAY = NOW.date()
YESTERDAY = date(2026, 6, 9)

# Ninety short, plain words that no test asks for: long enough for the checker, and nothing to find by accident.
TEXT = """
Am Anfang steht ein Gespräch. Es dauert nicht lang und ist frei. Wer mag, bringt einen Gast mit.
Dann folgt ein Brief mit allen Daten. Darin steht auch der Tag. Vor Ort gibt es Tee und Brot.

## Ablauf

Der Weg ist gut zu Fuß zu gehen. Das Haus hat eine Rampe. Im Saal sitzen zehn oder zwölf Gäste.
Alle lernen sich dort kennen. Am Ende gibt es ein Blatt mit den Namen. Das Blatt bleibt im Ordner.
Nach zwei Wochen ruft jemand an. Dann ist klar, was als Letztes kommt.
""".strip()


def offer(title: str = "Umschulung", **facts: Any) -> Offer:
    """An offer in order."""
    usual = {
        "title": title,
        "focus": ["work"],
        "topic": "work",
        "summary": f"{title} mit einem Gespräch am Anfang.",
        "you_get": "einen Platz mit Zeugnis",
        "first_step": "Einen Termin ausmachen.",
        "providers": ["agentur"],
        "contacts": ["agentur"],
        "area": "kreisweit",
        "questions": eight_questions(title),
        "source_url": "https://example.org/angebot",
        "checked_on": "2026-06-01",
        "checked_by": "Wetteraukreis",
    }
    return Offer.model_validate(usual | facts)


def eight_questions(title: str) -> list[str]:
    """Eight ways to ask for a thing by its name, in words that count for nothing."""
    asked = (
        "wo gibt es {}",
        "was ist {}",
        "wer macht {}",
        "wann ist {}",
        "wie geht {}",
        "ich will {}",
        "{} bitte",
        "{}?",
    )
    return [question.format(title) for question in asked]


def page(title: str = "Zuständigkeit", **facts: Any) -> Page:
    """A page in order."""
    usual = {
        "title": title,
        "kind": "guide",
        "topic": "guidance",
        "summary": f"{title} auf einen Blick erklärt.",
        "actors": ["agentur"],
        "questions": eight_questions(title),
        "source_url": "https://example.org/seite",
        "checked_on": "2026-06-01",
        "checked_by": "Wetteraukreis",
    }
    return Page.model_validate(usual | facts)


def actor(name: str = "Agentur für Arbeit", **facts: Any) -> Actor:
    """An actor in order; the facts of its sites are proven by its source."""
    usual = {
        "name": name,
        "role": f"{name}: berät und vermittelt.",
        "responsible_for": ["Beratung vor Ort"],
        "topic": "work",
        "web": "https://example.org/",
        "questions": eight_questions(name)[:4],
        "sources": [{"facts": ["name", "sites.0", "sites.1"], "url": "https://example.org/beleg"}],
        "checked_on": "2026-06-01",
        "checked_by": "Wetteraukreis",
    }
    return Actor.model_validate(usual | facts)


def site(**facts: Any) -> dict[str, Any]:
    """A door of an actor, for `actor(sites=[site(...)])`."""
    return {"name": "Haupthaus"} | facts


def place(name: str, **facts: Any) -> Place:
    """A town of the Kreis."""
    usual = {"name": name, "ags": "06440008", "postcodes": ["61169"], "latitude": 50.33, "longitude": 8.75}
    return Place.model_validate(usual | facts)


def slot(label: str = "Alter", **facts: Any) -> Slot:
    """One thing worth knowing about a person."""
    usual = {"label": label, "question": f"{label}?", "chip": f"{label}: {{label}}"}
    return Slot.model_validate(usual | facts)


PLACES = {
    "friedberg": place("Friedberg", districts=["Ockstadt", "Dorheim"]),
    "nidda": place(
        "Nidda", ags="06440016", postcodes=["63667"], latitude=50.41, longitude=9.01, districts=["Eichelsdorf"]
    ),
    "buedingen": place(
        "Büdingen", ags="06440004", postcodes=["63654"], latitude=50.29, longitude=9.11, aliases=["BÜD"]
    ),
}

SLOTS = {
    "age": slot(
        "Alter",
        question="Wie alt sind Sie?",
        question_du="Wie alt bist du?",
        patterns=[r"\b(?:bin|mit|ist) {age}\b"],
        choices=[{"value": 17, "label": "unter 18"}, {"value": 40, "label": "18 oder älter"}],
    ),
    "status": slot(
        "Lebenslage",
        question="Haben Sie Arbeit?",
        many=True,
        patterns={
            "unemployed": [r"\barbeitslos\b", r"\bohne arbeit\b"],
            "apprentice": [r"\bazubi\b"],
            "pupil": [r"\bschüler"],
        },
        unless={"unemployed": [r"\bnicht (?:mehr )?arbeitslos\b"]},
        choices=[
            {"value": "unemployed", "label": "ohne Arbeit"},
            {"value": "apprentice", "label": "in Ausbildung"},
            {"value": "pupil", "label": "in der Schule", "ask": False},
        ],
    ),
    "benefit": slot(
        "Geld",
        patterns={"grundsicherung": [r"\bbürgergeld\b", r"\bgrundsicherung\w*"], "alg1": [r"\barbeitslosengeld\b"]},
        choices=[
            {"value": "grundsicherung", "label": "Grundsicherung"},
            {"value": "alg1", "label": "Arbeitslosengeld"},
        ],
    ),
    "place": slot("Ort"),
}

RULES: dict[str, Any] = {
    "emergencies": {
        "despair": {
            "say": "Sie sind nicht allein.",
            "say_du": "Du bist nicht allein.",
            "actors": ["seelsorge"],
            "patterns": [r"\bnicht mehr leben\b"],
            "unless": [r"\bohne musik nicht mehr leben\b"],
        }
    },
    "declined": {"weather": {"label": "Wetter", "say": "Wetter gibt es hier nicht.", "patterns": [r"\bwetter\b"]}},
    "referred": {
        "sanction": {
            "label": "Kürzung",
            "say": "Das prüft eine Beratung.",
            "actors": ["kreisverwaltung-wetterau"],
            "patterns": [r"\bsanktion\w*"],
        }
    },
    "smalltalk": {"hello": {"say": "Guten Tag.", "say_du": "Hallo.", "patterns": ["^hallo!?$"]}},
    "personal_data": {
        "say": "Nummern braucht es nicht.",
        "kinds": {"iban": {"pattern": r"\bDE\d{2}(?: ?\d){18}\b", "label": "Kontonummer"}},
    },
}

ACTORS = {
    "agentur": actor(sites=[site(phones=[{"number": "+49 800 4 555500", "hours": "Mo-Fr 08:00-18:00"}])]),
    "jobcenter": actor("Jobcenter", service_line="agentur"),
    "kreisverwaltung-wetterau": actor(
        "Kreisverwaltung",
        sites=[
            site(
                address={"street": "Europaplatz 1", "postcode": "61169", "town": "Friedberg"},
                phones=[{"number": "+49 6031 83-0"}],
                email="info@example.org",
                opening_hours="Mo-Fr 08:00-12:00",
            )
        ],
    ),
    "behoerdennummer-115": actor("Behördennummer", sites=[site(phones=[{"number": "115"}])]),
    "seelsorge": actor("Telefonseelsorge", sites=[site(phones=[{"number": "+49 800 1110111", "hours": "24/7"}])]),
}

OFFERS = {
    "umschulung": offer(
        "Umschulung",
        cost="kostenlos",
        duration="zwei Jahre",
        papers=["Lebenslauf", "Zeugnisse"],
        contacts=["agentur", {"actor": "jobcenter", "when": {"benefit": ["grundsicherung"]}}],
    ),
    "einstiegsqualifizierung": offer(
        "Einstiegsqualifizierung",
        aliases=["EQ"],
        topic="school",
        audience={"max_age": 24, "note": "Voraussetzung: unter 25."},
    ),
    "deutschkurs": offer("Deutschkurs", topic="school"),
    "sommerlager": offer("Sommerlager", valid_until=YESTERDAY),
}

PAGES = {"zustaendigkeit": page(offers=["umschulung"])}
TOPICS = {
    id: Topic(label=label) for id, label in {"work": "Arbeit", "school": "Schule", "guidance": "Überblick"}.items()
}


def catalog(
    offers: Mapping[str, Offer] = OFFERS,
    actors: Mapping[str, Actor] = ACTORS,
    pages: Mapping[str, Page] = PAGES,
    texts: Mapping[str, str] | None = None,
    slots: Mapping[str, Slot] = SLOTS,
    rules: Mapping[str, Any] | None = None,
    followups: FollowUpWords | None = None,
) -> Catalog:
    """The small house's content in memory, with the parts a test is about exchanged."""
    keys = [
        *(("offer", id, "offers/{}.md") for id in offers),
        *(("page", id, "pages/{}.md") for id in pages),
        *(("actor", id, "actors/{}.yaml") for id in actors),
    ]
    below = {f"{kind}/{id}": TEXT for kind, id, _ in keys if kind != "actor"}
    return Catalog(
        offers=offers,
        pages=pages,
        actors=actors,
        places=PLACES,
        topics=TOPICS,
        slots=slots,
        rules=GuardrailRules.model_validate({**RULES, **(rules or {})}),
        followups=followups or real_followups(),
        texts={**below, **(texts or {})},
        sources={f"{kind}/{id}": Source(Path(file.format(id))) for kind, id, file in keys},
    )


def content_folder(folder: Path, content: Catalog | None = None) -> Path:
    """Write content as an editor would, one file a thing; the assistant's own sentences are the real ones."""
    content = content or catalog()
    for kind, things in (("offer", content.offers), ("page", content.pages)):
        for id, thing in things.items():
            write(folder / f"{kind}s" / f"{id}.md", as_file(thing, content.texts[f"{kind}/{id}"]))
    for id, someone in content.actors.items():
        write(folder / "actors" / f"{id}.yaml", _yaml(someone))
    for name, mapping in (("places", content.places), ("topics", content.topics), ("situation", content.slots)):
        write(folder / f"{name}.yaml", _yaml_of({id: _plain(value) for id, value in mapping.items()}))
    write(folder / "guardrails.yaml", _yaml(content.rules))
    write(folder / "followups.yaml", _yaml(content.followups))
    shutil.copytree(CONTENT / "languages", folder / "languages", dirs_exist_ok=True)
    return folder


def as_file(thing: Offer | Page, text: str = TEXT) -> str:
    """An offer or a page as its file: the head between two lines, the text below."""
    return f"---\n{_yaml(thing)}---\n{text}\n"


def write(path: Path, text: str) -> Path:
    """Write a file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _yaml(thing: Shape) -> str:
    return _yaml_of(_plain(thing))


def _plain(thing: Shape) -> dict[str, Any]:
    return thing.model_dump(mode="json", exclude_unset=True)


def _yaml_of(value: object) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=120)


# Confident as soon as one passage holds a tenth of what the question's words tell, and the best is no rule's.
BY_WORDS = Calibration(weights={"coverage": 10.0, "first is told": 20.0}, intercept=-21.0, threshold=0.5)


def open_retriever(folder: Path, content: Catalog) -> Retriever:
    """An index over the content, built in a folder."""
    import torch

    torch.set_num_threads(1)  # a matrix this small is learned in a tenth of a second alone, in three with threads
    build_index(folder, list(content.passages()), WordEncoder(), samples={})
    return Retriever(open_index(folder), WordEncoder(), BY_WORDS)


def open_assistant(
    folder: Path, content: Catalog | None = None, clock: Callable[[], datetime] = lambda: NOW
) -> Assistant:
    """The assistant over content that was written to files and read again."""
    read = Catalog.read(content_folder(folder / "content", content))
    return Assistant(read, open_retriever(folder / "index", read), real_voices(), BY_WORDS.threshold, clock)


def talk(assistant: Assistant, *messages: str) -> list[Response]:
    """What is answered to messages that follow one another."""
    responses: list[Response] = []
    conversation = Conversation()
    for message in messages:
        responses.append(assistant.respond(conversation, message))
        conversation = responses[-1].conversation
    return responses


def offers_of(answer: Answer) -> list[str]:
    return [card.id for card in answer.offers]


def actors_of(answer: Answer) -> list[str]:
    return [card.id for card in answer.actors]


def answer_to(assistant: Assistant, *messages: str) -> Answer:
    """The answer to the last of some messages."""
    return talk(assistant, *messages)[-1].answer


def situation(**slots: Value | tuple[Value, ...]) -> Situation:
    """A situation: `situation(age=17, status=("unemployed", "at_home"))`."""
    return Situation({name: value if isinstance(value, tuple) else (value,) for name, value in slots.items()})


def composer(content: Catalog | None = None) -> Composer:
    """What turns the content into cards."""
    content = content or catalog()
    return Composer(content, Slots(content.slots, content.places))


def asked(message: str = "Umschulung", known: Situation | None = None, moment: datetime = NOW) -> Asked:
    """A question ready to be answered, in the voice that says Sie."""
    return Asked(message, "de", known or Situation(), voice(), moment)


def voice(tag: str = "de") -> Voice:
    """One of the assistant's real voices."""
    return real_voices()[tag]


@cache
def real_voices() -> dict[str, Voice]:
    """The voices as they stand in `content/languages/`, read once: there are many sentences in them."""
    return read_voices()
