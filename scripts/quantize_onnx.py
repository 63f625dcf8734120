#!/usr/bin/env python3
"""Make an int8 copy of a model folder, which is faster on a processor.

    quantize_onnx.py --model models/gpt2 --output models/gpt2-int8

The copy is a model folder of its own, with its own digest; saego reads it as any other
and says how far its rows are from float32: some percent, so look before you train on them.

Needs onnx, onnxruntime and safetensors of scripts/requirements-export.txt, no torch. Exit
codes: 0 done, 1 an error (one line on stderr, nothing left behind), 2 wrong usage.
"""

import argparse
import sys

from saego_export import command


def main(argv=None):
    p = command.Parser(prog="quantize_onnx.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True, metavar="DIR", help="model folder made by export_onnx.py")
    p.add_argument("--output", required=True, metavar="DIR", help="model folder to write")
    args = p.parse_args(argv)

    def copy(say):
        from saego_export.quantize import quantize
        quantize(args.model, args.output, say)
        return args.output

    return command.run("quantize", args.output, copy)


if __name__ == "__main__":
    sys.exit(main())
