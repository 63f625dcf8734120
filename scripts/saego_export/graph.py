"""Write the ONNX graph with each hook point as a named output."""

import contextlib
import io
import logging
import warnings

import torch

from .network import Hooked

INLINE_LIMIT = 100 << 20  # bytes of weights; larger ones go to model.onnx.data


def weight_bytes(module):
    return sum(p.numel() * p.element_size() for p in module.parameters())


def dynamic_shapes(net):
    """Return torch.export's description of the axes that may vary, for a forward of *inputs."""
    dims = {name: torch.export.Dim(name, min=1, max=most) if most else torch.export.Dim(name)
            for name, most in net.dynamic.items()}
    return (tuple({i: dims[axis] for i, axis in enumerate(spec["shape"]) if axis in dims} for spec in net.inputs),)


def write(net, path, opset):
    """Export net to path; weights stay inside the file up to INLINE_LIMIT."""
    batch, seq = 2, min(9, net.dynamic.get("sequence", 9))
    args = net.example(batch, seq, torch.Generator().manual_seed(1))
    with quiet():
        program = torch.onnx.export(
            Hooked(net).eval(), args, dynamo=True, opset_version=opset, input_names=net.input_names,
            output_names=net.output_names(), dynamic_shapes=dynamic_shapes(net), verbose=False)
        forget_sources(program.model)
        program.save(str(path), external_data=weight_bytes(net.module) > INLINE_LIMIT)


def forget_sources(model):
    """Drop the stack traces and code that torch notes on each node.

    They hold the paths of the machine that exported and change from run to run.
    The module path of a node (name_scopes) is kept: a reader finds modules by it.
    """
    for node in model.graph.all_nodes():
        node.doc_string = None
        for key in [k for k in node.metadata_props if not k.endswith("name_scopes")]:
            del node.metadata_props[key]
    for key in list(model.graph.metadata_props):
        del model.graph.metadata_props[key]
    model.graph.doc_string = model.doc_string = None


@contextlib.contextmanager
def quiet():
    """Silence the exporter's progress and warnings; its errors still come as exceptions."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
