"""An actor as a contact that phones and mail programs can save (vCard 4.0, RFC 6350)."""

from __future__ import annotations

from unicodedata import category

from assistant.cards import ActorCard

LONGEST_LINE = 75  # octets, RFC 6350 section 3.2; a longer line goes on after a line break and a space


def vcard(card: ActorCard, page: str) -> str:
    """The contact of an actor's card; `page` is the address of its page here."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", "KIND:org", f"FN:{escaped(card.name)}", f"ORG:{escaped(card.name)}"]
    lines += [f"TEL;VALUE=uri;TYPE=voice:tel:{plain(line.dialled)}" for line in card.lines]
    lines += [f"EMAIL:{escaped(card.email)}"] if card.email else []
    lines += [f"ADR:;;{_address(card.address)}"] if card.address else []
    lines += [f"URL:{plain(card.web)}"] if card.web else []
    lines += [f"NOTE:{escaped(card.role)}"]
    lines += [f"SOURCE:{plain(page)}"] if "://" in page else []
    lines += [f"REV:{plain(card.checked_on).replace('-', '')}", "END:VCARD"]
    return "".join(folded(line) for line in lines)


def folded(line: str) -> str:
    """A content line cut after 75 octets, never inside a letter."""
    rows, row, size = [], "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > LONGEST_LINE:
            rows.append(row)
            row, size = " ", 1
        row, size = row + letter, size + octets
    return "\r\n".join([*rows, row]) + "\r\n"


def _address(address: str) -> str:
    """`Europaplatz 1, 61169 Friedberg` → street; town; region; postcode; country."""
    street, _, rest = address.rpartition(", ")
    postcode, _, town = rest.partition(" ")
    return f"{escaped(street)};{escaped(town)};;{escaped(postcode)};Deutschland"


def escaped(text: str) -> str:
    """A text as the value of a property: no sign of it ends the line or the value (RFC 6350, 3.4; RFC 5545, 3.3.11)."""
    for sign in ("\\", ",", ";"):
        text = text.replace(sign, f"\\{sign}")
    return plain("\\n".join(text.splitlines()))


def plain(value: str) -> str:
    """An address or number without control signs: a line break in it would begin another property."""
    return "".join(sign for sign in value if category(sign) not in ("Cc", "Zl", "Zp"))
