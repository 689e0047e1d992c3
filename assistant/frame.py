"""The frame around an answer: in which language the page's own sentences are, which way it runs, where it stands.

The content inside stays German; a fragment of it carries `lang` and `dir` wherever the frame is in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.languages import GERMAN, Voice

# In the order in which people choose: German first, then what most newcomers in the Wetterau speak.
CHOICES = ("de", "de-du", "de-simple", "en", "uk", "tr", "ar", "ru")
_ADDRESS = {"de": "Sie", "de-simple": "Sie", "de-du": "du"}


@dataclass(frozen=True, slots=True)
class Frame:
    """The voice of a page, whether the visitor chose it, and whether the page stands in another site's iframe."""

    voice: Voice
    chosen: str = ""
    base: str = "/"

    @property
    def tag(self) -> str:
        """The tag of the voice: `de`, `de-du`, `uk` and so on."""
        return self.voice.language

    @property
    def lang(self) -> str:
        """The tag as BCP 47 knows it: du or Sie is no language of its own."""
        return GERMAN if self.tag == "de-du" else self.tag

    @property
    def is_german(self) -> bool:
        """Whether answers need no translation of their heading here."""
        return self.lang == GERMAN

    @property
    def embedded(self) -> bool:
        """Whether the page is made for an iframe."""
        return self.base == "/embed"


def frame(voices: Mapping[str, Voice], chosen: str = "", address: str = "", base: str = "/") -> Frame:
    """The frame for a language that was chosen, else German in the form of address of the conversation."""
    if chosen in voices:
        return Frame(voices[chosen], chosen, base)
    return Frame(voices["de-du" if address == "du" else GERMAN], "", base)


def spoken(voices: Mapping[str, Voice], chosen: str, asked_in: str) -> str:
    """The language to go on in: the chosen one, else that of the question where we have it."""
    if chosen in voices:
        return chosen
    return asked_in if asked_in != GERMAN and asked_in in voices else ""


def address_of(chosen: str) -> str:
    """Du or Sie as far as the choice of a language settles it."""
    return _ADDRESS.get(chosen, "")
