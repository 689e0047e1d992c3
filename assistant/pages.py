"""Renders the pages from `web/templates`: the only place where an answer becomes HTML."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup, escape

from assistant.answers import LAST_RESORT, TOPIC_CHIPS
from assistant.card_words import CardWords
from assistant.cards import ActorCard, Answer
from assistant.composer import Asked, Sources
from assistant.conversation import Conversation, Turn
from assistant.dialogue import Assistant
from assistant.directory import FILTERS, PARAMETERS, Directory, Filters
from assistant.feedback import Taken
from assistant.frame import CHOICES, Frame, frame
from assistant.hosts import is_ours
from assistant.languages import GERMAN, Voice
from assistant.markup import environment
from assistant.merkzettel import qr_code, shared_address
from assistant.repeated import Repeated
from assistant.situation import Situation
from assistant.structured_data import actor_data, offer_data
from assistant.translation import Translation, in_german
from index.steps import step

HELPLINES = 3  # on the page for busy times: those that most of the emergencies name
PROBLEMS = {
    404: "missing",
    429: "limited",
    500: "failed",
    503: "busy",
}  # pages of their own; what else cannot be read has one


@dataclass(frozen=True, slots=True)
class Shown:
    """What a chat page shows: the turns before, the new answer, what is wrong with the input."""

    before: Conversation = field(default_factory=Conversation)
    answer: Answer | None = None
    turn: Turn | None = None
    conversation: str = ""
    error: str | None = None
    draft: str = ""
    notice: str | None = None
    token: str = ""  # with it the answer can be voted on, once


class Pages:
    """The pages, each a method."""

    def __init__(
        self,
        assistant: Assistant,
        voices: Mapping[str, Voice],
        web: Path,
        longest: int,
        public_url: str = "",
        hosts: tuple[str, ...] = (),
    ) -> None:
        """Take the assistant whose content is shown, the languages of the frame, and the folder of the templates."""
        self.assistant = assistant
        self.voices = voices
        self._longest = longest
        self._public_url = public_url.rstrip("/")
        self._hosts = hosts
        self._environment = environment(web)
        self._problems: dict[tuple[str, str], str] = {}
        self.repeated = Repeated()  # gone with the assistant whose answers they are
        self.directory = Directory(assistant.catalog, assistant.catalog.offers)

    def frame(self, chosen: str = "", address: str = "", base: str = "/") -> Frame:
        """The frame for a chosen language or a form of address."""
        return frame(self.voices, chosen, address, base)

    # --- the chat --------------------------------------------------------------------------------------------------

    def chat(self, shown: Shown, frame: Frame | None = None, first: str = "") -> str:
        """The chat: all turns, the new answer, the form; `first` is the topic whose chip comes first."""
        frame = frame or self.frame("", shown.before.address)
        return self._render("chat.html", frame, **self._turn(shown, frame), chips=_first(first))

    def fragment(self, shown: Shown, frame: Frame) -> str:
        """Only the new turn and the form after it, for a page that already shows the rest."""
        return self._render("_fragment.html", frame, **self._turn(shown, frame))

    def _turn(self, shown: Shown, frame: Frame) -> dict[str, Any]:
        return {
            "shown": shown,
            "topics": [self.voices[GERMAN].say(chip) for chip in TOPIC_CHIPS],
            "turns": shown.before.turns,
            "answer": shown.answer,
            "heading": self.heading(shown.answer, frame) if shown.answer else "",
            # Several answers stand on one page; ids must differ from turn to turn.
            "key": f"{zlib.crc32(shown.conversation.encode()):08x}",
        }

    def heading(self, answer: Answer, frame: Frame) -> str:
        """What an answer brings, in the frame's language."""
        if frame.is_german:
            return answer.heading
        if translated := self._translation(frame.tag).sentence(answer.heading):
            return translated
        say = frame.voice.say
        if answer.outcome in ("answered", "asking") and (answer.offers or answer.actors):
            return say("heading_found", offers=len(answer.offers), actors=len(answer.actors))
        return say(f"heading_{answer.outcome}")

    def recalled(self, turn: Turn, conversation: Conversation) -> Answer:
        """The cards of an earlier turn, where its question can no longer be asked again."""
        asked = Asked("", GERMAN, conversation.situation, self.assistant.voice(""), self.assistant.now())
        sources, composer, catalog = Sources(self.assistant.catalog), self.assistant.composer, self.assistant.catalog
        emergency = turn.outcome == "emergency"
        say = self.voices[GERMAN].say
        heading = "heading_emergency" if emergency else "heading_again"
        return Answer(
            outcome="emergency" if emergency else "answered",
            language=GERMAN,
            heading=say(heading),
            offers=tuple(composer.offer_card(id, asked, sources) for id in turn.offers if id in catalog.offers),
            actors=tuple(composer.actor_card(id, asked, sources) for id in turn.actors if id in catalog.actors),
            citations=tuple(sources.found.values()),
            situation=() if emergency else composer.chips(conversation.situation),
        )

    def feedback(self, frame: Frame, conversation: str, token: str, taken: Taken, whole: bool) -> str:
        """What became of a vote; with a token the question why it did not help."""
        template = "feedback.html" if whole else "_feedback.html"
        return self._render(template, frame, conversation=conversation, token=token, taken=taken)

    # --- the content -----------------------------------------------------------------------------------------------

    def offers(self, filters: Filters | None = None, frame: Frame | None = None, site: str = "") -> str:
        """The directory of all offers, filtered."""
        filters = filters or Filters()
        found = self.directory.found(filters)
        chosen = {PARAMETERS[name]: value for name in PARAMETERS if (value := getattr(filters, name))}
        return self._render(
            "offers.html",
            frame or self.frame(),
            filters=filters,
            found=found,
            by_topic=self.directory.by_topic(found) if not filters.only else [("", found)],
            options={name: self.directory.options(name, filters) for name in FILTERS},
            canonical=f"{self.site(site)}/angebote" + (f"?{urlencode(chosen)}" if chosen else ""),
        )

    def offer(self, id: str, frame: Frame | None = None, site: str = "") -> str:
        """One offer with its contacts."""
        catalog = self.assistant.catalog
        offer = catalog.offers[id]
        providers = {key: catalog.actors[key] for key in offer.providers if key in catalog.actors}
        return self._render(
            "offer.html",
            frame or self.frame(),
            id=id,
            offer=offer,
            text=catalog.texts[f"offer/{id}"],
            actors=self._contacts(id),
            related=[(other, catalog.offers[other].title) for other in offer.related],
            data=offer_data(id, offer, providers, self.site(site)),
            canonical=f"{self.site(site)}/angebote/{id}",
        )

    def actor(self, id: str, frame: Frame | None = None, site: str = "") -> str:
        """One actor with its ways in and its offers."""
        catalog = self.assistant.catalog
        actor, card = catalog.actors[id], self.card(id)
        offers = [
            (other, offer.title) for other, offer in catalog.offers.items() if id in [c.actor for c in offer.contacts]
        ]
        return self._render(
            "actor.html",
            frame or self.frame(),
            actor=actor,
            card=card,
            offers=sorted(offers, key=lambda offer: offer[1].lower()),
            data=actor_data(id, actor, card, self.site(site)),
            canonical=f"{self.site(site)}/stellen/{id}",
        )

    def card(self, id: str) -> ActorCard:
        """The card of an actor as anybody may see it."""
        return self.assistant.composer.actor_card(id, self._nobody(), Sources(self.assistant.catalog))

    def _contacts(self, id: str, situation: Situation | None = None) -> list[ActorCard]:
        situation = situation or Situation()
        return [self.card(a) for a in self.assistant.composer.contacts(self.assistant.catalog.offers[id], situation)]

    def merkzettel(
        self, ids: Sequence[str], all_ids: Sequence[str], frame: Frame, site: str, conversation: str, question: str
    ) -> str:
        """Offers to take along: `ids` stand on the sheet, `all_ids` can be put on it."""
        address = shared_address(self.site(site), ids)
        return self._render(
            "merkzettel.html",
            frame,
            ids=ids,
            all_ids=all_ids,
            contacts={id: self._contacts(id)[:1] for id in ids},
            address=address,
            code=qr_code(address, frame.voice.say("qr_title")) if ids and self.site(site) else "",
            today=self.assistant.now().date().isoformat(),
            conversation=conversation,
            question=question,
        )

    def page(self, template: str, frame: Frame | None = None, **values: object) -> str:
        """A page whose facts are given: the legal ones, the demonstration."""
        return self._render(template, frame or self.frame(), **values)

    def problem(self, status: int, language: str = "") -> str:
        """The page for a request that goes no further; made once a language, since in a rush there is no time to."""
        kind = PROBLEMS.get(status, "unread")
        key = kind, self.frame(language).tag
        if key not in self._problems:
            self._problems[key] = self._busy(language) if kind == "busy" else self._problem(kind, language)
        return self._problems[key]

    def _problem(self, kind: str, language: str) -> str:
        return self._render("problem.html", self.frame(language), kind=kind)

    def _busy(self, language: str) -> str:
        named = Counter(id for rule in self.assistant.catalog.rules.emergencies.values() for id in rule.actors)
        lines = [self.card(id) for id, _ in named.most_common() if id in self.assistant.catalog.actors]
        return self._render(
            "busy.html", self.frame(language), helplines=[card for card in lines if card.lines][:HELPLINES]
        )

    # --- what templates use ----------------------------------------------------------------------------------------

    def site(self, base_url: str) -> str:
        """The address of the whole site, without a slash at its end; empty where only the visitor vouches for it."""
        as_they_came = base_url.rstrip("/") if is_ours(urlsplit(base_url).netloc, self._hosts) else ""
        return self._public_url or as_they_came

    @step("render")
    def _render(self, template: str, frame: Frame, **values: object) -> str:
        voice = frame.voice
        shown: dict[str, object] = {
            "frame": frame,
            "say": voice.say,
            "german": self.voices[GERMAN].say,
            "de": Markup("") if frame.lang == GERMAN else Markup(' lang="de" dir="ltr"'),
            "away": Markup(' target="_blank" rel="noopener noreferrer"') if frame.embedded else "",
            "outside": Markup(' rel="noreferrer"'),  # what a link to somebody else carries
            "languages": [(tag, self.voices[tag]) for tag in CHOICES if tag in self.voices],
            "told": None if frame.is_german else self._translation(frame.tag),
            "said": self._translation(frame.tag).said,
            "german_only": in_german if not frame.is_german else escape,
            **self._card_words(frame).for_templates(),
            "catalog": self.assistant.catalog,
            "helpers": self._helpers(),
            "longest": self._longest,
            "off": self.assistant.switch().everything,
            "canonical": "",
            "conversation": "",
        }
        return self._environment.get_template(template).render(**{**shown, **values})

    def _card_words(self, frame: Frame) -> CardWords:
        assistant, told = self.assistant, self._translation(frame.tag)
        return CardWords(assistant.catalog, self.voices[GERMAN], frame, told, assistant.now)

    def _helpers(self) -> list[ActorCard]:
        """Whom to ring, the same people in the same place on every page (WCAG 3.2.6)."""
        cards = [self.card(id) for id in LAST_RESORT if id in self.assistant.catalog.actors]
        return [card for card in cards if card.lines]

    @lru_cache(maxsize=32)  # noqa: B019 — one Pages lives as long as its application
    def _translation(self, tag: str) -> Translation:
        """What the answers' German sentences are in a frame; in a German one they are what they are."""
        german = [self.voices[voice] for voice in (GERMAN, "de-du") if voice in self.voices]
        return Translation(self.voices[tag], german, self.assistant.catalog)

    def _nobody(self) -> Asked:
        """A question of nobody in particular, for pages that show content as it is."""
        return Asked("", GERMAN, Situation(), self.assistant.voice(""), self.assistant.now())


def _first(topic: str) -> list[str]:
    """The topic chips, one of them moved to the front."""
    return sorted(TOPIC_CHIPS, key=lambda chip: chip != f"topic_{topic}")
