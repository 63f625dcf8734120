"""Lay out some pictures twice: as JPEG files, and as what PIL decodes from them.

    python scripts/parity_pictures.py DATA OUTPUT --count 100

DATA is a folder of pictures per class, OUTPUT gets jpeg/CLASS/NAME.jpg and
png/CLASS/NAME.png, the same pictures in the same order, spread evenly over DATA.
JPEG files are linked to; other pictures are saved as such at quality 90. The PNG
files hold the pixels that PIL decodes from the JPEG ones, so that comparing both
tells the decoder's share in a difference. Needs Pillow and torchvision.
"""

import argparse
import pathlib
import shutil

from PIL import Image
from torchvision.datasets import ImageFolder


def lay_out(source, jpeg, png):
    """Write one picture both ways."""
    for path in (jpeg, png):
        path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as picture:
        if picture.format == "JPEG":
            jpeg.symlink_to(source)
        else:
            picture.convert("RGB").save(jpeg, quality=90)
    with Image.open(jpeg) as picture:
        picture.convert("RGB").save(png, compress_level=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path, help="replaced if it is there")
    parser.add_argument("--count", type=int, default=100)
    args = parser.parse_args()
    samples = ImageFolder(args.data.resolve()).samples
    samples = samples[:: max(1, len(samples) // args.count)][: args.count]
    shutil.rmtree(args.output, ignore_errors=True)
    for i, (source, _) in enumerate(samples):
        source = pathlib.Path(source)
        name = pathlib.Path(source.parent.name) / f"{i:04}-{source.stem}"
        lay_out(source, args.output / "jpeg" / f"{name}.jpg", args.output / "png" / f"{name}.png")
    print(f"{len(samples)} pictures of {args.data} in {args.output}")


if __name__ == "__main__":
    main()
