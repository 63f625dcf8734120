"""Bring PyTorch networks into saego's model folders.

saego reads activations from ONNX graphs, in Go. This package loads a network
as its own library does (network.py, and a file for each family), writes the graph
with each block's output named by its PyTorch module path (graph.py), compares the
graph with PyTorch's forward hooks (check.py) and writes the folder that
models/spec.go describes (folder.py, place.py). A folder that differs is never
left. quantize.py makes an int8 copy of such a folder, without torch. command.py is what
the scripts that call them share.
"""

VERSION = "1"  # of this exporter; stands in model.json under exported_by
FORMAT = 1  # version of model.json, see models/spec.go


class ExportError(Exception):
    """A fault that the user can mend; its text is one line."""
