#!/usr/bin/env python3
"""Golden files for extract/pixels, and a live comparison with PIL and torchvision.

    golden_pixels.py                     rewrites extract/pixels/testdata/golden: small
                                         pictures, and what torchvision makes of them; and
                                         testdata/jpeg: JPEG files, and what PIL decodes
    golden_pixels.py --compare FOLDER    runs saego's preprocessing on the JPEG files
                                         below FOLDER and reports how far it is from PIL's;
                                         exit status 1 if a picture that PIL decoded is not
                                         bit-equal, or a JPEG differs by more than --tolerance
    ... --libjpeg                        the same with libjpeg-turbo (build tag libjpeg) too,
                                         where a JPEG must be bit-equal

Wants Pillow, torch, torchvision and numpy; --compare wants Go too, and --libjpeg the
headers of libjpeg-turbo.
"""
import argparse
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import PIL
import torchvision
from PIL import Image, ImageDraw, features
from torchvision import transforms as T
from torchvision.transforms import functional as F

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "extract" / "pixels" / "testdata" / "golden"
JPEG = GOLDEN.parent / "jpeg"
PILLOW = int(PIL.__version__.split(".")[0])
VERSIONS = {"pillow": PIL.__version__, "libjpeg_turbo": features.version("libjpeg_turbo"), "torchvision": torchvision.__version__.split("+")[0]}
FILTERS = {"bilinear": T.InterpolationMode.BILINEAR, "bicubic": T.InterpolationMode.BICUBIC}
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
HALF = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}


def vision(mode, resize, crop, filter_name, norm):
    """The part of models.Vision that concerns pixels."""
    return {"resize_mode": mode, "resize": resize, "crop": crop, "interpolation": filter_name, **norm}


def resize(picture, spec, pillow):
    """Resizes as the given major version of Pillow, whichever is installed.

    Up to 12 it shrinks rows first. 13 does what is installed only if that is 13.
    """
    filter_mode = FILTERS[spec["interpolation"]]
    w, h = picture.size
    if spec["resize_mode"] == "exact":
        oh, ow = spec["resize"]
    else:
        size = spec["resize"][0]
        ow, oh = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
    if pillow <= 12:
        return F.resize(F.resize(picture, [h, ow], filter_mode), [oh, ow], filter_mode)
    if PILLOW < 13:
        raise SystemExit("golden_pixels.py: Pillow 13 or later is wanted to imitate Pillow 13")
    want = F.resize(picture, spec["resize"] if spec["resize_mode"] == "exact" else spec["resize"][0], filter_mode)
    assert want.size == (ow, oh), (want.size, ow, oh)
    return want


def prepare(picture, spec, pillow):
    """Returns the crop (h, w, 3) uint8 and the normalised tensor (3, h, w) float32."""
    crop = F.center_crop(resize(picture.convert("RGB"), spec, pillow), spec["crop"])
    tensor = T.Normalize(spec["mean"], spec["std"])(T.ToTensor()(crop))
    return np.asarray(crop), np.ascontiguousarray(tensor.numpy())


# --- golden files ----------------------------------------------------------------


def noise(rng, w, h, channels=3):
    shape = (h, w, channels) if channels > 1 else (h, w)
    return rng.integers(0, 256, shape, dtype=np.uint8)


def drawn(rng, w, h):
    """A picture with hard edges, which make a bicubic filter overshoot."""
    picture = Image.new("RGB", (w, h), tuple(int(v) for v in rng.integers(0, 256, 3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y = int(rng.integers(0, w)), int(rng.integers(0, h))
        r = int(rng.integers(2, max(3, min(w, h) // 3)))
        colour = tuple(int(v) for v in rng.choice([0, 255, 128], 3))
        (draw.ellipse if rng.random() < 0.5 else draw.rectangle)([x - r, y - r, x + r, y + r], fill=colour)
    return picture


def tiles(rng, w, h, mode="RGB"):
    """Tiles of 16 x 16 pixels: a JPEG of them holds no cosine but the constant
    one, which every decoder inverts alike; what is left is chroma and colour."""
    small = noise(rng, -(-w // 16), -(-h // 16), len(mode))
    return Image.fromarray(small.repeat(16, 0).repeat(16, 1)[:h, :w], mode)


def pictures(rng):
    """Yields file name, picture, save options."""
    for w, h in [(37, 53), (101, 67), (64, 64), (5, 3), (1, 1), (31, 200)]:
        yield f"noise-{w}x{h}.png", Image.fromarray(noise(rng, w, h)), {}
    for w, h in [(97, 131), (150, 83), (40, 160)]:
        yield f"drawn-{w}x{h}.png", drawn(rng, w, h), {}
    base = drawn(rng, 61, 45)
    alpha = Image.fromarray(noise(rng, 61, 45, 1))
    rgba = base.copy()
    rgba.putalpha(alpha)
    yield "grey.png", base.convert("L"), {}
    yield "one-bit.png", base.convert("1"), {}
    yield "palette.png", base.quantize(17), {}
    yield "palette-transparent.png", base.quantize(17), {"transparency": 3}
    yield "alpha.png", rgba, {}
    yield "grey-alpha.png", Image.merge("LA", [base.convert("L"), alpha]), {}
    yield "base.bmp", base, {}
    yield "base.gif", base.quantize(31), {}
    yield "base.tif", base, {"compression": "tiff_lzw"}
    yield "alpha.webp", rgba, {"lossless": True, "exact": True}
    for name, subsampling in [("444", 0), ("422", 1), ("420", 2)]:
        for w, h in [(83, 75), (64, 48), (4, 50)]:
            yield f"tiles-{name}-{w}x{h}.jpg", tiles(rng, w, h), {"quality": 95, "subsampling": subsampling}
    yield "tiles-cmyk.jpg", tiles(rng, 50, 41, "CMYK"), {"quality": 95}
    yield "tiles-grey.jpg", tiles(rng, 50, 41).convert("L"), {"quality": 95}
    exif = Image.Exif()
    exif[0x0112] = 6  # a viewer turns it; PIL, torchvision and timm do not
    yield "tiles-turned.jpg", tiles(rng, 48, 32), {"quality": 95, "exif": exif}
    yield "flat.webp", Image.new("RGB", (40, 33), (200, 60, 120)), {"quality": 90}  # lossy: luma from 16 to 235


SPECS = {
    "bilinear": vision("shorter", [40, 40], [32, 32], "bilinear", IMAGENET),
    "bicubic": vision("shorter", [37, 37], [32, 30], "bicubic", HALF),
    "exact-bilinear": vision("exact", [32, 32], [32, 32], "bilinear", HALF),
    "exact-bicubic": vision("exact", [29, 45], [29, 45], "bicubic", IMAGENET),
    "padded": vision("shorter", [20, 20], [33, 47], "bicubic", IMAGENET),
}


def empty(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()


def write_golden():
    empty(GOLDEN)
    rng = np.random.default_rng(7)
    cases = []
    for name, picture, options in pictures(rng):
        picture.save(GOLDEN / name, **options)
        for spec_name, spec in SPECS.items():
            for pillow in (12, 13):
                cases.append(case(name, spec_name, pillow))
    with open(GOLDEN / "golden.json", "w") as f:
        rows = ",\n    ".join(json.dumps(c) for c in cases)
        f.write(f'{{\n  "versions": {json.dumps(VERSIONS)},\n  "specs": {json.dumps(SPECS)},\n  "cases": [\n    {rows}\n  ]\n}}\n')
    print(f"{len(cases)} cases in {GOLDEN}")


def case(name, spec_name, pillow):
    crop, tensor = prepare(Image.open(GOLDEN / name), SPECS[spec_name], pillow)
    return {
        "file": name, "spec": spec_name, "pillow": pillow,
        "crop_sha256": hashlib.sha256(crop.tobytes()).hexdigest(),
        "tensor_sha256": hashlib.sha256(tensor.astype("<f4").tobytes()).hexdigest(),
        "centre": crop[crop.shape[0] // 2, crop.shape[1] // 2].tolist(),
    }


# --- JPEG files ------------------------------------------------------------------


def scene(rng, w, h):
    """A picture with edges, noise and slopes: something of every cosine."""
    picture = np.asarray(drawn(rng, w, h)).astype(int)
    slope = np.linspace(0, 60, w)[None, :, None] * np.array([1, -1, 0.5])
    return Image.fromarray(np.clip(picture + slope + rng.normal(0, 8, picture.shape), 0, 255).astype(np.uint8))


def jpegs(rng):
    """Yields file name, picture, save options: the ways in which a JPEG may be written."""
    for name, subsampling in [("444", 0), ("422", 1), ("420", 2)]:
        for w, h in [(61, 43), (32, 16), (5, 3), (3, 17), (1, 1)]:
            yield f"{name}-{w}x{h}.jpg", scene(rng, w, h), {"quality": 88, "subsampling": subsampling}
        picture = scene(rng, 45, 38)
        yield f"{name}-progressive.jpg", picture, {"quality": 75, "subsampling": subsampling, "progressive": True}
        yield f"{name}-restarts.jpg", picture, {"quality": 80, "subsampling": subsampling, "restart_marker_blocks": 2}
        yield f"{name}-both.jpg", picture, {"quality": 80, "subsampling": subsampling, "progressive": True, "restart_marker_rows": 1}
        yield f"{name}-coarse.jpg", picture, {"quality": 5, "subsampling": subsampling}
        yield f"{name}-fine.jpg", picture, {"quality": 100, "subsampling": subsampling, "optimize": True}
    grey = scene(rng, 45, 38).convert("L")
    yield "grey.jpg", grey, {"quality": 85}
    yield "grey-progressive.jpg", grey, {"quality": 85, "progressive": True}
    yield "cmyk.jpg", scene(rng, 45, 38).convert("CMYK"), {"quality": 85}
    yield "cmyk-progressive.jpg", scene(rng, 45, 38).convert("CMYK"), {"quality": 85, "progressive": True}
    yield "keep-rgb.jpg", scene(rng, 45, 38), {"quality": 85, "keep_rgb": True}


def damaged(data, rng):
    """The file with some bytes of its last scan changed."""
    data, start = bytearray(data), data.rindex(b"\xff\xda") + 20
    for at in rng.integers(start, len(data) - 2, 4):
        data[at] ^= int(rng.integers(1, 0x7F))
    return bytes(data)


def decoded(data):
    """What PIL reads, or None where it raises."""
    try:
        return Image.open(io.BytesIO(data)).convert("RGB")
    except OSError:
        return None


def write_jpeg():
    """Files with the digest of the RGB pixels that PIL decodes, and shorter lengths at which it raises."""
    empty(JPEG)
    rng = np.random.default_rng(11)
    rows = []
    for name, picture, options in jpegs(rng):
        file = io.BytesIO()
        picture.save(file, "JPEG", **options)
        files = {name: file.getvalue()}
        if options["quality"] == 80:
            files["damaged-" + name] = damaged(file.getvalue(), rng)
        for name, data in files.items():
            rgb = decoded(data)
            if rgb is None:
                continue
            (JPEG / name).write_bytes(data)
            rows.append({
                "file": name, "size": [rgb.height, rgb.width], "sha256": hashlib.sha256(rgb.tobytes()).hexdigest(),
                "raises": [n for n in (len(data) // 2, len(data) - 40, len(data) - 2) if decoded(data[:n]) is None],
            })
    text = ",\n    ".join(json.dumps(r) for r in rows)
    (JPEG / "golden.json").write_text(f'{{\n  "versions": {json.dumps(VERSIONS)},\n  "files": [\n    {text}\n  ]\n}}\n')
    print(f"{len(rows)} files in {JPEG}")


# --- comparison ------------------------------------------------------------------


COMPARED = {
    "torchvision ViT-B/16": vision("shorter", [256, 256], [224, 224], "bilinear", IMAGENET),
    "timm vit_base_patch16_224": vision("shorter", [248, 248], [224, 224], "bicubic", HALF),
    "direct 224 x 224": vision("exact", [224, 224], [224, 224], "bilinear", HALF),
}


def go_tensors(files, spec, work, tags=""):
    """What saego makes of files: (files, 3, h, w) float32, from a test that is a tool."""
    job = {"vision": spec, "pillow": min(max(PILLOW, 12), 13), "files": [str(f) for f in files], "output": str(work / "pixels.f32")}
    (work / "job.json").write_text(json.dumps(job))
    subprocess.run(
        ["go", "test", "-tags", tags, "./extract/pixels", "-count=1", "-run", "^TestWritePixels$", "-args", "-job", str(work / "job.json")],
        cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return np.memmap(job["output"], dtype="<f4", mode="r").reshape(len(files), 3, *spec["crop"])


def compare(folder, limit, tolerance, libjpeg):
    """Prints two or three lines per preprocessing; returns how many say more than is allowed."""
    files = sorted(p for p in folder.resolve().rglob("*") if p.suffix.lower() in (".jpeg", ".jpg"))
    files = files[:: max(1, len(files) // limit)][:limit]
    if not files:
        raise SystemExit(f"golden_pixels.py: {folder}: no JPEG file below it")
    faults = 0
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        lossless = [work / f"{i}.png" for i in range(len(files))]
        for source, target in zip(files, lossless):
            Image.open(source).convert("RGB").save(target, compress_level=1)
        print(f"{len(files)} pictures, Pillow {PIL.__version__}; differences in normalised units")
        for title, spec in COMPARED.items():
            want = [prepare(Image.open(f), spec, 13 if PILLOW >= 13 else 12)[1] for f in files]
            equal, _ = report(title + ", decoded by PIL", go_tensors(lossless, spec, work), want)
            _, worst = report(title + ", from JPEG by image/jpeg", go_tensors(files, spec, work), want)
            faults += (equal < len(files)) + (worst > tolerance / 255 / min(spec["std"]))
            if libjpeg:
                equal, _ = report(title + ", from JPEG by libjpeg-turbo", go_tensors(files, spec, work, "libjpeg"), want)
                faults += equal < len(files)
    return faults


def report(title, got, want):
    equal, worst, total = 0, 0.0, 0.0
    for g, w in zip(got, want):
        diff = np.abs(g - w)
        equal += bool(np.array_equal(g.view("<u4"), w.view("<u4")))
        worst, total = max(worst, float(diff.max())), total + float(diff.mean())
    print(f"{title}: {equal} bit-equal, max {worst:.5f}, mean {total / len(want):.6f}", flush=True)
    return equal, worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compare", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--limit", type=int, default=1000, help="most pictures to compare")
    parser.add_argument("--tolerance", type=float, default=8, help="largest difference of a JPEG's pixel, of 255 (default: 8)")
    parser.add_argument("--libjpeg", action="store_true", help="compare the build with libjpeg-turbo, too")
    args = parser.parse_args()
    if args.compare:
        sys.exit(1 if compare(args.compare, args.limit, args.tolerance, args.libjpeg) else 0)
    write_golden()
    write_jpeg()


if __name__ == "__main__":
    main()
