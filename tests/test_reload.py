"""What changes on disk is served without a restart; what is broken never replaces what is good."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from assistant.content import ContentError
from index.build import WORDS_ONLY
from tests.conftest import WordEncoder
from tests.house import write
from tests.kept import House, a_house, best, look, outcome

CRISIS = "Ich will nicht mehr leben"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    return a_house(tmp_path, monkeypatch, WordEncoder())


def test_what_is_in_order_is_served_whole_and_without_a_problem(house: House) -> None:
    keeper = house.open()
    assert (keeper.serving.is_whole, keeper.said(), best(keeper, "Umschulung")) == (True, {}, "Umschulung")


def test_new_content_is_shown_at_once_and_said_to_be_newer_than_the_index(house: House) -> None:
    keeper = house.open()
    house.add_offer()
    look(keeper)
    assert "backkurs" in keeper.serving.assistant.catalog.offers
    assert "newer than the index" in keeper.said()["stale"]
    assert "assistant index" in keeper.said()["stale"]


def test_a_new_index_is_taken_up_and_found_in(house: House) -> None:
    keeper = house.open()
    house.add_offer()
    house.index()
    look(keeper)
    assert (best(keeper, "Backkurs"), keeper.said()) == ("Backkurs", {})


def test_a_change_of_a_fact_needs_no_new_index(house: House) -> None:
    keeper = house.open()
    file = house.settings.content / "actors" / "behoerdennummer-115.yaml"
    file.write_text(file.read_text().replace("'115'", "'116'"))
    look(keeper)
    numbers = keeper.serving.assistant.catalog.actors["behoerdennummer-115"].sites[0].phones
    assert ([phone.number for phone in numbers], keeper.said()) == (["116"], {})


def test_without_a_change_nothing_is_exchanged(house: House) -> None:
    keeper = house.open()
    look(keeper)
    assert len(house.exchanged) == 1


def test_a_file_still_being_written_is_waited_for(house: House) -> None:
    keeper = house.open()
    file = house.add_offer()
    whole = file.read_text()
    file.write_text(whole[: len(whole) // 3])
    keeper.look()
    file.write_text(whole)
    keeper.look()
    assert keeper.said() == {}
    keeper.look()
    assert "backkurs" in keeper.serving.assistant.catalog.offers


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("offers/umschulung.md", "kein Kopf"),
        ("offers/umschulung.md", "---\ntitle: [\n---\n"),
        ("offers/umschulung.md", "---\ntitle: Nur ein Titel\n---\nText\n"),
        ("guardrails.yaml", "emergencies: {}\n"),
        ("languages/de.yaml", "name: ["),
        ("topics.yaml", ""),
    ],
)
def test_broken_content_never_replaces_good_content_and_the_operator_reads_why(
    house: House, name: str, text: str
) -> None:
    keeper = house.open()
    before = keeper.serving
    write(house.settings.content / name, text)
    look(keeper)
    assert keeper.serving is before
    assert "The content before is served." in keeper.said()["content"]
    assert keeper.attempted is not None
    assert keeper.attempted > before.since


def test_an_emptied_content_folder_is_no_content(house: House) -> None:
    keeper = house.open()
    shutil.rmtree(house.settings.content)
    look(keeper)
    assert best(keeper, "Umschulung") == "Umschulung"
    assert "content" in keeper.said()


def test_a_file_that_is_no_text_is_a_problem_and_no_crash(house: House) -> None:
    keeper = house.open()
    (house.settings.content / "offers" / "umschulung.md").write_bytes(b"---\n\xff\xfe\n---\n")
    look(keeper)
    assert (best(keeper, "Umschulung"), "content" in keeper.said()) == ("Umschulung", True)


def test_mended_content_ends_the_problem(house: House) -> None:
    keeper = house.open()
    file = house.settings.content / "topics.yaml"
    good = file.read_text()
    file.write_text("{")
    look(keeper)
    assert "content" in keeper.said()
    file.write_text(good)
    look(keeper)
    assert keeper.said() == {}


def test_broken_content_at_the_start_is_replaced_by_the_copy_of_what_was_served_last(house: House) -> None:
    house.open()
    write(house.settings.content / "topics.yaml", "{")
    keeper = house.open()
    assert (best(keeper, "Umschulung"), "content" in keeper.said()) == ("Umschulung", True)


def test_without_any_readable_content_there_is_nothing_to_serve(house: House) -> None:
    write(house.settings.content / "topics.yaml", "{")
    with pytest.raises(ContentError, match=r"topics\.yaml"):
        house.open()


@pytest.mark.parametrize("file", ["vectors.npy", "vectors.faiss", "means.npz", "passages.jsonl", "index.json"])
def test_a_truncated_index_is_replaced_by_the_version_left_beside_it(house: House, file: str) -> None:
    first = house.version.name
    house.add_offer()
    house.index()
    os.truncate(house.version / file, (house.version / file).stat().st_size // 2)
    keeper = house.open()
    assert keeper.serving.index.version == first
    assert keeper.serving.is_whole
    assert f"Version {first}" in keeper.said()["index"]


def test_an_index_that_breaks_while_serving_is_not_taken_up(house: House) -> None:
    keeper = house.open()
    before = keeper.serving.index.version
    house.add_offer()
    house.index()
    os.truncate(house.version / "passages.jsonl", 100)
    look(keeper)
    assert keeper.serving.index.version == before
    assert f"Version {before} goes on" in keeper.said()["index"]


@pytest.mark.parametrize("pointer", ["", "nothing", "../../etc"])
def test_a_pointer_to_nothing_is_survived(house: House, pointer: str) -> None:
    (Path(house.settings.index_address) / "CURRENT").write_text(pointer)
    keeper = house.open()
    assert (keeper.serving.is_whole, "index" in keeper.said()) == (True, True)


def test_without_an_index_words_alone_find_and_emergencies_are_answered(house: House) -> None:
    shutil.rmtree(Path(house.settings.index_address))
    keeper = house.open()
    assert keeper.serving.index.version == WORDS_ONLY
    assert (best(keeper, "Umschulung"), outcome(keeper, CRISIS)) == ("Umschulung", "emergency")
    assert "by their words alone" in keeper.said()["index"]


def test_as_soon_as_there_is_an_index_it_is_taken_up(house: House) -> None:
    shutil.rmtree(Path(house.settings.index_address))
    keeper = house.open()
    house.index()
    look(keeper)
    assert (keeper.serving.is_whole, keeper.said()) == (True, {})


def test_without_a_model_words_alone_find_and_emergencies_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = a_house(tmp_path, monkeypatch).open()
    assert (best(keeper, "Umschulung"), outcome(keeper, CRISIS)) == ("Umschulung", "emergency")
    assert "by their words alone" in keeper.said()["model"]
    assert not keeper.serving.is_whole


def test_what_cannot_answer_is_not_taken_up_and_the_thread_lives_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new assistant must answer one question before it serves."""
    keeper = house.open()
    before = keeper.serving
    with monkeypatch.context() as broken:
        broken.setattr("assistant.reload.Assistant.respond", lambda *_: 1 / 0)
        house.add_offer()
        keeper.try_look()
        keeper.try_look()
    assert keeper.serving is before
    assert "ZeroDivisionError" in keeper.said()["reload"]
    house.add_offer("stickkurs", "Stickkurs")
    look(keeper)
    assert "stickkurs" in keeper.serving.assistant.catalog.offers
    assert "reload" not in keeper.said()


def test_an_index_from_the_future_tells_that_the_clock_is_wrong(house: House) -> None:
    about = house.version / "index.json"
    about.write_text(about.read_text().replace('"made_at": "20', '"made_at": "21'))
    assert "Set the clock" in house.open().said()["clock"]


def test_files_stamped_in_the_future_or_the_past_are_still_seen_to_change(house: House) -> None:
    keeper = house.open()
    file = house.add_offer()
    os.utime(file, (0, 0))
    look(keeper)
    assert "backkurs" in keeper.serving.assistant.catalog.offers
    file.unlink()
    os.utime(house.settings.content / "topics.yaml", (4_000_000_000, 4_000_000_000))
    look(keeper)
    assert "backkurs" not in keeper.serving.assistant.catalog.offers
