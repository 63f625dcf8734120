#!/usr/bin/env python3
"""Prepare a build with CUDA, on a machine that needs no CUDA, no card and no driver.

    cuda.py [--requirements scripts/requirements-cuda.txt] [--output .deps/cuda]

The headers come from wheels that the requirements pin by version and hash, to OUTPUT/include.
OUTPUT/lib gets libcuda.a and libnvrtc.a, against which gorgonia.org/cu is linked in place of
the libraries of that name, so that a program starts where there is neither. An archive has
a function of a few bytes for each that the header declares: it jumps to where a table says.
internal/cuda/device opens the real library and fills the table. Before that a function returns
an error of the library's own, but for cuInit, which says that all is well: cu calls it
when the program starts, and ends the program if it fails.

Linux on x86-64 and aarch64, by what the C compiler (CC, default gcc) makes.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import native

# How a function jumps to the address at an offset of the table.
JUMPS = {
    "x86_64": "\tjmp *{table}+{offset}(%rip)\n",
    "aarch64": "\tadrp x16, {table}+{offset}\n\tldr x16, [x16, :lo12:{table}+{offset}]\n\tbr x16\n",
}
RETURNS = {"x86_64": "\tmov ${value}, %eax\n\tret\n", "aarch64": "\tmov w0, #{value}\n\tret\n"}

# The libraries: the type of a function that has no other way to say that it failed, the
# error for "not opened" (CUDA_ERROR_NOT_INITIALIZED, NVRTC_ERROR_INTERNAL_ERROR), and
# functions that return something else until then.
LIBRARIES = {
    "cuda": {"type": "CUresult", "closed": 3, "before": {"cuInit": 0}},
    "nvrtc": {"type": "nvrtcResult", "closed": 11, "before": {}},
}


class Compiler:
    def __init__(self):
        self.command = os.environ.get("CC", "gcc").split()
        target = self.run("-dumpmachine").strip()
        self.machine = target.split("-")[0].replace("arm64", "aarch64")
        if self.machine not in JUMPS or "linux" not in target:
            raise native.SetupError(f"{self.command[0]} compiles for {target}, and builds with CUDA are for Linux on x86_64 and aarch64: build without")

    def run(self, *args):
        try:
            result = subprocess.run([*self.command, *map(str, args)], capture_output=True, text=True)
        except FileNotFoundError:
            raise native.SetupError(f"{self.command[0]} is missing: install a C compiler, or name one by CC") from None
        if result.returncode != 0:
            raise native.SetupError(f"{' '.join(self.command)} failed: {result.stderr.strip()}")
        return result.stdout


def functions(compiler, header, result):
    """The functions that a header declares, by the names that libraries have them under: cuMemAlloc is cuMemAlloc_v2."""
    names = re.findall(rf"\b{result}\s+(\w+)\s*\(", compiler.run("-E", "-P", header))
    if not names:
        raise native.SetupError(f"{header} declares no function of type {result}: it is not the header that is pinned")
    return sorted(set(names))


def assembly(machine, library, names, closed, before):
    """The source of an archive. All symbols are hidden: what other libraries of the process
    look for under these names must not be found here."""
    table = f"saego_{library}_table"
    returns = {closed: f"saego_{library}_closed", **{value: f"saego_{library}_returns_{value}" for value in before.values()}}
    out = ["\t.text\n"]
    for value, name in returns.items():
        out.append(f"{name}:\n" + RETURNS[machine].format(value=value))
    for i, name in enumerate(names):
        out.append(f"\t.globl {name}\n\t.hidden {name}\n\t.type {name}, %function\n{name}:\n")
        out.append(JUMPS[machine].format(table=table, offset=8 * i))
    out.append(f"\t.data\n\t.balign 8\n\t.globl {table}\n\t.hidden {table}\n{table}:\n")
    out += [f"\t.quad {returns[before.get(name, closed)]}\n" for name in names]
    out.append(f"\t.globl saego_{library}_names\n\t.hidden saego_{library}_names\nsaego_{library}_names:\n")
    out += [f'\t.asciz "{name}"\n' for name in names]
    out.append('\t.byte 0\n\t.section .note.GNU-stack, "", %progbits\n')
    return "".join(out)


def build(compiler, include, lib):
    for library, about in LIBRARIES.items():
        names = functions(compiler, include / f"{library}.h", about["type"])
        source, obj = lib / f"{library}.s", lib / f"{library}.o"
        source.write_text(assembly(compiler.machine, library, names, about["closed"], about["before"]))
        compiler.run("-c", "-o", obj, source)
        archive = lib / f"lib{library}.a"
        archive.unlink(missing_ok=True)
        subprocess.run([os.environ.get("AR", "ar"), "rcs", archive, obj], check=True)
        obj.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requirements", type=Path, default=native.ROOT / "scripts" / "requirements-cuda.txt")
    parser.add_argument("--output", type=Path, default=native.ROOT / ".deps" / "cuda")
    args = parser.parse_args()
    compiler = Compiler()
    folders = native.fetch(args.requirements, native.ROOT / ".deps" / "native")
    args.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".stage-", dir=args.output) as stage:
        include, lib = Path(stage) / "include", Path(stage) / "lib"
        include.mkdir()
        lib.mkdir()
        for header in (h for folder in folders for h in folder.glob("**/include/*.h")):
            shutil.copy(header, include)
        build(compiler, include, lib)
        for folder in (include, lib):
            shutil.rmtree(args.output / folder.name, ignore_errors=True)
            os.replace(folder, args.output / folder.name)


if __name__ == "__main__":
    try:
        main()
    except (native.SetupError, OSError, subprocess.CalledProcessError, zipfile.BadZipFile) as err:
        sys.exit(f"setup: {err}")
