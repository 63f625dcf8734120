#!/usr/bin/env python3
"""Make an int8 copy of a model folder, for two to five times the speed on a processor.

    quantize_onnx.py --model models/gpt2 --output models/gpt2-int8

The copy is a model folder of its own, with its own digest; saego reads it as any other
and says how far its rows are from float32: some percent, so look before you train on them.

Needs onnx, onnxruntime and safetensors of scripts/requirements-export.txt, no torch. Exit
codes: 0 done, 1 an error (one line on stderr, nothing left behind), 2 wrong usage.
"""

import argparse
import sys

from saego_export import ExportError


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def main(argv=None):
    p = Parser(prog="quantize_onnx.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True, metavar="DIR", help="model folder made by export_onnx.py")
    p.add_argument("--output", required=True, metavar="DIR", help="model folder to write")
    args = p.parse_args(argv)
    try:
        from saego_export.quantize import quantize
        quantize(args.model, args.output, say)
    except ExportError as e:
        return fail(e)
    except ImportError as e:
        return fail(f"{e}: pip install -r scripts/requirements-export.txt")
    except OSError as e:
        return fail(f"{e.filename or args.output}: {e.strerror or e}")
    except KeyboardInterrupt:
        return fail("interrupted: nothing was written")
    say(args.output)
    return 0


def say(line):
    print(f"quantize: {line}", flush=True)


def fail(why):
    print(f"quantize: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
