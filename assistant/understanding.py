"""Understands what a message tells of the person: by its words, and by what it means as a whole.

Words are found by the patterns of `content/situation.yaml` (`situation`), the meaning by what labelled messages taught
(`index.tagger`). Words that mean nothing of the kind in a long message are passed over, what is surely meant is learned
without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assistant.finder import Finder
from assistant.situation import AGE, FIRM, FOR_WHOM, PERSONAL, PLACE, Slots, Value

# Chosen on the tuning half's single questions, which teach nothing, and by the figures of the half "unseen" (2026-12).
SURE = 0.85  # chance from which a value is learned without a word for it
AIMED_AT = {"certificate": 0.95}  # … where it is asked for in the same words: "mittlere Reife machen, wo?"
HARDLY = 0.005  # … and below which words for it are misunderstood
LONG = 10  # words of a message from which they can be: in a short one they are all there is
BY_WORDS_ALONE = (AGE, PLACE)

Found = dict[str, tuple[Value, ...]]


class Understanding:
    """Learns the slots that messages reveal."""

    def __init__(self, slots: Slots, finder: Finder) -> None:
        """Take what is learned by words, and what tells chances by meaning."""
        self._slots = slots
        self._finder = finder

    def by_words(self, message: str) -> Found:
        """What the words of a message reveal, the same for countries of the same rights."""
        return self._slots.learn(self._finder.even.same_origins(message))

    def learn(self, message: str) -> Found:
        """What a message reveals, by words and meaning."""
        found = self.by_words(message)
        chances = self._finder.chances_of_tags(message)
        return self._weighed(found, chances, len(message.split()) >= LONG) if chances else found

    def _weighed(self, found: Found, chances: Mapping[str, float], is_long: bool) -> Found:
        weighed = dict(found)
        for name, slot in self._slots.slots.items():
            if name in BY_WORDS_ALONE:
                continue
            told = found.get(name, ())
            kept = tuple(v for v in told if not is_long or chances.get(tag(name, v), 1.0) >= HARDLY)
            surely = sorted(self._surely(name, chances), key=lambda value: -chances[tag(name, value)])
            if slot.many:
                kept = (*kept, *(value for value in surely if value not in kept))
            weighed[name] = kept if slot.many or kept else tuple(surely[:1])
        if FIRM in weighed.get(FOR_WHOM, ()):
            weighed = {name: values for name, values in weighed.items() if name not in PERSONAL}
        return {name: values for name, values in weighed.items() if values}

    def _surely(self, name: str, chances: Mapping[str, float]) -> Iterator[Value]:
        """The values of a slot that are surely meant."""
        sure = AIMED_AT.get(name, SURE)
        yield from (value for value in self._slots.values(name) if chances.get(tag(name, value), 0.0) >= sure)


def tag(slot: str, value: Value) -> str:
    """How a value of a slot is called among the tags: `status=unemployed`, `children=true`."""
    return f"{slot}={str(value).lower()}"
