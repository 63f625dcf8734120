"""What the scripts that write model folders have in common: an error is one line."""

import argparse
import sys

from . import ExportError


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def copy_folder(name, doc, load, argv):
    """Be the script name_onnx.py, which makes a copy of a model folder by the function that load returns."""
    p = Parser(prog=f"{name}_onnx.py", description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True, metavar="DIR", help="model folder made by export_onnx.py")
    p.add_argument("--output", required=True, metavar="DIR", help="model folder to write")
    args = p.parse_args(argv)

    def copy(say):
        load()(args.model, args.output, say)
        return args.output

    return run(name, args.output, copy)


def run(name, output, work):
    """Call work with a function that tells of progress, tell what it returns, and return the exit code."""
    def say(line):
        print(f"{name}: {line}", flush=True)

    try:
        say(work(say))
        return 0
    except ExportError as e:
        why = e
    except ImportError as e:
        why = f"{e}: pip install -r scripts/requirements-export.txt"
    except OSError as e:
        why = f"{e.filename or output}: {e.strerror or e}"
    except KeyboardInterrupt:
        why = "interrupted: nothing was written"
    print(f"{name}: {why}", file=sys.stderr)
    return 1
