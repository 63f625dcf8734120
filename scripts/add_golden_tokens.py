#!/usr/bin/env python3
"""Write golden_tokens.json into model folders that were exported before there was one.

    add_golden_tokens.py FOLDER...

The file holds texts and the ids that Hugging Face's tokenizers give them by the
folder's tokenizer.json; saego compares its own with them whenever it opens the folder.
Needs the package tokenizers.
"""

import argparse
import sys
from pathlib import Path

from saego_export import ExportError, tokenizer


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folders", metavar="FOLDER", nargs="+", type=Path)
    for folder in p.parse_args(argv).folders:
        try:
            tokenizer.add_golden(folder)
        except (ExportError, OSError) as e:
            print(f"add_golden_tokens: {e}", file=sys.stderr)
            return 1
        print(f"{folder}: {tokenizer.FILE} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
