"""Says what stands on the cards of an answer in the words of a frame: whom to ring, why it fits, who is there now.

What a card holds is `composer`'s; where it stands is the templates'.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote_plus

from markupsafe import Markup, escape

from assistant.cards import ActorCard, Answer, OfferCard, PhoneLine, Statement
from assistant.catalog import Catalog
from assistant.composer import listed, opening_words
from assistant.content import Site
from assistant.frame import Frame
from assistant.hours import opening
from assistant.languages import Voice
from assistant.translation import Translation, in_german


@dataclass(frozen=True)
class CardWords:
    """The words for the cards of one page."""

    catalog: Catalog
    german: Voice
    frame: Frame
    told: Translation
    now: Callable[[], datetime]

    def for_templates(self) -> dict[str, object]:
        """What templates call, by the names they use."""
        return {
            "beside_cards": self.beside_cards,
            "people_first": self.people_first,
            "quoted": self.quoted,
            "reasons_of": self.reasons,
            "opening": self.opening,
            "map_link": self.map_link,
            "step_free": self.step_free,
            "call_for": call_for,
            "own_lines": own_lines,
        }

    def beside_cards(self, answer: Answer) -> list[Statement]:
        """The statements of an answer that its cards do not show anyway; of a comparison they show all."""
        if answer.sort == "comparison":
            return []
        say = self.german.say
        shown = {card.summary for card in answer.offers} | {f"{card.title}: {card.summary}" for card in answer.offers}
        shown |= {say("first_step", step=card.next_step) for card in answer.offers}
        shown |= {f"{card.name}: {card.role}" for card in answer.actors}
        return [statement for statement in answer.statements if statement.text not in shown]

    def people_first(self, answer: Answer) -> bool:
        """Whether whom to ask comes before what there is: it was asked for, or a human is the answer."""
        if answer.outcome in ("referred", "declined", "unanswered"):
            return True
        say = self.german.say
        return any(answer.heading == say("actor_heading", name=card.name) for card in answer.actors[:1])

    def quoted(self, words: Sequence[str]) -> Markup:
        """`„a“, „b“ und „c“`: the visitor's own words, in whatever language."""
        own = [Markup('<bdi lang="">„{}“</bdi>').format(word) for word in words]
        return Markup(listed(own, self.frame.voice.say("and")))

    def reasons(self, offer: OfferCard) -> Markup:
        """What is known of the person that suits, in the frame's words."""
        german = escape if self.frame.is_german else in_german
        told = ((not self.frame.is_german and self.told.chip(c)) or german(c.label) for c in offer.reasons)
        # "weil: Alter 17, Ort Nidda": the colon of a chip would be the second in its sentence
        return Markup(", ").join(chip.replace(": ", " ") for chip in told)

    def opening(self, card: ActorCard) -> str | None:
        """Whether somebody is there now, in the frame's words."""
        if not card.opening_hours:
            return None
        now = self.now()
        return opening_words(opening(card.opening_hours, now), now, self.frame.voice)

    def map_link(self, card: ActorCard) -> str:
        """The way to an actor on a map, by coordinates where they are known."""
        site = self._site(card)
        if site and site.latitude:
            at = f"mlat={site.latitude}&mlon={site.longitude}"
            return f"https://www.openstreetmap.org/?{at}#map=17/{site.latitude}/{site.longitude}"
        return f"https://www.openstreetmap.org/search?query={quote_plus(card.address or card.name)}"

    def step_free(self, card: ActorCard) -> str:
        """Whether a house can be entered without a step, said to be unknown where no source knows it."""
        site, say = self._site(card), self.frame.voice.say
        if site is None or site.step_free is None:
            return say("step_free_unknown")
        return say("step_free_yes" if site.step_free else "step_free_no")

    def _site(self, card: ActorCard) -> Site | None:
        """The door whose address a card shows."""
        sites = self.catalog.actors[card.id].sites
        street = card.address or ""
        return next((site for site in sites if site.address and street.startswith(site.address.street)), None)


def call_for(next_step: str, actors: Sequence[str], shown: Sequence[ActorCard]) -> ActorCard | None:
    """Whom of those shown to ring for the next step; nobody where the step itself names the number."""
    step = re.sub(r"\D", "", next_step)
    ringing = {card.id: card for card in shown if card.lines}
    card = next((ringing[id] for id in actors if id in ringing), None)
    return card if card and card.lines[0].dialled.removeprefix("+49") not in step else None


def own_lines(card: ActorCard, all_shown: Sequence[ActorCard]) -> list[PhoneLine]:
    """The numbers of a helpline without those that stand on another card beside it."""
    names = {other.name for other in all_shown}
    return [line for line in card.lines if line.of not in names]
