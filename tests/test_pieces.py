"""Only the pieces of the languages served are kept, each with the whole model's embedding, and no sign gets lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from safetensors import safe_open
from sentencepiece import SentencePieceProcessor

from assistant.settings import Settings
from index.export import GRAPH
from index.model import prepare_model
from index.pieces import NAMED, Rows, kept_rows, write_bits
from index.table import SCALES, in_blocks
from index.tokens import PIECES, TOKENIZER, read_vocabulary, sentencepiece_of

LARGEST = 64_000_000  # bytes of a serving folder; 144 million with all pieces, eight bits each and tokenizer.json


@pytest.fixture(scope="module")
def folder() -> Path:
    return prepare_model(Settings().var)


@pytest.fixture(scope="module")
def pieces(folder: Path) -> list[str]:
    return [piece for piece, _ in read_vocabulary(folder / "encode" / TOKENIZER)["model"]["vocab"]]


@pytest.fixture(scope="module")
def rows(pieces: list[str]) -> Rows:
    return kept_rows(pieces)


@pytest.fixture(scope="module")
def served(folder: Path) -> SentencePieceProcessor:
    return SentencePieceProcessor(model_file=str(folder / "serve" / PIECES))


def test_a_choice_is_read_as_it_was_written(tmp_path: Path) -> None:
    pieces = [f"▁{number}" for number in range(13)]
    write_bits(pieces, np.array([number % 3 == 0 for number in range(13)]), tmp_path / "bits")

    assert kept_rows(pieces, tmp_path / "bits").tolist() == [0, 3, 6, 9, 12]


def test_another_models_vocabulary_is_kept_whole() -> None:
    assert kept_rows(["[CLS]", "[SEP]", "ausbildung"]).tolist() == [0, 1, 2]


def test_the_frame_keeps_its_ids(served: SentencePieceProcessor, pieces: list[str], rows: Rows) -> None:
    assert [served.id_to_piece(number) for number in range(4)] == list(NAMED[:4])
    assert [served.bos_id(), served.pad_id(), served.eos_id(), served.unk_id()] == [0, 1, 2, 3]
    assert [served.id_to_piece(number) for number in range(len(served))] == [pieces[row] for row in rows]


def test_every_piece_served_has_the_whole_models_embedding(folder: Path, rows: Rows) -> None:
    graph = onnx.load(folder / "serve" / GRAPH).graph
    weights = {weight.name: weight for weight in graph.initializer}
    (name,) = [name.removesuffix(SCALES) for name in weights if name.endswith(SCALES)]
    packed = np.frombuffer(weights[name].raw_data, np.int8).reshape(len(rows), -1)
    numbers = np.stack([packed << 4 >> 4, packed >> 4], axis=2).reshape(len(rows), -1, 32)
    scales = onnx.numpy_helper.to_array(weights[name + SCALES]).astype(np.float32)

    with safe_open(folder / "encode" / "model.safetensors", "np") as whole:
        (table,) = [whole.get_tensor(key) for key in whole.keys() if "word_embeddings" in key]  # noqa: SIM118
    np.testing.assert_array_equal((numbers * scales[..., None]).reshape(len(rows), -1), table[rows])


def test_nothing_that_was_known_becomes_unknown(folder: Path, served: SentencePieceProcessor) -> None:
    vocabulary = read_vocabulary(folder / "encode" / TOKENIZER)
    whole = SentencePieceProcessor(model_proto=sentencepiece_of(vocabulary))
    texts = [piece.replace("▁", " ") for piece, _ in vocabulary["model"]["vocab"][4:]]

    pairs = zip(texts, whole.encode(texts), served.encode(texts), strict=True)

    assert [text for text, before, now in pairs if 3 in now and 3 not in before] == []


def test_the_serving_folder_stays_small(folder: Path) -> None:
    assert sum(path.stat().st_size for path in (folder / "serve").iterdir()) < LARGEST


def test_four_bits_give_back_what_came_in_four_bits() -> None:
    draw = np.random.default_rng(0)
    numbers = draw.integers(-7, 8, (3, 64)).astype(np.int8)
    numbers[:, ::32] = -8  # in each block one number is the furthest from nought
    numbers[2, 32:] = 0  # a block of nothing
    scales = draw.normal(size=(3, 2)).astype(np.float16)

    blocks = in_blocks((numbers * np.repeat(scales, 32, axis=1).astype(np.float32)).astype(np.float32))

    assert blocks is not None
    np.testing.assert_array_equal(blocks[0], numbers)
    np.testing.assert_array_equal(blocks[1], np.where([[True, True], [True, True], [True, False]], scales, 0))


def test_what_four_bits_would_change_stays_as_it_is() -> None:
    values = np.random.default_rng(0).normal(size=(2, 64)).astype(np.float32)

    assert in_blocks(values) is None
    assert in_blocks(values[:, :40]) is None
