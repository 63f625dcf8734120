"""Make a model folder whose matrices are 8-bit integers of one that has floats.

Weights are quantized once, per output channel; activations when the network runs,
per tensor (ONNX Runtime's dynamic quantization). Weights have 7 bits: with 8, products
overflow 16-bit sums on processors without VNNI, and rows would depend on the processor.
Embeddings, convolutions, norms and attention stay float32.
"""

from importlib import metadata

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from . import ExportError, derived


def quantize(model, output, say):
    """Write the int8 copy of the folder model to the folder output; replace a model folder that stands there."""
    by = f"onnxruntime {metadata.version('onnxruntime')}, dynamic, 7-bit weights per channel"
    derived.derive(model, output, "int8", by, write_graph, say)


def write_graph(source, target):
    """Quantize the constant matrices of the graph source."""
    graph = onnx.load(str(source))
    size = sum(w.ByteSize() for w in graph.graph.initializer)
    derived.forget_shapes_of_weights(graph.graph)
    with derived.quiet():
        # A graph in memory: of a path the library leaves a file beside it.
        quantize_dynamic(graph, str(target), op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=True,
                         weight_type=QuantType.QInt8, use_external_data_format=size > derived.INLINE_LIMIT)
    if not any(n.op_type == "MatMulInteger" for n in onnx.load(str(target), load_external_data=False).graph.node):
        raise ExportError(f"graph {str(source)!r}: no product with a constant matrix: there is nothing to quantize")
