#!/usr/bin/env python3
"""Fetch the shared libraries that saego opens at run time.

    native.py [--requirements scripts/requirements-native.txt] [--output .deps/native]

pip downloads the wheels that the requirements pin by version and hash; their libraries and licences are unpacked to OUTPUT/<name>-<version>/.
Packages that are there already are left alone, and then no network is needed.
Only Python's standard library and pip are used; pip's own configuration says
where packages come from.
"""
import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = ROOT / "scripts" / "requirements-native.txt"

# The wheels' platforms, by system and machine. The libraries in them do not depend
# on Python's version: one is named so that the same file comes under any Python.
PLATFORMS = {
    ("Linux", "x86_64"): ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux2014_x86_64"],
    ("Linux", "aarch64"): ["manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64"],
    ("Darwin", "arm64"): ["macosx_14_0_arm64", "macosx_11_0_arm64"],
}
WHEEL_PYTHON = "3.11"

# Libraries and licences, and the two headers that scripts/setup/cuda.py asks for; but not
# Python's extension modules, nor the second copies of NVRTC and cuBLAS's stand-in for a BLAS.
WANTED = re.compile(
    r"(\.so(\.[0-9.]+)?|\.dylib|include/(cuda|nvrtc)\.h|LICENSE[^/]*|License\.txt|ThirdPartyNotices[^/]*|THIRD-PARTY-PROGRAMS)$"
)
UNWANTED = re.compile(r"(cpython|abi3|_pybind11_|\.alt\.so|libnvblas)")


class SetupError(Exception):
    """What is wrong and how to mend it, in one line."""


MACHINE = re.compile(r"; platform_machine == '(\w+)'")


def requirements(path):
    """The pinned requirements of a file as {<name>-<version>: text}, without those for other machines."""
    lines = (line for line in path.read_text().splitlines() if not line.startswith("#"))
    text = "\n".join(lines).replace("\\\n", " ")
    pins = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    pins = [pin for pin in pins if platform.machine() in (MACHINE.findall(pin) or [platform.machine()])]
    return {pin.split()[0].replace("==", "-"): pin for pin in pins}


def wheel_platforms():
    key = (platform.system(), platform.machine())
    if key not in PLATFORMS:
        known = ", ".join(" ".join(k) for k in PLATFORMS)
        raise SetupError(
            f"no prebuilt libraries are pinned for {' '.join(key)} (only {known}): "
            "install ONNX Runtime 1.29.0 and OpenBLAS and name their files by "
            "ONNXRUNTIME_SHARED_LIBRARY_PATH and SAEGO_BLAS"
        )
    return PLATFORMS[key]


def download(pin, folder):
    """Let pip fetch the wheel of one pinned requirement into folder."""
    try:
        subprocess.run([sys.executable, "-m", "pip", "--version"], check=True, capture_output=True)
    except subprocess.CalledProcessError:
        raise SetupError(f"{sys.executable} has no pip: install it (python3 -m ensurepip, or the package python3-pip)") from None
    pinned = folder / "requirements.txt"
    pinned.write_text(pin.replace(" --hash", " \\\n  --hash") + "\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--implementation=cp"]
    command += [f"--python-version={WHEEL_PYTHON}", *(f"--platform={p}" for p in wheel_platforms())]
    command += [f"--dest={folder}", f"--requirement={pinned}"]
    if subprocess.run(command).returncode != 0:
        raise SetupError(f"pip could not download {pin.split()[0]}: see its message above")
    return next(folder.glob("*.whl"))


def unpack(wheel, target, pin):
    """Unpack the wanted files of wheel to target, whole or not at all."""
    stage = Path(tempfile.mkdtemp(prefix=".stage-", dir=target.parent))
    try:
        with zipfile.ZipFile(wheel) as archive:
            for one, *copies in wanted(archive):
                archive.extract(one, stage)
                for name in copies:
                    os.symlink(Path(one).name, stage / name)
        stamp(stage).write_text(pin + "\n")
        stage.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(stage, target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def wanted(archive):
    """The names of the files to unpack, each with its copies. A wheel has no links: it holds libx.so,
    libx.so.3 and libx.so.3.2 as three files, of which any may be what another library asks for."""
    found = {}
    for info in sorted(archive.infolist(), key=lambda info: -len(info.filename)):
        if WANTED.search(info.filename) and not UNWANTED.search(info.filename):
            key = (os.path.dirname(info.filename), info.CRC, info.file_size)
            found.setdefault(key, []).append(info.filename)
    return found.values()


def stamp(folder):
    return folder / ".pin"


def is_present(target, pin):
    return stamp(target).is_file() and stamp(target).read_text() == pin + "\n"


def fetch(path, output):
    """Unpack what the requirements of a file pin to output/<name>-<version>; return these folders."""
    output.mkdir(parents=True, exist_ok=True)
    folders = []
    for name, pin in requirements(path).items():
        target = output / name
        folders.append(target)
        if is_present(target, pin):
            continue
        print(f"fetching {name}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=output) as folder:
            unpack(download(pin, Path(folder)), target, pin)
    return folders


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requirements", type=Path, default=REQUIREMENTS)
    parser.add_argument("--output", type=Path, default=ROOT / ".deps" / "native")
    args = parser.parse_args()
    fetch(args.requirements, args.output)


if __name__ == "__main__":
    try:
        main()
    except (SetupError, OSError, zipfile.BadZipFile) as err:
        sys.exit(f"setup: {err}")
