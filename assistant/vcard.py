"""An actor as a contact that phones and mail programs can save (vCard 4.0, RFC 6350)."""

from __future__ import annotations

from assistant.cards import ActorCard

LONGEST_LINE = 75  # octets, RFC 6350 section 3.2; a longer line goes on after a line break and a space


def vcard(card: ActorCard, page: str) -> str:
    """The contact of an actor's card; `page` is the address of its page here."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", "KIND:org", f"FN:{_escaped(card.name)}", f"ORG:{_escaped(card.name)}"]
    lines += [f"TEL;VALUE=uri;TYPE=voice:tel:{line.dialled}" for line in card.lines]
    lines += [f"EMAIL:{card.email}"] if card.email else []
    lines += [f"ADR:;;{_address(card.address)}"] if card.address else []
    lines += [f"URL:{card.web}"] if card.web else []
    lines += [f"NOTE:{_escaped(card.role)}"]
    lines += [f"SOURCE:{page}"] if "://" in page else []
    lines += [f"REV:{card.checked_on.replace('-', '')}", "END:VCARD"]
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
    return f"{_escaped(street)};{_escaped(town)};;{postcode};Deutschland"


def _escaped(text: str) -> str:
    for sign in ("\\", ",", ";"):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")
