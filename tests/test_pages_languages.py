"""The frame's sentences: in every language, short, plain, and turned to the person in one form only."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest
import yaml
from fastapi.testclient import TestClient

from assistant.api import create_app
from assistant.catalog import CONTENT
from assistant.checking import readability
from assistant.frame import CHOICES, Frame, address_of, frame, spoken
from assistant.settings import ROOT, Settings
from tests.house import open_assistant, real_voices

OTHERS = ("en", "uk", "tr", "ar", "ru")
TRANSLATED = (*OTHERS, "de-simple")
FILES = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in (CONTENT / "languages").glob("*.yaml")}
GUARDRAILS = yaml.safe_load((CONTENT / "guardrails.yaml").read_text(encoding="utf-8"))
RULES = {n: r for kind in ("emergencies", "declined", "referred", "smalltalk") for n, r in GUARDRAILS[kind].items()}
SLOTS = yaml.safe_load((CONTENT / "situation.yaml").read_text(encoding="utf-8"))
TEMPLATES = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "web/templates").rglob("*.html"))
# Sentences that templates name, and those they compose the name of.
COMPOSED = [f"reason_{r}" for r in ("wrong", "outdated", "unclear", "other")]
COMPOSED += [f"focus_{f}" for f in ("training", "work", "qualification")]
COMPOSED += [f"topic_{t}" for t in ("training", "work", "german", "qualification", "recognition", "lost")]
COMPOSED += [f"heading_{o}" for o in ("found", "referred", "declined", "unanswered", "emergency", "smalltalk")]
COMPOSED += ["heading_more", "heading_field", "offers_one", "offers_many", "offers_and_actors", "actors_one", "clarify"]
COMPOSED += ["open_until", "open_now", "opens_today", "opens", "closed", "empty", "too_long", "expired"]
COMPOSED += [f"{kind}_{part}" for kind in ("missing", "limited", "unread", "failed") for part in ("title", "hint")]
NAMED = re.findall(r"""\bsay\(\s*["']([a-z_]+)["']\s*[,)]""", TEMPLATES)
NAMED += chain(*re.findall(r"""say\("([a-z_]+)" if [^)]*? else "([a-z_]+)"\)""", TEMPLATES))
FRAME = sorted({*NAMED, *COMPOSED})


def test_the_files_are_the_languages_on_offer() -> None:
    assert set(FILES) == set(CHOICES)


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_of_the_frame_is_missing(language: str) -> None:
    assert [key for key in FRAME if key not in FILES[language]["sentences"]] == []


@pytest.mark.parametrize("language", sorted(set(FILES) - {"de"}))
def test_a_translation_fills_in_the_same_words(language: str) -> None:
    def gaps(sentence: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name}

    german = FILES["de"]["sentences"]
    translated = FILES[language]["sentences"]
    assert [key for key in translated if key not in german] == []
    assert [key for key, sentence in translated.items() if gaps(sentence) != gaps(german[key])] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_follow_up_question_and_choice_is_translated(language: str) -> None:
    translated = FILES[language]["slots"]
    assert [slot for slot in SLOTS if slot not in translated] == []
    choices = [(slot, str(c["value"]).lower()) for slot, told in SLOTS.items() for c in told.get("choices", ())]
    assert [c for c in choices if c[1] not in translated[c[0]]["choices"]] == []
    assert [slot for slot in translated if slot not in SLOTS] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_rule_speaks_the_language_of_the_frame_and_says_where_to_go(language: str) -> None:
    translated = FILES[language]["rules"]
    assert [name for name in (*RULES, "personal_data") if name not in translated] == []
    assert [name for name in translated if name not in RULES and name != "personal_data"] == []
    assert [name for name, rule in RULES.items() if ("go" in rule) != ("go" in translated[name])] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_numbers_laws_and_addresses_are_the_same_in_every_language(language: str) -> None:
    def fixed(rule: dict[str, str]) -> set[str]:
        return set(re.findall(r"\d+|KSchG|BAMF|RMV|[a-z]+\.de\b", f"{rule['say']} {rule.get('go', '')}"))

    translated = FILES[language]["rules"]
    assert {name: fixed(rule) for name, rule in RULES.items()} == {n: fixed(translated[n]) for n in RULES}


@pytest.mark.parametrize("language", OTHERS)
def test_what_to_say_on_the_phone_is_german(language: str) -> None:
    assert FILES[language]["sentences"]["phone_sentence"].startswith("Guten Tag. Ich spreche ")


def test_arabic_runs_from_right_to_left() -> None:
    assert [tag for tag, file in FILES.items() if file["direction"] == "rtl"] == ["ar"]


def test_the_du_voice_never_says_sie() -> None:
    formal = re.compile(r"\b(?:Sie|Ihnen|Ihre?[nmrs]?)\b")
    sentences = real_voices()["de-du"].sentences
    assert [s for s in sentences.values() if formal.search(s)] == []


def test_the_sie_voice_never_says_du() -> None:
    familiar = re.compile(r"\b(?:du|dir|dich|deine?[nmrs]?)\b", re.IGNORECASE)
    for tag in ("de", "de-simple"):
        names = {"own_name"}
        assert [s for key, s in real_voices()[tag].sentences.items() if key not in names and familiar.search(s)] == []


def sentences_of(tag: str) -> list[str]:
    """The sentences of a voice that are whole sentences, one by one."""
    file = FILES[tag]
    said = [*file["sentences"].values(), *(s for rule in file.get("rules", {}).values() for s in rule.values())]
    said += [part for slot in file.get("slots", {}).values() for part in (slot["question"], slot["why"])]
    whole = [s for s in said if s.endswith((".", "?", "!")) and "{" not in s]
    return [part for s in whole for part in re.split(r"(?<=[.?!])\s+", s)]


@pytest.mark.parametrize(("tag", "most"), [("de", 12), ("de-du", 12), ("de-simple", 8)])
def test_sentences_are_short(tag: str, most: int) -> None:
    assert [s for s in sentences_of(tag) if len(s.split()) > most] == []


@pytest.mark.parametrize(("tag", "least"), [("de", 60), ("de-du", 60), ("de-simple", 80)])
def test_sentences_are_easy_to_read(tag: str, least: int) -> None:
    """Flesch-Amstad over all fixed sentences together: single ones are too short for the formula (WEB.md, T13)."""
    assert readability(" ".join(sentences_of(tag))) >= least


# --- which frame -------------------------------------------------------------------------------------------------


def test_a_chosen_language_stays() -> None:
    voices = real_voices()
    assert frame(voices, "uk").tag == "uk"
    assert spoken(voices, "tr", "en") == "tr"


def test_the_language_of_a_question_turns_a_german_frame() -> None:
    voices = real_voices()
    assert spoken(voices, "", "uk") == "uk"
    assert spoken(voices, "", "fi") == ""
    assert spoken(voices, "", "de") == ""


def test_du_is_german_to_the_browser() -> None:
    du = frame(real_voices(), "", "du")
    assert (du.tag, du.lang, du.is_german) == ("de-du", "de", True)
    assert [address_of(tag) for tag in ("de", "de-du", "de-simple", "uk", "")] == ["Sie", "du", "Sie", "", ""]


@pytest.mark.parametrize("tag", CHOICES)
def test_every_page_speaks_every_language(tag: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    app = create_app(Settings(secret="x"), open_assistant(_house(tmp_path_factory)))
    with TestClient(app) as client:
        lang = Frame(real_voices()[tag]).lang
        for path in ("/", "/embed", "/angebote", "/angebote/umschulung", "/stellen/agentur", "/ueber"):
            assert f'<html lang="{lang}"' in client.get(path, params={"sprache": tag}).text
        answer = client.post("/", data={"message": "Umschulung", "language": tag}).text
        assert f'<html lang="{lang}"' in answer
        assert f'name="language" value="{tag}"' in answer


def _house(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("house")
