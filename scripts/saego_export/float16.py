"""Make a model folder whose numbers are 16-bit floats of one that has 32-bit floats, for GPUs.

Weights, activations and products are float16; inputs and named outputs stay float32. What
leaves float16's range, or sums many squares, stays float32 (BLOCKED, and what feeds a sine:
positions times frequencies). ONNX Runtime's own converter does the work; what it leaves
undone is done here: it writes a Cast twice where two nodes need it, and rounds between two
nodes that both stay float32.
"""

from importlib import metadata

import onnx
import onnxruntime as ort
from onnx import TensorProto, helper
from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16

from . import ExportError, derived

# Norms, also where they are spelled out, and softmax.
BLOCKED = [
    "LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization", "InstanceNormalization", "GroupNormalization",
    "Softmax", "LogSoftmax", "Pow", "ReduceMean", "ReduceSum", "ReduceSumSquare", "ReduceL2", "Sqrt", "Reciprocal", "Sin", "Cos",
]


def halve(model, output, say):
    """Write the float16 copy of the folder model to the folder output; replace a model folder that stands there."""
    by = f"onnxruntime {metadata.version('onnxruntime')}, norms and softmax in float32"
    derived.derive(model, output, "float16", by, write_graph, say, options())


def options():
    """Return the options of a session on the CPU. Its Gemm sums in float16, where a GPU sums in
    float32; its MatMul does not, as long as the two are not made one (extract/ort does so, too)."""
    o = ort.SessionOptions()
    o.log_severity_level = 3  # the constants that it cannot fold are no news
    o.add_session_config_entry("optimization.disable_specified_optimizers", "MatMulAddFusion")
    return o


def write_graph(source, target):
    """Convert the graph source."""
    model = onnx.shape_inference.infer_shapes(onnx.load(str(source), load_external_data=False))
    onnx.load_external_data_for_model(model, str(source.parent))
    graph = model.graph
    if any(a.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for n in graph.node for a in n.attribute):
        raise ExportError(f"graph {str(source)!r}: it has branches or loops, which are not converted: export the model anew")
    derived.forget_shapes_of_weights(graph)
    name_nodes(graph)
    split_gemms(graph)
    keep = [n.name for n in precise(graph)]
    with derived.quiet():
        model = convert_float_to_float16(model, keep_io_types=True, disable_shape_infer=True,
                                         op_block_list=DEFAULT_OP_BLOCK_LIST + BLOCKED, node_block_list=keep)
    tidy(model.graph)
    for node in model.graph.node:
        if node.op_type == "Attention" and not node.domain:
            node.attribute.append(helper.make_attribute("softmax_precision", TensorProto.FLOAT))
    if not any(w.data_type == TensorProto.FLOAT16 for w in model.graph.initializer):
        raise ExportError(f"graph {str(source)!r}: no weights of float32: there is nothing to convert")
    size = sum(w.ByteSize() for w in model.graph.initializer)
    onnx.save_model(model, str(target), save_as_external_data=size > derived.INLINE_LIMIT, location=target.name + ".data")


def name_nodes(graph):
    """Give each node a name of its own: the converter knows nodes by it."""
    taken = set()
    for i, node in enumerate(graph.node):
        if not node.name or node.name in taken:
            node.name = f"{node.name or node.op_type}.{i}"
        taken.add(node.name)


def split_gemms(graph):
    """Write a Gemm as MatMul and Add, which a GPU's session makes one again."""
    types = {v.name: v for v in [*graph.value_info, *graph.output]}
    nodes = []
    for node in graph.node:
        nodes += gemm(node, types, graph) if node.op_type == "Gemm" and is_plain(node) else [node]
    del graph.node[:]
    graph.node.extend(nodes)


def attributes(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def is_plain(node):
    a = attributes(node)
    return a.get("alpha", 1) == 1 and a.get("beta", 1) == 1 and not a.get("transA") and len(node.input) == 3 and node.input[2]


def gemm(node, types, graph):
    """Return the nodes that stand for a Gemm."""
    x, w, bias = node.input
    product, nodes = node.name + ".product", []
    if attributes(node).get("transB"):
        nodes.append(helper.make_node("Transpose", [w], [node.name + ".turned"], name=node.name + ".turn", perm=[1, 0]))
        w = node.name + ".turned"
    nodes.append(helper.make_node("MatMul", [x, w], [product], name=node.name + ".matmul"))
    nodes.append(helper.make_node("Add", [product, bias], list(node.output), name=node.name))
    for part in nodes:
        part.metadata_props.extend(node.metadata_props)  # the module that they belong to
    if node.output[0] in types:
        said = graph.value_info.add()
        said.CopyFrom(types[node.output[0]])
        said.name = product
    return nodes


def precise(graph):
    """Return the nodes that stay float32 beside BLOCKED: what is added to a mean (the epsilon of a
    norm), and what positions are multiplied with before a sine."""
    makers = {o: n for n in graph.node for o in n.output}
    found = [n for n in graph.node if n.op_type == "Add" and any(makers.get(i) and makers[i].op_type == "ReduceMean" for i in n.input)]
    todo = [n for n in graph.node if n.op_type in ("Sin", "Cos")]
    seen = set()
    while todo:
        node = todo.pop()
        for maker in (makers[i] for i in node.input if i in makers):
            if maker.name not in seen:
                seen.add(maker.name)
                found.append(maker)
                todo.append(maker)
    return found


def tidy(graph):
    """Drop the Casts that the converter wrote twice, and those between nodes that stay float32, and
    put the others where they belong: nodes come behind what they read."""
    casts = {n.output[0]: n for n in graph.node if n.name.endswith(("_cast_to_fp32_node", "_cast_to_fp16_node")) or is_io(n)}
    nodes = [n for n in graph.node if n.output[0] not in casts]
    wide = {}  # float32 tensor that was rounded and widened -> what it was before
    for name, cast in casts.items():
        before = casts.get(cast.input[0])
        if before is None or to(cast) != TensorProto.FLOAT or to(before) != TensorProto.FLOAT16:
            continue
        if is_io(cast):  # an output, whose name has to stay
            cast.input[0] = before.input[0]
        else:
            wide[name] = before.input[0]
    for node in [*nodes, *casts.values()]:
        for i, name in enumerate(node.input):
            if name in wide:
                node.input[i] = wide[name]
    needed = {i for n in [*nodes, *casts.values()] if n.output[0] not in wide for i in n.input} | {o.name for o in graph.output}
    casts = {name: cast for name, cast in casts.items() if name in needed and name not in wide}
    del graph.node[:]
    graph.node.extend(placed(nodes, casts))


def is_io(node):
    return node.name.startswith(("graph_input_cast", "graph_output_cast"))


def to(node):
    return attributes(node)["to"]


def placed(nodes, casts):
    """Yield nodes in their order, each behind the Casts that it reads, and then the other Casts."""
    done = set()

    def behind(names):
        for name in names:
            if name in casts and name not in done:
                done.add(name)
                yield from behind(casts[name].input)
                yield casts[name]

    for node in nodes:
        yield from behind(node.input)
        yield node
    yield from behind(list(casts))
