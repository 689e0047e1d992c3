"""Reads ages that are written out: "siebzehn Jahre", "fünfunddreißig", "thirty-five"."""

from __future__ import annotations

import re

_ONES = ("ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
_TENS = ("zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig")
_ONES_EN = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS_EN = ("twenty", "thirty", "forty", "fifty", "sixty")
_TEENS = {
    **{"vierzehn": 14, "fünfzehn": 15, "sechzehn": 16, "siebzehn": 17, "achtzehn": 18, "neunzehn": 19},
    **{"fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19},
}
_COMPOUND = {f"{one}und{ten}": 20 + 10 * t + o for t, ten in enumerate(_TENS) for o, one in enumerate(_ONES, 1)}
_COMPOUND_EN = {
    f"{ten}{by}{one}": 20 + 10 * t + o
    for t, ten in enumerate(_TENS_EN)
    for o, one in enumerate(_ONES_EN, 1)
    for by in ("-", " ")
}
_NUMBERS = {
    **_TEENS,
    **_COMPOUND,
    **_COMPOUND_EN,
    **{ten: 20 + 10 * t for tens in (_TENS, _TENS_EN) for t, ten in enumerate(tens)},
}
_SPELLED = {
    spelled: number
    for word, number in _NUMBERS.items()
    for spelled in (word, word.replace("ü", "ue").replace("ß", "ss"), word.replace("ü", "u").replace("ß", "ss"))
}
# Written out, 14 to 69: an age. A year, a sum or an hour hardly ever is.
_WRITTEN = re.compile(rf"\b(?:{'|'.join(sorted(_SPELLED, key=len, reverse=True))})(?=\b|jährig)", re.IGNORECASE)


def in_digits(message: str) -> str:
    """The message with the numbers from 14 to 69 that are written out in digits."""
    return _WRITTEN.sub(lambda found: str(_SPELLED[found[0].lower()]), message)
