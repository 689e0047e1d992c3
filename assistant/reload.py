"""Takes up changed content, a new index, a mended model or a turned switch while serving.

A new assistant is made beside the old one, must answer one question, and is then exchanged in one step; requests under
way finish with the old one. What stands in for a broken part is `reserve`'s.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from assistant import metrics, reserve
from assistant.content import ContentError
from assistant.conversation import Conversation
from assistant.dialogue import Assistant
from assistant.house import learned
from assistant.reserve import Content
from assistant.settings import Settings
from assistant.switch import ON, Switch, read_switch
from index.build import WORDS_ONLY
from index.encoder import Encoder
from index.home import OpenIndex
from index.retriever import Retriever

PARTS = ("model", "content", "index")
AHEAD = timedelta(hours=1)  # an index made later than this from now: the clock is wrong, not only a little off

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, and since when."""

    assistant: Assistant
    content: Content
    index: OpenIndex
    encoder: Encoder | None
    since: datetime

    @property
    def is_whole(self) -> bool:
        """Whether questions are searched by meaning and by words."""
        return self.encoder is not None and self.index.version != WORDS_ONLY


class Keeper:
    """Keeps an assistant as good as what lies on disk allows."""

    def __init__(self, settings: Settings, exchange: Callable[[Serving], None]) -> None:
        """Open the assistant, or the best still possible; `exchange` is told of it and of every later one.

        Raises ContentError where neither the content nor a copy of it can be read.
        """
        self._settings = settings
        self._exchange = exchange
        self._stop = threading.Event()
        self.switch: Switch = ON
        self.problems: Mapping[str, str] = {}  # a sentence for the operator by what it is about
        self.attempted: datetime | None = None
        self._seen = self._noticed = reserve.stamp(settings)
        self._serving: Serving | None = None
        self._turn()
        self._refresh()

    @property
    def serving(self) -> Serving:
        """What is served now."""
        assert self._serving is not None  # noqa: S101 — the constructor has opened it
        return self._serving

    def watch(self) -> None:
        """Look every few seconds, in a thread of its own, until `stop`; workers look at different moments."""
        if self._settings.reload_seconds:
            threading.Thread(target=self._watch, name="reload", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def look(self) -> None:
        """Take up what has changed, once a second look finds it unchanged: a file may still be being written."""
        self._turn()
        now = reserve.stamp(self._settings)
        settled, self._noticed = now == self._noticed, now
        changed = [part for part in PARTS if now[part] != self._seen[part]]
        if settled and changed:
            self._seen = now
            self._refresh(changed)

    def said(self) -> dict[str, str]:
        """Every problem there is now, the clock's too."""
        made = datetime.fromisoformat(self.serving.index.made_at)
        if made <= datetime.now(UTC) + AHEAD:
            return dict(self.problems)
        clock = (
            f"It is {datetime.now(UTC):%Y-%m-%d %H:%M} by the clock, but the index was made on {made:%Y-%m-%d %H:%M}. "
        )
        return {**self.problems, "clock": f"{clock}Set the clock: opening hours and deadlines depend on it."}

    def try_look(self) -> None:
        """Look, and survive whatever happens: the old goes on, and the next change is tried again."""
        try:
            self.look()
        except Exception as error:  # nothing that a file can hold may end the thread that would take up its mending
            self._note("reload", f"{type(error).__name__} while taking up a change. The old goes on being served.")

    def _watch(self) -> None:
        while not self._stop.wait(self._settings.reload_seconds * random.uniform(0.8, 1.2)):
            self.try_look()

    def _refresh(self, changed: Collection[str] = PARTS) -> None:
        """Read the changed parts anew, each with its fallback, and exchange the assistant if anything is different."""
        self.attempted = datetime.now(UTC)
        old, settings = self._serving, self._settings
        encoder, content, index = (old.encoder, old.content, old.index) if old else (None, None, None)
        if "model" in changed or encoder is None:
            encoder, said = reserve.encoder(settings, encoder)
            self._note("model", said)
        if "content" in changed or content is None:
            content, said = reserve.content(settings, content)
            self._note("content", said)
        if changed != ["content"] or index is None or index.version == WORDS_ONLY:
            index, said = reserve.index(settings, encoder, content, index)
            self._note("index", said)
        self._note("stale", _stale(content, index))
        if old is None or _differs(old, content, index, encoder):
            self._swap(content, index, encoder)
        self._note("reload", None)

    def _swap(self, content: Content, index: OpenIndex, encoder: Encoder | None) -> None:
        serving = Serving(self._assistant(content, index, encoder), content, index, encoder, datetime.now(UTC))
        self._serving = serving
        self._exchange(serving)
        metrics.reloaded(index.made_at, serving.is_whole)
        log.info("serving", content=content.version, index=index.version, made_at=index.made_at)

    def _assistant(self, content: Content, index: OpenIndex, encoder: Encoder | None) -> Assistant:
        """An assistant that has shown that it answers; what is loaded late is loaded thereby."""
        by_words = encoder is None or index.version == WORDS_ONLY
        taught = learned(by_words)
        retriever = Retriever(index, None if by_words else encoder, *taught)
        assistant = Assistant(
            content.catalog, retriever, content.voices, taught[0].threshold, switch=lambda: self.switch
        )
        assistant.respond(Conversation(), next(iter(content.catalog.offers.values())).title)
        return assistant

    def _turn(self) -> None:
        """Read the switch; one that cannot be read changes nothing."""
        try:
            switch = read_switch(self._settings.var)
        except ContentError as error:
            if self.problems.get("switch") != str(error):
                self._note("switch", str(error))
            return
        self._note("switch", None)
        if switch != self.switch:
            self.switch = switch
            metrics.turned(switch)
            log.warning("switch", everything=bool(switch.everything), topics=sorted(switch.topics))

    def _note(self, part: str, said: str | None) -> None:
        """Remember what is wrong with a part, or that nothing is any more, and tell the log and the figures."""
        self.problems = {key: known for key, known in self.problems.items() if key != part}
        if said:
            self.problems = {**self.problems, part: said}
            metrics.reload_failed(part)
            log.warning("not_as_wanted", part=part, problem=said)


def _differs(old: Serving, content: Content, index: OpenIndex, encoder: Encoder | None) -> bool:
    before = (old.content.version, old.index.version, old.index.made_at, old.encoder)
    return before != (content.version, index.version, index.made_at, encoder)


def _stale(content: Content, index: OpenIndex) -> str | None:
    """What of the content is not in the index, by comparing both: times of files prove nothing."""
    wanted = {(p.source, p.kind, p.searched) for p in content.catalog.passages()}
    indexed = {(p.source, p.kind, p.searched) for p in index.passages}
    new, gone = len(wanted - indexed), len(indexed - wanted)
    if not new and not gone:
        return None
    newer = f"The content is newer than the index: {new} passages are not indexed yet, {gone} are gone."
    return f"{newer} Run: assistant index"
