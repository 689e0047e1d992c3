"""Puts the parts together from the settings: what `cli` and `api` both start from."""

from __future__ import annotations

import sys
from collections.abc import Callable

from assistant.catalog import Catalog
from assistant.dialogue import Assistant
from assistant.languages import read_voices
from assistant.settings import Settings
from index.build import BuildReport, build_index
from index.calibration import CALIBRATION_WORDS, Calibration
from index.centering import read_samples
from index.encoder import OnnxEncoder, Progress, TorchEncoder
from index.home import IndexHome, open_home
from index.model import ModelMissing, is_ready, model_folder, prepare_model
from index.ranker import Ranker
from index.retriever import Retriever
from index.tagger import Tagger

# Seconds after which a thread that computes lets another have the interpreter, if one wants it. Python's 5 ms are most
# of an answer: a question encoded beside the rules took 12 to 18 ms so, and takes 6.7 with this (alone 6.3; 2026-12).
SWITCH = 0.0002


def serving_encoder(settings: Settings) -> OnnxEncoder:
    """The encoder that serves questions. Raises ModelMissing when the set-up has not made it yet."""
    folder = model_folder(settings.var, settings.model)
    if not is_ready(folder):
        raise ModelMissing(f"The model '{settings.model}' is not ready in {folder}. Run: make setup")
    return OnnxEncoder(folder / "serve", settings.threads)


def index_home(settings: Settings) -> IndexHome:
    """Where the index lives; its `version()` tells a process that serves when there is a newer one to open."""
    return open_home(settings.index_address, settings.kreis, settings.passages_in_memory)


def open_retriever(settings: Settings, calibrated: bool = True) -> Retriever:
    """The retriever over the index in force, with what labelled questions taught. Raises IndexMissing, ModelMissing."""
    encoder = serving_encoder(settings)
    taught = learned() if calibrated else (Calibration(), None, None)
    return Retriever(index_home(settings).open(encoder.name), encoder, *taught)


def learned(by_words: bool = False) -> tuple[Calibration, Ranker | None, Tagger | None]:
    """What labelled questions taught: how sure a ranking is, what evidence weighs, what is told of a person.

    Words alone weigh by rank.
    """
    if by_words:
        return Calibration.open(CALIBRATION_WORDS), None, None
    return Calibration.open(), Ranker.open(), Tagger.open()


def open_assistant(settings: Settings) -> Assistant:
    """The assistant, ready to answer. Raises ContentError, IndexMissing, ModelMissing."""
    sys.setswitchinterval(SWITCH)
    catalog = Catalog.read(settings.content)
    retriever = open_retriever(settings)
    return Assistant(catalog, retriever, read_voices(settings.content / "languages"), Calibration.open().threshold)


def update_index(settings: Settings, started: Callable[[int], Progress] | None = None) -> BuildReport:
    """Bring the index up to date with the content. Raises ContentError, ModelMissing."""
    catalog = Catalog.read(settings.content)
    folder = prepare_model(settings.var, settings.model)
    encoder = TorchEncoder(folder / "encode")
    home = index_home(settings)
    with home.only_one():
        return build_index(home, list(catalog.passages()), encoder, read_samples(), started)
