"""Small image files of every kind, and the pixels that diffusers' load_image reads from them.

Writes tests/goldens/image_files.safetensors: `file/NAME` holds a file's bytes, `pixels/NAME` its pixels (H, W, 3).
"""

import io
import struct
import zlib
from pathlib import Path

import diffusers
import numpy as np
import PIL
from diffusers.utils import load_image
from PIL import Image
from safetensors.numpy import save_file

HEIGHT, WIDTH = 11, 18


def example():
    """Colours that differ in every corner, so that no two orientations look alike."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    red, green, blue = 14 * x, 23 * y, 250 - 6 * x - 9 * y
    return np.stack([red, green, blue], axis=-1).clip(0, 255).astype(np.uint8)


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_16_bits(samples):
    """A PNG of 16 bits a sample, which Pillow writes for grey only. samples (H, W, C)."""
    height, width, channels = samples.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def oriented(orientation):
    exif = Image.Exif()
    exif[0x010E] = "a field that comes before"
    exif[0x0112] = orientation
    return exif


def files():
    rgb = example()
    image = Image.fromarray(rgb)
    alpha = Image.fromarray(np.dstack([rgb, 255 - rgb[..., 0]]))
    wide = rgb.astype(np.uint16) * 257 - (rgb > 128) * 200  # low bytes of all kinds
    best = {"quality": 95, "subsampling": 0}
    result = {
        "rgb.png": encoded(image, "PNG"),
        "one_pixel.png": encoded(image.crop((3, 4, 4, 5)), "PNG"),
        "alpha.png": encoded(alpha, "PNG"),
        "grey.png": encoded(image.convert("L"), "PNG"),
        "grey_alpha.png": encoded(alpha.convert("LA"), "PNG"),
        "palette.png": encoded(image.quantize(16), "PNG"),
        "palette_alpha.png": encoded(image.quantize(16), "PNG", transparency=3),
        "one_bit.png": encoded(image.convert("1"), "PNG"),
        "rgb_16_bits.png": png_16_bits(wide),
        "alpha_16_bits.png": png_16_bits(np.dstack([wide, wide[..., 0]])),
        "turned.png": encoded(image, "PNG", exif=oriented(6)),
        "rgb.bmp": encoded(image, "BMP"),
        "rgb.jpg": encoded(image, "JPEG", **best),
        "grey.jpg": encoded(image.convert("L"), "JPEG", **best),
        "progressive.jpg": encoded(image, "JPEG", progressive=True, **best),
        "bad_orientation.jpg": encoded(image, "JPEG", exif=oriented(9), **best),
    }
    for orientation in range(1, 9):
        result[f"orientation_{orientation}.jpg"] = encoded(image, "JPEG", exif=oriented(orientation), **best)
    return result


def main():
    tensors = {}
    for name, data in files().items():
        tensors[f"file/{name}"] = np.frombuffer(data, np.uint8)
        tensors[f"pixels/{name}"] = np.asarray(load_image(Image.open(io.BytesIO(data))))
    path = Path(__file__).parents[1] / "goldens" / "image_files.safetensors"
    versions = f"pillow {PIL.__version__}, diffusers {diffusers.__version__}"
    save_file(tensors, path, {"script": "tests/make_goldens/image_files.py", "versions": versions})
    print(path.name, path.stat().st_size, "bytes", {k: v.shape for k, v in tensors.items() if k[0] == "p"})


if __name__ == "__main__":
    main()
