"""Pillow's Lanczos and cubic resizing and scikit-image's metrics on small images.

Writes tests/goldens/resize_and_metrics.safetensors: a source, the source at several sizes, and a distorted copy whose
distances from the source stand in the metadata.
"""

import json
from pathlib import Path

import numpy as np
import PIL
import skimage
from PIL import Image
from safetensors.numpy import save_file
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

HEIGHT, WIDTH = 23, 37
SIZES = [(16, 30), (16, 24), (40, 56), (8, 64), (23, 50), (30, 37), (1, 1)]


def source(random):
    """Smooth colours with hard edges and noise, where errors of a filter are visible."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    image = np.stack([255 * x / WIDTH, 255 * y / HEIGHT, 128 + 127 * np.sin(x * y / 20)], axis=-1)
    image[5:12, 10:20] = [255, 0, 255]
    image += random.normal(0, 12, image.shape)
    return image.clip(0, 255).astype(np.uint8)


def main():
    random = np.random.default_rng(7)
    image = source(random)
    distorted = (image + random.normal(0, 20, image.shape)).clip(0, 255).astype(np.uint8)
    tensors = {"source": image, "distorted": distorted}
    for height, width in SIZES:
        for filter in ("lanczos", "bicubic"):
            resized = Image.fromarray(image).resize((width, height), Image.Resampling[filter.upper()])
            tensors[f"{filter}_{height}x{width}"] = np.asarray(resized)
    difference = np.abs(image.astype(float) - distorted.astype(float))
    metrics = {
        "mae": difference.mean(),
        "psnr": peak_signal_noise_ratio(image, distorted),
        "ssim": structural_similarity(
            image, distorted, channel_axis=-1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        ),
    }
    metadata = {
        "metrics": json.dumps(metrics),
        "script": "tests/make_goldens/resize_and_metrics.py",
        "versions": f"pillow {PIL.__version__}, scikit-image {skimage.__version__}",
    }
    path = Path(__file__).parents[1] / "goldens" / "resize_and_metrics.safetensors"
    save_file(tensors, path, metadata)
    print(path.name, metrics)


if __name__ == "__main__":
    main()
