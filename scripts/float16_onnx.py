#!/usr/bin/env python3
"""Make a float16 copy of a model folder, which is faster on a GPU.

    float16_onnx.py --model models/gpt2 --output models/gpt2-float16

The copy is a model folder of its own, with its own digest and half the size; saego reads it
as any other and says how far its rows are from float32. Norms and softmax stay float32. A
processor computes it, too, but no faster.

Needs onnx, onnxruntime and safetensors of scripts/requirements-export.txt, no torch. Exit
codes: 0 done, 1 an error (one line on stderr, nothing left behind), 2 wrong usage.
"""

import sys

from saego_export import command


def load():
    from saego_export.float16 import halve
    return halve


def main(argv=None):
    return command.copy_folder("float16", __doc__, load, argv)


if __name__ == "__main__":
    sys.exit(main())
