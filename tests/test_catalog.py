"""Reading content as a whole: every problem with its file, its line and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.catalog import Catalog, read_content
from assistant.content import ContentError
from index.types import Passage
from tests.house import (
    ACTORS,
    TEXT,
    TODAY,
    YESTERDAY,
    actor,
    as_file,
    catalog,
    content_folder,
    offer,
    page,
    site,
    write,
)
from tests.real_words import real_followups


def problems(folder: Path) -> list[str]:
    return [str(problem).removeprefix(f"{folder}/") for problem in read_content(folder)[1]]


def test_content_written_to_files_is_read_as_it_was(tmp_path: Path) -> None:
    written = catalog()
    read, found = read_content(content_folder(tmp_path, written))
    assert found == []
    assert read.offers == written.offers
    assert read.pages == written.pages
    assert read.actors == written.actors
    assert read.places == written.places
    assert read.slots == written.slots
    assert read.rules == written.rules
    assert read.followups == written.followups
    assert read.texts == written.texts


def test_an_unknown_key_is_reported_with_file_line_and_suggestion(tmp_path: Path) -> None:
    content_folder(tmp_path)
    write(tmp_path / "offers/kurs.md", as_file(offer("Kurs")).replace("---\n", "---\ncosts: frei\n", 1))
    assert problems(tmp_path) == ["offers/kurs.md, line 2: unknown key 'costs'. Did you mean 'cost'?"]


def test_an_unknown_key_like_none_other_lists_the_known_ones(tmp_path: Path) -> None:
    content_folder(tmp_path)
    write(tmp_path / "actors/verein.yaml", "zzz: 1\n" + (tmp_path / "actors/jobcenter.yaml").read_text())
    [problem] = problems(tmp_path)
    assert problem.startswith("actors/verein.yaml, line 1: unknown key 'zzz'. Known: name, aliases, role, ")


def test_a_wrong_value_is_reported_at_its_line_with_what_was_found(tmp_path: Path) -> None:
    content_folder(tmp_path)
    write(tmp_path / "offers/kurs.md", as_file(offer("Kurs")).replace("---\n", "---\nvalid_until: bald\n", 1))
    [problem] = problems(tmp_path)
    assert problem.startswith("offers/kurs.md, line 2: 'valid_until': ")
    assert problem.endswith("(found: 'bald')")


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    content_folder(tmp_path)
    text = as_file(offer("Kurs"))
    first_step = next(line for line in text.splitlines() if line.startswith("first_step"))
    write(tmp_path / "offers/kurs.md", text.replace(f"{first_step}\n", ""))
    assert problems(tmp_path) == ["offers/kurs.md, line 2: 'first_step' is missing"]


def test_a_broken_reference_is_reported_at_its_line_with_a_name_that_is_near(tmp_path: Path) -> None:
    content_folder(tmp_path, catalog(offers={"kurs": offer("Kurs", providers=["agentuhr"])}, pages={}))
    text = (tmp_path / "offers/kurs.md").read_text()
    line = text.splitlines().index("- agentuhr") + 1
    assert problems(tmp_path) == [
        f"offers/kurs.md, line {line}: 'agentuhr' is not in content/actors. Did you mean 'agentur'?"
    ]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"contacts": ["qqq"]}, "'qqq' is not in content/actors."),
        ({"related": ["qqq"]}, "'qqq' is not in content/offers."),
        ({"topic": "qqq"}, "'qqq' is not in content/topics.yaml."),
        ({"area": ["qqq"]}, "'qqq' is not in content/places.yaml."),
        ({"audience": {"place": ["qqq"]}}, "'qqq' is not in content/places.yaml."),
    ],
)
def test_every_reference_of_an_offer_is_followed(tmp_path: Path, facts: dict[str, Any], expected: str) -> None:
    content_folder(tmp_path, catalog(offers={"kurs": offer("Kurs", **facts)}, pages={}))
    [problem] = problems(tmp_path)
    assert problem.endswith(f": {expected} Add it there, or take it out here.")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"actors": ["qqq"]}, "'qqq' is not in content/actors."),
        ({"offers": ["qqq"]}, "'qqq' is not in content/offers."),
        ({"topic": "qqq"}, "'qqq' is not in content/topics.yaml."),
    ],
)
def test_every_reference_of_a_page_is_followed(tmp_path: Path, facts: dict[str, Any], expected: str) -> None:
    content_folder(tmp_path, catalog(pages={"seite": page(**facts)}))
    [problem] = problems(tmp_path)
    assert problem.endswith(f": {expected} Add it there, or take it out here.")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"topic": "qqq"}, "'qqq' is not in content/topics.yaml."),
        ({"service_line": "qqq"}, "'qqq' is not in content/actors."),
        ({"area": ["qqq"]}, "'qqq' is not in content/places.yaml."),
        ({"sites": [site(serves=["qqq"])]}, "'qqq' is not in content/places.yaml."),
    ],
)
def test_every_reference_of_an_actor_is_followed(tmp_path: Path, facts: dict[str, Any], expected: str) -> None:
    content_folder(tmp_path, catalog(actors={**ACTORS, "verein": actor("Verein", **facts)}))
    [problem] = problems(tmp_path)
    assert problem.endswith(f": {expected} Add it there, or take it out here.")


def test_bad_yaml_is_reported_at_its_line_with_the_usual_cause(tmp_path: Path) -> None:
    content_folder(tmp_path)
    write(tmp_path / "offers/kurs.md", "---\ntitle: Kurs\nsummary: Kurs: sehr gut\n---\nText\n")
    [problem] = problems(tmp_path)
    assert problem.startswith("offers/kurs.md, line 3: this is not valid YAML: mapping values are not allowed ")
    assert problem.endswith(". Put texts with ': ' in quotes")


@pytest.mark.parametrize(
    "text", ["", "Nur ein Text ohne Kopf.\n", "Erst Text\n---\ntitle: Kurs\n---\n", "---\ntitle: Kurs\n"]
)
def test_a_file_without_a_head_is_reported(tmp_path: Path, text: str) -> None:
    content_folder(tmp_path)
    write(tmp_path / "offers/kurs.md", text)
    assert problems(tmp_path) == ["offers/kurs.md, line 1: the file must begin with a head between two lines '---'"]


def test_a_head_without_a_text_is_reported(tmp_path: Path) -> None:
    content_folder(tmp_path)
    write(tmp_path / "offers/kurs.md", as_file(offer("Kurs"), ""))
    assert problems(tmp_path) == ["offers/kurs.md, line 2: there is no text below the head"]


@pytest.mark.parametrize("name", ["places", "topics", "situation", "guardrails", "followups"])
def test_a_missing_file_is_reported(tmp_path: Path, name: str) -> None:
    content_folder(tmp_path, catalog(offers={}, pages={}, actors={}))
    (tmp_path / f"{name}.yaml").unlink()
    assert problems(tmp_path) == [f"{name}.yaml, line 1: the file is missing"]


@pytest.mark.parametrize("name", ["places", "topics", "situation"])
def test_a_list_where_ids_are_needed_is_reported(tmp_path: Path, name: str) -> None:
    content_folder(tmp_path, catalog(offers={}, pages={}, actors={}))
    write(tmp_path / f"{name}.yaml", "- Friedberg\n")
    assert problems(tmp_path) == [f"{name}.yaml, line 1: must hold ids, each followed by ':' and its facts, not a list"]


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path) -> None:
    content_folder(tmp_path)
    write(tmp_path / "offers/kurs.md", "kein Kopf")
    assert set(read_content(tmp_path)[0].offers) == set(catalog().offers)


def test_an_imported_offer_is_read_beside_the_editors(tmp_path: Path) -> None:
    content_folder(tmp_path)
    write(tmp_path / "imported/vhs/malkurs.md", as_file(offer("Malkurs")))
    assert Catalog.read(tmp_path).offers["malkurs"].title == "Malkurs"


def test_an_imported_offer_loses_against_the_editors_of_the_same_name(tmp_path: Path) -> None:
    content_folder(tmp_path)
    write(tmp_path / "imported/vhs/umschulung.md", as_file(offer("Fremde Fassung"), "Fremder Text."))
    read = Catalog.read(tmp_path)
    assert read.offers["umschulung"].title == "Umschulung"
    assert read.texts["offer/umschulung"] == TEXT
    assert read.sources["offer/umschulung"].file == tmp_path / "offers/umschulung.md"


def test_unusable_content_is_refused_with_every_problem_and_the_command_that_helps(tmp_path: Path) -> None:
    content_folder(tmp_path)
    write(tmp_path / "offers/kurs.md", "kein Kopf")
    write(tmp_path / "offers/lehre.md", "auch keiner")
    with pytest.raises(ContentError) as refused:
        Catalog.read(tmp_path)
    assert str(refused.value).splitlines() == [
        f"{tmp_path}/offers/kurs.md, line 1: the file must begin with a head between two lines '---'",
        f"{tmp_path}/offers/lehre.md, line 1: the file must begin with a head between two lines '---'",
        "Run: assistant check",
    ]


def test_a_text_is_current_on_its_last_day_and_not_after() -> None:
    content = catalog()
    assert content.is_current(offer(valid_until=None), TODAY)
    assert content.is_current(offer(valid_until=TODAY), TODAY)
    assert not content.is_current(offer(valid_until=YESTERDAY), TODAY)


def test_a_distance_is_counted_from_the_town_to_the_nearest_site() -> None:
    """0.08° of latitude are 8.9 km, 0.26° of longitude 18.4 km here: 20.5 km from Nidda to Friedberg."""
    content = catalog()
    in_friedberg = ACTORS["kreisverwaltung-wetterau"]
    at_the_door = actor(sites=[*[s.model_dump() for s in in_friedberg.sites], site(latitude=50.41, longitude=9.01)])
    assert content.distance("nidda", in_friedberg) == pytest.approx(20.5, abs=0.1)
    assert content.distance("nidda", at_the_door) == pytest.approx(0.0, abs=0.01)


def test_without_an_address_no_distance_is_told() -> None:
    assert catalog().distance("nidda", ACTORS["jobcenter"]) is None
    assert catalog().distance("frankfurt", ACTORS["kreisverwaltung-wetterau"]) is None


def test_an_offer_is_found_by_its_card_its_text_and_its_questions() -> None:
    kurs = offer("Malkurs", aliases=["Malen"], questions_in={"uk": ["курс малювання"]})
    content = catalog(
        offers={"malkurs": kurs}, pages={}, actors={}, texts={"offer/malkurs": "## Ablauf\n\nMit Pinsel."}
    )
    facets = {"type": "offer"}
    card = "Malen\nMalkurs mit einem Gespräch am Anfang.\neinen Platz mit Zeugnis\nEinen Termin ausmachen."
    asked = [("de", text, f"de{at}") for at, text in enumerate(["Malkurs", "Malen", *(str(q) for q in kurs.questions)])]
    assert [p for p in content.passages() if p.source == "offer/malkurs"] == [
        Passage("offer/malkurs#card", "offer/malkurs", "text", card, "Malkurs", "de", facets),
        Passage("offer/malkurs#0.0", "offer/malkurs", "text", "Mit Pinsel.", "Malkurs › Ablauf", "de", facets),
        *[
            Passage(f"offer/malkurs#{part}", "offer/malkurs", "question", text, "", language, facets)
            for language, text, part in [*asked, ("uk", "курс малювання", "uk0")]
        ],
    ]


def test_every_passage_has_an_id_of_its_own() -> None:
    ids = [passage.id for passage in catalog().passages()]
    assert len(ids) == len(set(ids))


def test_examples_of_other_subjects_lead_to_their_rule() -> None:
    weather = {"label": "Wetter", "say": "Hier nicht.", "examples": ["Regnet es morgen?"]}
    content = catalog(rules={"declined": {"weather": weather}, "referred": {}})
    found = [(p.source, p.kind, p.text) for p in content.passages() if p.source.startswith("declined/")]
    assert found == [
        ("declined/weather", "question", "Wetter"),
        ("declined/weather", "question", "Regnet es morgen?"),
    ]


def test_examples_are_read_from_a_file_of_their_own_beside_those_of_the_rule(tmp_path: Path) -> None:
    weather = {"label": "Wetter", "say": "Hier nicht.", "examples": ["Regnet es morgen?"]}
    content_folder(tmp_path, catalog(rules={"declined": {"weather": weather}, "referred": {}}))
    examples = "examples: [Gewitter heute, Wird es kalt, Schnee]\nexamples_in:\n  en: [Will it rain]\n"
    write(tmp_path / "examples/declined/weather.yaml", examples)
    write(tmp_path / "examples/unknown/horoscope.yaml", "examples: [Horoskop, Sternzeichen, Mond im Löwen]\n")
    rules = Catalog.read(tmp_path).rules
    assert rules.declined["weather"].examples == ("Regnet es morgen?", "Gewitter heute", "Wird es kalt", "Schnee")
    assert rules.declined["weather"].examples_in == {"en": ("Will it rain",)}
    assert rules.unknown["horoscope"].examples == ("Horoskop", "Sternzeichen", "Mond im Löwen")


def test_later_messages_are_read_by_what_they_want_and_another_wish_is_a_problem(tmp_path: Path) -> None:
    content_folder(tmp_path, catalog(followups=real_followups().model_copy(update={"examples": {}})))
    write(
        tmp_path / "examples/followup/leads_on.yaml", "examples: [muss ich da hin, erfährt das mein Chef, und dann]\n"
    )
    unknown = write(tmp_path / "examples/followup/leeds.yaml", "examples: [eins, zwei, drei]\n")
    read, problems = read_content(tmp_path)
    assert read.followups.examples["leads_on"].examples[0] == "muss ich da hin"
    [problem] = [one for one in problems if one.file == unknown]
    assert "no later message wants 'leeds'. Known: cost, duration" in str(problem)


def test_examples_of_no_rule_are_a_problem_that_names_the_nearest(tmp_path: Path) -> None:
    content_folder(
        tmp_path, catalog(rules={"declined": {"weather": {"label": "Wetter", "say": "Nein."}}, "referred": {}})
    )
    file = write(tmp_path / "examples/declined/wether.yaml", "examples: [Gewitter, Kalt, Schnee]\n")
    [problem] = [problem for problem in read_content(tmp_path)[1] if problem.file == file]
    assert str(problem).endswith("guardrails.yaml has no rule 'wether' under declined. Did you mean 'weather'?")
