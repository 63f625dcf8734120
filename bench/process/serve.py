"""What the peers' scripts have in common: the commands' way in and out (process.go)."""

import json
import os
import pathlib
import platform
import sys
from importlib.metadata import version


def serve(answer):
    """Answer each line of stdin, a JSON object, with answer(op, job), a dict, on stdout.

    What a library prints goes to stderr. An exception becomes {"error": its text}.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        job = json.loads(line)
        try:
            said = answer(job.pop("op"), job)
        except Exception as e:  # the other side decides what becomes of it
            said = {"error": f"{type(e).__name__}: {e}".split("\n")[0][:300]}
        print(json.dumps(said), file=answers, flush=True)


def describe(*packages, device=None):
    """Versions, and threads, processor and the card, where that is the device, as torch sees them."""
    import torch

    blas = [line.strip(" -") for line in torch.__config__.show().splitlines() if line.startswith("  - Intel")]
    versions = {"python": platform.python_version()} | {name: version(name) for name in packages}
    if str(device).startswith("cuda"):
        versions |= {"CUDA": torch.version.cuda, "card": torch.cuda.get_device_name(device)}
    return {
        "versions": versions,
        "threads": torch.get_num_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "blas": ", ".join(blas),
    }


def peak():
    """The most memory that this process has held, 0 where the system does not say."""
    # ru_maxrss would be that of the process that started this one, where it is more.
    status = pathlib.Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
