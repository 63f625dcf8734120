"""Put a model folder in its place: whole or not at all. Needs nothing but Python."""

import contextlib
import hashlib
import os
import shutil

from pathlib import Path

from . import ExportError


@contextlib.contextmanager
def replacing(output):
    """Give a temporary sibling of output, which becomes output if the block succeeds."""
    check_output(output)
    made = [p for p in output.parents if not p.exists()]  # nearest first
    work = output.parent / f".{output.name}.part-{os.getpid()}"
    try:
        try:
            work.mkdir(parents=True)
        except OSError as e:
            raise ExportError(f"output {str(output)!r}: {e.strerror}: choose a folder that can be written") from e
        yield work
        for f in work.iterdir():
            f.chmod(0o644)
        swap(work, output)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        for parent in made:  # those that a failure left empty
            with contextlib.suppress(OSError):
                parent.rmdir()


def check_output(output):
    """Refuse a place that holds something else than a model folder."""
    output = Path(output)
    if output.is_dir() and ((output / "model.json").is_file() or not any(output.iterdir())):
        return
    if output.exists():
        raise ExportError(f"output {str(output)!r}: exists and is no model folder: choose another")


def swap(work, output):
    """Rename work to output; what stood there goes only when the new folder is in place."""
    old = output.parent / f".{output.name}.old-{os.getpid()}"
    if output.exists():
        output.rename(old)
    work.rename(output)
    shutil.rmtree(old, ignore_errors=True)


def digest(path):
    """What model.json says of a file."""
    sha = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            sha.update(block)
    return {"sha256": sha.hexdigest(), "bytes": path.stat().st_size}
