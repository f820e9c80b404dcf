"""A BERT encoder as an ONNX graph, and its int8 form.

The graph is written out node by node rather than traced: torch's exporter needs one more package,
and its small operators would have to be fused again (one attention node a layer here). Any state
dict with BertModel's parameter names can be exported, so a fine-tuned model takes the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ingest.training.packed import EncoderConfig

OPSET = 20  # the first with a Gelu node
CONTRIB = "com.microsoft"  # ONNX Runtime's own operators, part of every build of it
# Inputs of the graph and what comes out; shapes [batch, tokens] and [batch, tokens, hidden].
INPUTS = ("input_ids", "attention_mask")
OUTPUT = "last_hidden_state"

Weights = Mapping[str, NDArray[np.float32]]


class _Graph:
    """Collects nodes and initializers; every method returns the name of its output."""

    def __init__(self, weights: Weights, config: EncoderConfig) -> None:
        self.weights = weights
        self.config = config
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(
        self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: object
    ) -> str:
        node = helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes)
        self.nodes.append(node)
        return output

    def norm(self, source: str, prefix: str, output: str) -> str:
        names = [
            self.constant(f"{prefix}.{part}", self.weights[f"{prefix}.{part}"]) for part in ("weight", "bias")
        ]
        return self.node("LayerNormalization", [source, *names], output, axis=-1, epsilon=self.config.epsilon)

    def linear(self, source: str, prefixes: list[str], output: str) -> str:
        """One matrix product for all ``prefixes`` (query, key and value share theirs), then the bias."""
        matrix = np.concatenate([self.weights[f"{prefix}.weight"] for prefix in prefixes]).T
        bias = np.concatenate([self.weights[f"{prefix}.bias"] for prefix in prefixes])
        product = self.node(
            "MatMul", [source, self.constant(f"{output}.weight", matrix)], f"{output}.product"
        )
        return self.node("Add", [product, self.constant(f"{output}.bias", bias)], output)


def encoder_graph(weights: Weights, config: EncoderConfig) -> onnx.ModelProto:
    """Return the fp32 encoder: ``INPUTS`` (int64) to ``OUTPUT`` (fp32), token type 0 everywhere."""
    graph = _Graph(weights, config)
    hidden = _embeddings(graph)
    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    for index in range(config.layers):
        hidden = _layer(graph, hidden, mask, index)
    graph.node("Identity", [hidden], OUTPUT)
    shape = ["batch", "tokens"]
    body = helper.make_graph(
        graph.nodes,
        "encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in INPUTS],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [*shape, config.hidden])],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=10, producer_name="tro-ly-ao")


def _embeddings(graph: _Graph) -> str:
    prefix = "embeddings"
    words = graph.constant("words", graph.weights[f"{prefix}.word_embeddings.weight"])
    # Token type 0 is the only one the model ever sees: its row is added to the positions once, here.
    table = graph.weights[f"{prefix}.position_embeddings.weight"]
    positions = graph.constant(
        "positions", table + graph.weights[f"{prefix}.token_type_embeddings.weight"][:1]
    )
    looked_up = graph.node("Gather", [words, "input_ids"], "word_vectors")
    length = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    zero = graph.constant("zero", np.zeros(1, np.int64))
    rows = graph.node("Slice", [positions, zero, length, zero], "position_vectors")
    return graph.norm(graph.node("Add", [looked_up, rows], "embedded"), f"{prefix}.LayerNorm", "hidden")


def _layer(graph: _Graph, hidden: str, mask: str, index: int) -> str:
    source, name = f"encoder.layer.{index}", f"layer{index}"
    attention = f"{source}.attention"
    joined = graph.linear(
        hidden, [f"{attention}.self.{part}" for part in ("query", "key", "value")], f"{name}.qkv"
    )
    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    graph.nodes.append(
        helper.make_node("Split", [joined], parts, name=f"{name}.split", axis=-1, num_outputs=3)
    )
    context = graph.node(
        "MultiHeadAttention",
        [*parts, "", mask],
        f"{name}.context",
        domain=CONTRIB,
        num_heads=graph.config.heads,
    )
    out = graph.linear(context, [f"{attention}.output.dense"], f"{name}.attended")
    hidden = graph.norm(
        graph.node("Add", [out, hidden], f"{name}.sum1"), f"{attention}.output.LayerNorm", f"{name}.norm1"
    )
    inner = graph.linear(hidden, [f"{source}.intermediate.dense"], f"{name}.inner")
    inner = graph.node("Gelu", [inner], f"{name}.gelu")
    out = graph.linear(inner, [f"{source}.output.dense"], f"{name}.outer")
    return graph.norm(
        graph.node("Add", [out, hidden], f"{name}.sum2"), f"{source}.output.LayerNorm", f"{name}.norm2"
    )


# Products whose inputs are quantised row by row. One scale for a whole text costs the fine-tuned model
# most there; cosine to fp32 (200 sentences, min and mean) and milliseconds for 160 tokens, one run:
# none of them 0.966 0.984 50, "qkv" and "outer" 0.993 0.997 55, all four 0.996 0.998 64.
BLOCKWISE = ("qkv", "outer")
BLOCK = 128  # weights that share a scale
_ZERO = 128  # of unsigned eight-bit weights: the operator's default
_INT8_ARITHMETIC = 4  # the operator's accuracy level that computes in int8


def blockwise(graph: onnx.ModelProto) -> onnx.ModelProto:
    """Return ``graph`` with the ``BLOCKWISE`` products as ONNX Runtime's ``MatMulNBits`` of eight bits.

    It keeps a scale for every ``BLOCK`` weights and finds the inputs' scales row by row at run time.
    """
    result = onnx.ModelProto()
    result.CopyFrom(graph)
    constants = {constant.name: constant for constant in result.graph.initializer}
    for node in result.graph.node:
        if node.op_type != "MatMul" or node.name.split(".")[1] not in BLOCKWISE:
            continue
        name = node.input[1]
        matrix = numpy_helper.to_array(constants.pop(name)).T
        rows, columns = matrix.shape
        blocks = matrix.reshape(rows, columns // BLOCK, BLOCK)
        scales = np.abs(blocks).max(axis=-1) / (_ZERO - 1)
        packed = np.rint(blocks / scales[..., None]) + _ZERO
        constants[f"{name}.packed"] = numpy_helper.from_array(packed.astype(np.uint8), f"{name}.packed")
        constants[f"{name}.scales"] = numpy_helper.from_array(
            scales.astype(np.float32).reshape(-1), f"{name}.scales"
        )
        node.CopyFrom(
            helper.make_node(
                "MatMulNBits",
                [node.input[0], f"{name}.packed", f"{name}.scales"],
                list(node.output),
                name=node.name,
                domain=CONTRIB,
                K=columns,
                N=rows,
                bits=8,
                block_size=BLOCK,
                accuracy_level=_INT8_ARITHMETIC,
            )
        )
    del result.graph.initializer[:]
    result.graph.initializer.extend(constants.values())
    return result


def quantise(source: Path, target: Path) -> None:
    """Write the int8 form of the graph in ``source``: weights per channel, activations at run time.

    Products that ``blockwise`` took out of fp32 stay as they are.

    Weights take seven of the eight bits: processors without VNNI add pairs of products in 16 bits, which
    full-range weights can overflow (ONNX Runtime, "Quantize ONNX models", reduce_range). So every machine
    computes the same vectors; it costs 0.001 of cosine.
    """
    # Imported here: the quantiser logs and pulls in more than the graph writer needs.
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source,
        target,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        # Shape inference does not know the attention node; everything it would ask about is fp32.
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )
