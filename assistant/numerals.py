"""Reads ages that are written out: "siebzehn Jahre", "fünfunddreißig", "thirty-five", "тридцять п'ять", "سی و پنج".

Of each language the numbers from 14 to 19, the tens from 20 to 60, and the ones from 1 to 9.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

from assistant.patterns import alternatives, caseless


class _Language(NamedTuple):
    """Spellings beside each other are parted by a slash; `joins` are the ways in which ten and one become a number."""

    teens: str
    tens: str
    ones: str
    joins: tuple[str, ...]


_LANGUAGES = (
    _Language(
        "vierzehn fünfzehn/fuffzehn/fuchzehn sechzehn siebzehn achtzehn neunzehn",
        "zwanzig dreißig/dreissich vierzig fünfzig/fuffzig/fuchzig sechzig",
        "ein/een/oan zwei/zwo drei vier fünf sechs sieben acht neun",
        ("{one}und{ten}", "{one}un{ten}"),
    ),
    _Language(
        "fourteen fifteen sixteen seventeen eighteen nineteen",
        "twenty thirty forty/fourty fifty sixty",
        "one two three four five six seven eight nine",
        ("{ten}-{one}", "{ten} {one}"),
    ),
    _Language(
        "четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
        "двадцать тридцать сорок пятьдесят шестьдесят",
        "один два три четыре пять шесть семь восемь девять",
        ("{ten} {one}",),
    ),
    _Language(
        "чотирнадцять п'ятнадцять/п’ятнадцять шістнадцять сімнадцять вісімнадцять дев'ятнадцять/дев’ятнадцять",
        "двадцять тридцять сорок п'ятдесят/п’ятдесят шістдесят",
        "один/одна два/дві три чотири п'ять/п’ять шість сім вісім дев'ять/дев’ять",
        ("{ten} {one}",),
    ),
    _Language(
        "четиринайсет/четиринадесет петнайсет/петнадесет шестнайсет седемнайсет осемнайсет деветнайсет",
        "двайсет/двадесет трийсет/тридесет четирийсет/четиридесет петдесет шейсет/шестдесет",
        "един/една два/две три четири пет шест седем осем девет",
        ("{ten} и {one}",),
    ),
    _Language(
        "czternaście piętnaście/pietnascie szesnaście/szesnascie siedemnaście/siedemnascie osiemnaście/osiemnascie "
        "dziewiętnaście",
        "dwadzieścia/dwadziescia trzydzieści/trzydziesci czterdzieści/czterdziesci pięćdziesiąt/piecdziesiat "
        "sześćdziesiąt/szescdziesiat",
        "jeden dwa trzy cztery pięć/piec sześć/szesc siedem osiem dziewięć/dziewiec",
        ("{ten} {one}",),
    ),
    _Language(
        "ondört onbeş onaltı onyedi onsekiz ondokuz",
        "yirmi otuz kırk elli altmış",
        "bir iki üç dört beş altı yedi sekiz dokuz",
        ("{ten} {one}", "{ten}{one}"),
    ),
    _Language(
        "paisprezece cincisprezece/cinșpe șaisprezece/saisprezece/șaișpe șaptesprezece/saptesprezece/șapteșpe "
        "optsprezece/optșpe nouăsprezece/nouasprezece",
        "douăzeci/douazeci treizeci patruzeci cincizeci șaizeci/saizeci",
        "unu/unul doi trei patru cinci șase/sase șapte/sapte opt nouă/noua",
        ("{ten} și {one}", "{ten} si {one}"),
    ),
    _Language(
        "quatorze quinze seize dix-sept dix-huit dix-neuf",
        "vingt trente quarante cinquante soixante",
        "et-un deux trois quatre cinq six sept huit neuf",
        ("{ten}-{one}", "{ten} {one}"),
    ),
    _Language(
        "catorce quince dieciséis/dieciseis diecisiete dieciocho diecinueve",
        "veinte treinta cuarenta cincuenta sesenta",
        "uno dos tres cuatro cinco seis siete ocho nueve",
        ("{ten} y {one}",),
    ),
    _Language(
        "quattordici quindici sedici diciassette diciotto diciannove",
        "venti trenta quaranta cinquanta sessanta",
        "uno due tre quattro cinque sei sette otto nove",
        ("{ten}{one}",),
    ),
    _Language(
        "چهارده پانزده/پونزده شانزده/شونزده هفده/هیفده هجده/هیجده نوزده",
        "بیست سی چهل پنجاه شصت",
        "یک/یه دو سه چهار پنج شش/شیش هفت هشت نه",
        ("{ten} و {one}",),
    ),
    _Language(
        "اربعتاشر/أربعتاشر خمستاشر/خمسطعش ستاشر/سطعش/ستعش سبعتاشر/سبعطعش تمنتاشر/تمنطعش تسعتاشر/تسعطعش",
        "عشرين/عشرون ثلاثين/تلاتين/ثلاثون اربعين/أربعين/أربعون خمسين/خمسون ستين/ستون",
        "واحد/واحدة اثنين/تنين/اتنين ثلاثة/ثلاث/تلاتة اربعة/أربعة/أربع خمسة/خمس ستة/ست سبعة/سبع "
        "تمانية/ثمانية/تمان تسعة/تسع",
        ("{one} و{ten}", "{one} و {ten}"),
    ),
)
# Spelled as no rule makes them.
_IRREGULAR = {
    "veintiuno": 21,
    "veintidós": 22,
    "veintidos": 22,
    "veintitrés": 23,
    "veintitres": 23,
    "veinticuatro": 24,
    "veinticinco": 25,
    "veintiséis": 26,
    "veintiseis": 26,
    "veintisiete": 27,
    "veintiocho": 28,
    "veintinueve": 29,
    "ventuno": 21,
    "ventotto": 28,
    "trentuno": 31,
    "trentotto": 38,
    "quarantuno": 41,
    "quarantotto": 48,
    "on dört": 14,
    "on beş": 15,
    "on altı": 16,
    "on yedi": 17,
    "on sekiz": 18,
    "on dokuz": 19,
    "خمسة عشر": 15,
    "ستة عشر": 16,
    "سبعة عشر": 17,
    "ثمانية عشر": 18,
    "تسعة عشر": 19,
}


def _numbers(language: _Language) -> Iterator[tuple[str, int]]:
    for number, word in _spellings(language.teens, 14, 1):
        yield word, number
    for ten, before in _spellings(language.tens, 20, 10):
        yield before, ten
        for one, after in _spellings(language.ones, 1, 1):
            for join in language.joins:
                yield join.format(ten=before, one=after), ten + one


def _spellings(words: str, first: int, step: int) -> Iterator[tuple[int, str]]:
    """Every spelling with its number: (14, "vierzehn"), (15, "fünfzehn"), (15, "fuffzehn")."""
    for at, spellings in enumerate(words.split()):
        for spelling in spellings.split("/"):
            yield first + at * step, spelling


def _any_of(words: Iterable[str]) -> str:
    """A pattern of any of many words: by first letter, for at most places of a message no word begins with any."""
    by_letter = groupby(sorted(words), key=itemgetter(0))
    return "|".join(f"{letter}(?:{alternatives(word[1:] for word in group)})" for letter, group in by_letter)


_NUMBERS = {**dict(chain.from_iterable(map(_numbers, _LANGUAGES))), **_IRREGULAR}
_SPELLED = {
    spelled: number
    for word, number in _NUMBERS.items()
    for spelled in (word, word.replace("ü", "ue").replace("ß", "ss"), word.replace("ü", "u").replace("ß", "ss"))
}
_VALUES = {caseless(spelled): number for spelled, number in _SPELLED.items()}
# Written out, 14 to 69: an age. A year, a sum or an hour hardly ever is.
_WRITTEN = re.compile(rf"\b(?P<number>{_any_of(_SPELLED)})(?=\b|jährig|einhalb)(?:einhalb)?", re.IGNORECASE)


def in_digits(message: str) -> str:
    """The message with the numbers from 14 to 69 that are written out in digits."""
    return _WRITTEN.sub(lambda found: str(_VALUES[caseless(found["number"])]), message)
