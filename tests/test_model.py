"""The model's folders: reading the packed weights, naming folders, knowing whether they are finished."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import numpy as np
import pytest
from numpy.typing import NDArray

from index.model import FORMAT, ModelMissing, is_ready, model_folder, prepare_model, read_q4

SIZES = {"hidden": 32, "layers": 1, "heads": 2, "feed_forward": 64, "vocabulary": 3, "positions": 16, "types": 1}
PIECES = [b"<s>", b"</s>", "▁Wetterau".encode()]


def q4(weights: NDArray[np.float32], scale: float) -> bytes:
    """Pack 32 weights as the file does: a half-precision scale, then weight j low and weight j + 16 high in byte j."""
    nibbles = (weights / scale + 8).astype(np.uint8)
    return np.float16(scale).tobytes() + (nibbles[:16] | nibbles[16:] << 4).tobytes()


def packed(tensors: dict[str, tuple[int, int, bytes]]) -> bytes:
    """A model file with the given tensors: name → kind, number of values, bytes."""
    blob = b"".join(PIECES)
    head = b"E5S1" + pack("<i", 1) + pack("<7i", *SIZES.values()) + pack("<fi", 1e-12, 32)
    head += pack("<5iQ", len(PIECES), 0, 1, 2, 3, len(blob))
    head += pack(f"<{len(PIECES) + 1}I", 0, 3, 7, len(blob)) + pack(f"<{len(PIECES)}f", 0, 0, -1) + blob
    head += pack("<iI", 2, 5) + b"norms" + pack("<i", len(tensors))
    at = len(head) + sum(2 + len(name) + 21 for name in tensors)
    directory, data = b"", b""
    for name, (kind, values, raw) in tensors.items():
        directory += pack("<H", len(name)) + name.encode() + pack("<BIQQ", kind, values, at + len(data), len(raw))
        data += raw
    return head + directory + data


def test_packed_weights_come_back_as_they_were() -> None:
    norm = np.array([0.1, -2.5, 3.25], np.float32)
    first = np.arange(32, dtype=np.float32) % 16 - 8
    second = first[::-1] * 0.25
    data = packed({"emb.ln.w": (0, 3, norm.tobytes()), "l0.q.w": (1, 64, q4(first, 1.0) + q4(second, 0.25))})

    sizes, tensors = read_q4(data)

    assert sizes == SIZES
    assert list(tensors) == ["emb.ln.w", "l0.q.w"]
    np.testing.assert_array_equal(tensors["emb.ln.w"], norm)
    np.testing.assert_array_equal(tensors["l0.q.w"], np.concatenate([first, second]))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 a zip, not a model", b"E5S2" + bytes(100)])
def test_a_damaged_model_file_says_how_to_mend_it(data: bytes) -> None:
    with pytest.raises(ModelMissing, match=r"damaged\. Remove var/packages and run: make setup"):
        read_q4(data)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("multilingual-e5-small", "multilingual-e5-small"),
        ("intfloat/multilingual-e5-small", "intfloat-multilingual-e5-small"),
        ("BAAI/bge-m3", "BAAI-bge-m3"),
        ("/opt/models/eigenes modell_v1.5/", "opt-models-eigenes-modell-v1.5"),
    ],
)
def test_every_model_has_a_plain_folder_of_its_own(model: str, name: str) -> None:
    assert model_folder(Path("var"), model) == Path("var/models") / name


def test_a_folder_is_ready_only_when_this_version_finished_it(tmp_path: Path) -> None:
    mark = tmp_path / "format"
    nothing = is_ready(tmp_path)
    mark.write_text("0")
    older = is_ready(tmp_path)
    mark.write_text(FORMAT)
    finished = is_ready(tmp_path)

    assert (nothing, older, finished) == (False, False, True)


def test_a_finished_model_is_not_made_again(tmp_path: Path) -> None:
    folder = model_folder(tmp_path, "some/model")
    folder.mkdir(parents=True)
    (folder / "format").write_text(FORMAT)

    assert prepare_model(tmp_path, "some/model") == folder
    assert [path.name for path in tmp_path.rglob("*")] == ["models", "some-model", "format"]
