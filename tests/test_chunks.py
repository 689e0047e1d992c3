"""Pieces worth indexing: cut at headings and by length, and nothing lost."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from index.chunks import LONGEST, SHORTEST, pieces, sections

WRITING = st.text(st.sampled_from("ab ÄÖ.!?:\n\t#§16-") | st.characters(exclude_categories=["Cs"]), max_size=400)


def test_every_section_knows_the_headings_above_it() -> None:
    text = """Vorab.
# Kosten
Nichts.
## Fahrt
Das Ticket.
### Mit dem Rad
Auch nichts.
## Essen
Die Mensa.
# Dauer
Drei Jahre."""

    assert sections(text) == [
        ("", "Vorab."),
        ("Kosten", "Nichts."),
        ("Kosten › Fahrt", "Das Ticket."),
        ("Kosten › Fahrt › Mit dem Rad", "Auch nichts."),
        ("Kosten › Essen", "Die Mensa."),
        ("Dauer", "Drei Jahre."),
    ]


def test_a_page_that_uses_h3_only_is_cut_at_h3() -> None:
    assert sections("### Wo\nHier.\n### Wann\nJetzt.") == [("Wo", "Hier."), ("Wann", "Jetzt.")]


def test_a_page_that_skips_a_level_keeps_its_path() -> None:
    assert sections("# Geld\n### BAföG\nJa.\n## Wohngeld\nNein.") == [
        ("Geld › BAföG", "Ja."),
        ("Geld › Wohngeld", "Nein."),
    ]


def test_a_heading_without_text_gives_no_section_but_names_those_below() -> None:
    assert sections("# Geld\n\n## BAföG\nJa.\n## Leer\n") == [("Geld › BAföG", "Ja.")]


def test_text_without_headings_is_one_section() -> None:
    assert sections("Eins.\n\nZwei.") == [("", "Eins.\n\nZwei.")]


def test_nothing_has_no_sections_and_no_pieces() -> None:
    assert (sections(""), sections(" \n\n "), pieces(""), pieces(" \n\n ")) == ([], [], [], [])


def test_a_number_sign_inside_a_line_is_no_heading() -> None:
    assert sections("Raum #12\n#hashtag") == [("", "Raum #12\n#hashtag")]


def test_a_closed_heading_is_read_without_its_end() -> None:
    assert sections("## Kosten ##\nNichts.") == [("Kosten", "Nichts.")]


def test_a_short_text_stays_in_one_piece() -> None:
    assert pieces("Eins. Zwei.\n\nDrei.") == ["Eins. Zwei.\nDrei."]


def test_long_paragraphs_become_pieces_of_their_own() -> None:
    first, second = "A" * SHORTEST, "B" * SHORTEST

    assert pieces(f"{first}\n\n{second}") == [first, second]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    sentence = "Dieser Satz ist genau so lang wie die anderen Sätze hier."

    cut = pieces(" ".join([sentence] * 40))

    assert len(cut) > 1
    assert [part for part in cut if set(part.split(".")[:-1]) - {sentence[:-1], " " + sentence[:-1]}] == []
    assert " ".join(cut) == " ".join([sentence] * 40)


def test_a_sentence_without_an_end_is_cut_between_words() -> None:
    text = "wort " * 400

    cut = pieces(text)

    assert len(cut) > 1
    assert " ".join(cut).split() == text.split()


def test_a_word_without_an_end_is_cut_anywhere() -> None:
    assert pieces("x" * 25, longest=10) == ["x" * 10, "x" * 10, "x" * 5]


@given(WRITING, st.integers(1, 120))
@example("aaaa\n\nbbbb", 8)
def test_no_piece_is_longer_than_asked_for(text: str, longest: int) -> None:
    assert [len(piece) for piece in pieces(text, longest) if not 0 < len(piece) <= longest] == []


@given(WRITING, st.integers(1, 120))
def test_cutting_loses_no_letter(text: str, longest: int) -> None:
    assert letters("".join(pieces(text, longest))) == letters(text)


@given(st.lists(st.tuples(st.integers(1, 6), st.text("abc ", max_size=20)), min_size=1))
def test_every_text_under_a_heading_is_kept_in_order(chapters: list[tuple[int, str]]) -> None:
    markdown = "\n".join(f"{'#' * level} Titel\n{text}" for level, text in chapters)

    found = sections(markdown)

    assert [text for _, text in found] == [text.strip() for _, text in chapters if text.strip()]
    assert all(path.split(" › ") == ["Titel"] * (path.count("›") + 1) for path, _ in found)


@given(WRITING)
def test_two_short_neighbours_are_never_left_apart(text: str) -> None:
    cut = pieces(text)

    assert all(len(one) >= SHORTEST or len(one) + len(other) + 1 > LONGEST for one, other in pairwise(cut))


def letters(text: str) -> str:
    return "".join(text.split())
