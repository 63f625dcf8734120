"""Golden numbers for the Go packages sae and train, made by sae-lens.

Writes below OUTPUT, which is the repository's root in life:

    sae/testdata/golden/steps             losses and gradients of single passes
    sae/testdata/golden/folders           SAE folders saved by sae-lens
    train/testdata/golden/trajectories    50 steps of sae-lens' own SAETrainer
    train/testdata/golden/checkpoints     folders that it saved while training
    train/testdata/golden/scaler          scaling and whitening, estimated and folded
    train/testdata/golden/schedules       learning rates and coefficients, step by step

    python scripts/golden_sae.py --output .

With --regenerate-check, everything is made again in a temporary folder and
compared with what OUTPUT holds; exit status 1 if they differ. What a file holds
is said in sae/testdata/golden/README.md. Needs scripts/requirements-parity.txt.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import warnings

os.environ["TQDM_DISABLE"] = "1"  # sae-lens draws a bar for every run; read when tqdm is imported
warnings.filterwarnings("ignore", message=".*matryoshka level.*")  # in a case sae-lens appends the last one

import torch

from saego_golden import checkpoints, files, folders, scaling, schedules, steps, trajectories

GENERATORS = {
    "sae/testdata/golden/steps": steps.generate,
    "sae/testdata/golden/folders": folders.generate,
    "train/testdata/golden/trajectories": trajectories.generate,
    "train/testdata/golden/checkpoints": checkpoints.generate,
    "train/testdata/golden/scaler": scaling.generate,
    "train/testdata/golden/schedules": schedules.generate,
}
TOLERANCE = 1e-5  # of a tensor's largest value: twice what rounding may do to a case (AGREE), since another machine rounds otherwise


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("."), help="root below which the golden folders lie (default: .)")
    parser.add_argument("--regenerate-check", action="store_true", help="write nothing; compare a fresh run with what lies there")
    args = parser.parse_args()
    torch.set_num_threads(1)  # the order of sums, and so their rounding, depends on the number of threads
    if args.regenerate_check:
        sys.exit(check(args.output))
    generate(args.output)


def generate(root):
    for folder, make in GENERATORS.items():
        make(root / folder)


def check(root):
    """Compares the committed folders with fresh ones; returns the exit status."""
    with tempfile.TemporaryDirectory() as fresh:
        generate(pathlib.Path(fresh))
        lines = [f"{folder}/{line}" for folder in GENERATORS for line in files.compare(root / folder, pathlib.Path(fresh) / folder, TOLERANCE)]
    for line in lines:
        print(line)
    print(f"golden files: {len(lines)} differences" if lines else "golden files: as sae-lens makes them")
    return 1 if lines else 0


if __name__ == "__main__":
    main()
