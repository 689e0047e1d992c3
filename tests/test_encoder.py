"""The served ONNX model gives the vectors of sentence-transformers, in every script, and imports no torch to do so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.settings import ROOT, Settings
from index.centering import read_samples
from index.encoder import BATCH, OnnxEncoder, TorchEncoder, Vectors, read_query
from index.model import ModelMissing, prepare_model
from index.pieces import kept_rows
from index.tokens import PIECES, TOKENIZER, OwnTokenizer, PieceTokenizer, read_vocabulary
from tests.conftest import WordEncoder

TEXTS = {
    "Latin": "Ich bin 17 und weiß nicht, was ich nach der Schule machen soll.",
    "Cyrillic": "Де я можу вивчити німецьку мову і знайти роботу?",
    "Arabic": "أين يمكنني تعلم اللغة الألمانية والبحث عن عمل؟",
    "Hebrew": "איפה אפשר ללמוד גרמנית ולמצוא עבודה?",
    "Greek": "Πού μπορώ να μάθω γερμανικά και να βρω δουλειά;",
    "Devanagari": "मैं जर्मन कहाँ सीख सकता हूँ और काम कैसे ढूँढूँ?",
    "Ethiopic": "ጀርመንኛ የት መማር እና ሥራ ማግኘት እችላለሁ?",
    "Han": "我在哪里可以学习德语并找到工作？",
    "one word": "BAföG",
    "empty": "",
    "spaces": " \n\t ",
    "emoji": "🙂👩‍🏫 Job? 🇺🇦",
    "very long": "Die Berufsberatung hilft bei der Wahl einer Ausbildung. " * 60,  # beyond 512 tokens
}
AGREEMENT = 0.99  # what `encoder` promises; int8 gives 0.997 on ordinary questions (ENGINEERING.md)


@pytest.fixture(scope="module")
def folder() -> Path:
    return prepare_model(Settings().var)


@pytest.fixture(scope="module")
def served(folder: Path) -> OnnxEncoder:
    return OnnxEncoder(folder / "serve")


@pytest.fixture(scope="module")
def original(folder: Path) -> tuple[Vectors, ...]:
    """sentence-transformers' own vectors of all texts, as questions and as passages."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder / "encode"), device="cpu")
    texts = list(TEXTS.values())
    # One at a time: the longest text would pad all others to its 512 tokens.
    return tuple(model.encode(texts, prompt_name=name, batch_size=1) for name in ("query", "document"))


def test_questions_are_served_as_sentence_transformers_encodes_them(
    served: OnnxEncoder, original: tuple[Vectors, ...]
) -> None:
    assert differing(served.encode_queries(list(TEXTS.values())), original[0]) == {}


def test_passages_are_served_as_sentence_transformers_encodes_them(
    served: OnnxEncoder, original: tuple[Vectors, ...]
) -> None:
    assert differing(served.encode_passages(list(TEXTS.values())), original[1]) == {}


def test_the_index_is_encoded_as_sentence_transformers_does(folder: Path, original: tuple[Vectors, ...]) -> None:
    torch = TorchEncoder(folder / "encode")

    np.testing.assert_allclose(torch.encode_queries(list(TEXTS.values())), original[0], atol=1e-4)
    np.testing.assert_allclose(torch.encode_passages(list(TEXTS.values())), original[1], atol=1e-4)


def test_both_encoders_go_by_the_same_name(folder: Path, served: OnnxEncoder) -> None:
    torch = TorchEncoder(folder / "encode")

    assert (torch.name, torch.dimension) == (served.name, served.dimension) == ("multilingual-e5-small", 384)


def test_the_lean_tokenizer_gives_the_pieces_of_the_models_own(folder: Path) -> None:
    lean = PieceTokenizer(folder / "serve" / PIECES, longest=512)
    own = OwnTokenizer(folder / "encode" / TOKENIZER, longest=512)
    rows = kept_rows([piece for piece, _ in read_vocabulary(folder / "encode" / TOKENIZER)["model"]["vocab"]])
    texts = [f"query: {text}" for texts in (TEXTS.values(), *read_samples().values()) for text in texts]

    pairs = zip(texts, [rows[ids].tolist() for ids in lean.encode(texts)], own.encode(texts), strict=True)

    assert [(text, one, other) for text, one, other in pairs if one != other] == []


def test_vectors_come_in_the_order_of_their_texts(served: OnnxEncoder) -> None:
    texts = read_samples()["de"]  # more than one batch, and of many lengths

    together = served.encode_queries(texts)
    alone = np.concatenate([served.encode_queries([text]) for text in texts])

    assert len(texts) > BATCH
    assert (alone @ together.T).argmax(axis=1).tolist() == list(range(len(texts)))


def test_every_vector_has_length_one(served: OnnxEncoder) -> None:
    vectors = served.encode_queries(list(TEXTS.values()))

    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("kind", ["Latin", "Arabic", "empty", "very long"])
def test_a_question_is_read_piece_by_piece_with_the_same_vector(served: OnnxEncoder, kind: str) -> None:
    text = TEXTS[kind]
    vector, states = served.read_query(text)
    assert np.allclose(vector, served.encode_queries([text])[0], atol=1e-6)
    assert states.shape == (len(served.tokens([text])[0]), 2 * served.dimension)
    # The last layer's states are what the vector is the mean of.
    mean = states[:, served.dimension :].mean(axis=0)
    assert float(mean @ vector) / float(np.linalg.norm(mean)) > 0.999


def test_who_tells_no_states_is_read_without() -> None:
    reading = read_query(WordEncoder(), "Umschulung")
    assert np.array_equal(reading.vector, WordEncoder().encode_queries(["Umschulung"])[0])
    assert not len(reading.states)


def test_nothing_to_encode_gives_no_vectors(folder: Path, served: OnnxEncoder) -> None:
    torch = TorchEncoder(folder / "encode")

    assert [e.encode_queries([]).shape for e in (served, torch)] == [(0, 384), (0, 384)]
    assert [e.encode_passages([]).shape for e in (served, torch)] == [(0, 384), (0, 384)]


def test_progress_counts_every_passage_once(served: OnnxEncoder) -> None:
    told: list[int] = []

    served.encode_passages(["Ausbildung"] * (BATCH + 3), told.append)

    assert told == [BATCH, 3]


def test_a_missing_model_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="make setup"):
        OnnxEncoder(tmp_path)


def test_serving_imports_no_torch(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from index.encoder import OnnxEncoder\n"
        f"OnnxEncoder(Path({str(folder / 'serve')!r})).encode_queries(['Ausbildung'])\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )

    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


def differing(served: Vectors, original: Vectors) -> dict[str, float]:
    """The texts whose two vectors agree too little, with their cosine."""
    cosines = (served * original).sum(axis=1)
    return {name: float(at) for name, at in zip(TEXTS, cosines, strict=True) if at < AGREEMENT}
