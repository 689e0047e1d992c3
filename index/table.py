"""Makes a graph's table of embeddings small: only the pieces served, four bits a number where that loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.pieces import Rows

BLOCK = 32  # numbers that share one scale, as in Q4_0
SCALES = ".scales"


def narrow(file: Path, ids: str, rows: Rows | None) -> None:
    """Keep the given rows, else all, of the table in which a graph looks up its input `ids`."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(file)
    graph: Any = model.graph
    weights = {weight.name: weight for weight in graph.initializer}
    lookup = next((node for node in graph.node if node.op_type == "Gather" and ids in node.input), None)
    if lookup is None or lookup.input[0] not in weights:
        if rows is None:
            return
        raise ValueError(f"No table of embeddings is looked up by {ids}: index/table.py does not know such a model.")
    table = weights[lookup.input[0]]
    values = numpy_helper.to_array(table)
    values = values if rows is None else values[rows]
    graph.initializer.remove(table)
    blocks = in_blocks(values)
    if blocks is None:  # as it is; `export` makes int8 of it
        graph.initializer.append(numpy_helper.from_array(values, table.name))
    else:
        _look_up_blocks(graph, lookup, *blocks)
    model.ir_version = max(model.ir_version, 10)  # the first that knows numbers of four bits
    onnx.save(model, file)


def in_blocks(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]] | None:
    """Numbers from −8 to 7 and a scale for each 32 of a row (Q4_0); None where they would not give the values back.

    The default model comes in Q4_0, so its scales are found again: in each block what is furthest from nought was −8.
    """
    if values.shape[1] % BLOCK:
        return None
    blocks = values.reshape(len(values), -1, BLOCK)
    furthest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[..., None], axis=2)
    scales = (furthest / -8).astype(np.float16)
    steps = np.where(scales == 0, 1, scales).astype(np.float32)
    numbers = np.rint(blocks / steps).clip(-8, 7).astype(np.int8)
    if not np.array_equal(numbers * scales.astype(np.float32), blocks):
        return None
    return numbers.reshape(values.shape), scales[..., 0]


def _look_up_blocks(graph: Any, lookup: Any, numbers: NDArray[np.int8], scales: NDArray[np.float16]) -> None:
    """Put numbers and scales in the place of a table, and in that of its lookup one that multiplies them."""
    from onnx import TensorProto, helper, numpy_helper

    table, ids = lookup.input
    pairs = (numbers[:, ::2] & 15 | numbers[:, 1::2] << 4).astype(np.uint8)  # the first of two in the lower half
    packed = TensorProto(name=table, data_type=TensorProto.INT4, dims=numbers.shape, raw_data=pairs.tobytes())
    graph.initializer.extend([packed, numpy_helper.from_array(scales, table + SCALES)])
    half = lookup.output[0] + ".half"
    nodes = [
        helper.make_node(
            "GatherBlockQuantized",
            [table, ids, table + SCALES],
            [half],
            domain="com.microsoft",
            block_size=BLOCK,
            gather_axis=0,
            quantize_axis=1,
        ),
        helper.make_node("Cast", [half], lookup.output, to=TensorProto.FLOAT),
    ]
    at = list(graph.node).index(lookup)
    graph.node.remove(lookup)
    for node in reversed(nodes):
        graph.node.insert(at, node)
