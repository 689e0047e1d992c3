"""The promises of finding for one person: no emergency from a saying, nothing for firms beside what is for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from assistant.finder import Finder
from assistant.situation import Slots
from index.retriever import Retriever
from index.types import Hit, Passage, Query, Ranking
from tests.house import asked, catalog, offer, situation


@dataclass
class Found:
    """A retriever that always finds the same source, and remembers what it was asked."""

    source: str
    score: float
    tells_chances: bool = True
    last: Query | None = None

    def search(self, query: Query) -> Ranking:
        """What is found, unless the query passes it over."""
        self.last = query
        hits = (Hit(Passage("p", self.source, "question", "Text"), self.score),)
        return Ranking(() if self.source.startswith(query.without) else hits)


def finder(found: Found) -> Finder:
    content = catalog()
    return Finder(content, Slots(content.slots, content.places), cast(Retriever, found))


def test_crises_and_what_only_sounds_like_one_never_stand_among_what_is_found() -> None:
    found = Found("offer/kurs", 0.9)
    finder(found).ranking(asked("das bringt mich um"))
    assert found.last is not None
    assert {"harmless", "emergency"} <= set(found.last.without)


def test_where_no_chance_can_tell_a_crisis_it_may_stand_first() -> None:
    found = Found("emergency/despair", 0.9, tells_chances=False)
    assert finder(found).ranking(asked("Abschied")).hits[0].source == "emergency/despair"


def test_what_only_firms_get_is_shown_to_firms_or_where_it_is_the_best() -> None:
    content = catalog(offers={"kurs": offer("Kurs"), "zuschuss": offer("Zuschuss", audience={"for_whom": ["firm"]})})
    finds = Finder(content, Slots(content.slots, content.places), cast(Retriever, Found("offer/kurs", 0.9)))
    course, subsidy = (Hit(Passage("p", f"offer/{id}", "question", "Text"), 0.9) for id in ("kurs", "zuschuss"))
    assert finds.chosen([course, subsidy], 0.1, asked()) == ["kurs"]
    assert finds.chosen([subsidy, course], 0.1, asked()) == ["zuschuss", "kurs"]
    assert finds.chosen([course, subsidy], 0.1, asked(known=situation(for_whom="firm"))) == ["kurs", "zuschuss"]
