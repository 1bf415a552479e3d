"""Small JPEG and WebP files of every kind, and the pixels that diffusers' load_image reads from them.

Writes tests/goldens/photo_files.safetensors: `file/NAME` holds a file's bytes, `pixels/NAME` its pixels (H, W, 3).
The names of files that stb_image reads to other pixels begin with "exact_".
"""

import io
from pathlib import Path

import diffusers
import numpy as np
import PIL
from diffusers.utils import load_image
from image_files import encoded, example, oriented
from PIL import Image
from safetensors.numpy import save_file

XMP = b"<x:xmpmeta><rdf:Description tiff:Orientation='1' tiff:Orientation=\"8\"/></x:xmpmeta>"


def noisy(height, width, seed):
    """Colours that change from pixel to pixel, so that every rule of upsampling shows."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (height // 3 + 1, width // 3 + 1, 3), dtype=np.uint8)
    smooth = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    return Image.fromarray((np.asarray(smooth) + random.normal(0, 8, (height, width, 3))).clip(0, 255).astype(np.uint8))


def jpegs():
    kinds = {"444": 0, "422": 1, "420": 2}
    result = {}
    for name, subsampling in kinds.items():
        for height, width in ((16, 16), (13, 19), (7, 1), (1, 10)):
            image = noisy(height, width, 10 * height + width)
            result[f"exact_{name}_{width}x{height}.jpg"] = encoded(image, "JPEG", quality=85, subsampling=subsampling)
    image = noisy(19, 27, 5)
    result["exact_420_progressive.jpg"] = encoded(image, "JPEG", quality=60, progressive=True)
    result["exact_422_restart.jpg"] = encoded(image, "JPEG", quality=80, subsampling=1, restart_marker_rows=1)
    result["exact_rgb_stored.jpg"] = encoded(image, "JPEG", quality=90, keep_rgb=True)
    result["exact_grey.jpg"] = encoded(image.convert("L"), "JPEG", quality=30)
    result["exact_cmyk.jpg"] = encoded(image.convert("CMYK"), "JPEG", quality=90)
    full = Image.fromarray(np.dstack([np.asarray(image), np.asarray(image)[::-1, :, 0]]), "CMYK")
    result["exact_cmyk_black.jpg"] = encoded(full, "JPEG", quality=90, progressive=True)
    for orientation in range(1, 9):
        result[f"exact_420_turn_{orientation}.jpg"] = encoded(image, "JPEG", quality=70, exif=oriented(orientation))
    result["exact_xmp_turn.jpg"] = encoded(image, "JPEG", quality=70, xmp=XMP)
    whole = encoded(image, "JPEG", quality=70)
    result["exact_trailing_bytes.jpg"] = whole + b"\xff\xd9 of a phone" + bytes(50)
    result["exact_cut_and_closed.jpg"] = whole[:-60] + b"\xff\xd9"  # libjpeg fills the rest
    return result


def webps():
    image = noisy(19, 27, 6)
    alpha = Image.fromarray(np.dstack([np.asarray(image), np.asarray(image)[..., 1] // 2 * 2]))
    hidden = Image.fromarray(np.dstack([example(), np.uint8(255) * (example()[..., :1] > 90)]))
    frames = [noisy(19, 27, 8), noisy(19, 27, 9)]
    return {
        "lossy.webp": encoded(image, "WEBP", quality=70),
        "lossless.webp": encoded(image.quantize(9).convert("RGB"), "WEBP", lossless=True),
        "alpha.webp": encoded(alpha, "WEBP", quality=80),
        "alpha_exact.webp": encoded(hidden, "WEBP", lossless=True, exact=True),
        "alpha_cleared.webp": encoded(hidden, "WEBP", lossless=True),
        "grey.webp": encoded(image.convert("L"), "WEBP", quality=50),
        "one_pixel.webp": encoded(image.crop((3, 4, 4, 5)), "WEBP"),
        "animated.webp": encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100, quality=60),
        "turned.webp": encoded(image, "WEBP", quality=70, exif=oriented(5).tobytes()),
        "xmp_turned.webp": encoded(image, "WEBP", quality=70, xmp=XMP),
    }


def main():
    tensors = {}
    for name, data in {**jpegs(), **webps()}.items():
        tensors[f"file/{name}"] = np.frombuffer(data, np.uint8)
        tensors[f"pixels/{name}"] = np.asarray(load_image(Image.open(io.BytesIO(data))))
    path = Path(__file__).parents[1] / "goldens" / "photo_files.safetensors"
    versions = f"pillow {PIL.__version__}, diffusers {diffusers.__version__}"
    save_file(tensors, path, {"script": "tests/make_goldens/photo_files.py", "versions": versions})
    print(path.name, path.stat().st_size, "bytes", len(tensors) // 2, "files")


if __name__ == "__main__":
    main()
