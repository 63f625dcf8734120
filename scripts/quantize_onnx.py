#!/usr/bin/env python3
"""Make an int8 copy of a model folder, which is faster on a processor.

    quantize_onnx.py --model models/gpt2 --output models/gpt2-int8

The copy is a model folder of its own, with its own digest; saego reads it as any other
and says how far its rows are from float32: some percent, so look before you train on them.

Needs onnx, onnxruntime and safetensors of scripts/requirements-export.txt, no torch. Exit
codes: 0 done, 1 an error (one line on stderr, nothing left behind), 2 wrong usage.
"""

import sys

from saego_export import command


def load():
    from saego_export.quantize import quantize
    return quantize


def main(argv=None):
    return command.copy_folder("quantize", __doc__, load, argv)


if __name__ == "__main__":
    sys.exit(main())
