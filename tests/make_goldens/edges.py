"""The edges that OpenCV's Canny finds in small images.

    python edges.py

Needs opencv-python-headless. Writes tests/goldens/edges.safetensors: the images, and for each of them and each pair of
thresholds the edges, as bytes.
"""

from pathlib import Path

import cv2
import numpy as np
from safetensors.numpy import save_file

THRESHOLDS = [(100, 200), (90.5, 40), (400, 700)]


def smooth(random, height, width):
    """Low noise made large: soft edges in every direction, and a hard one."""
    small = random.uniform(0, 255, (height // 6, width // 6, 3)).astype(np.uint8)
    image = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    image[height // 3 : height // 2, width // 4 : width // 2] = [250, 20, 90]
    return image


def main():
    random = np.random.default_rng(5)
    y, x = np.mgrid[0:26, 0:34]
    disc = np.where(((x - 15) ** 2 + (y - 12) ** 2 < 90)[..., None], [250, 225, 40], [30, 70, 210]).astype(np.uint8)
    images = {
        "smooth": smooth(random, 36, 48),
        "noise": random.integers(0, 256, (15, 22, 3)).astype(np.uint8),
        "disc": disc,
        "steps": np.repeat((16 * ((x + 2 * y) // 7) % 256)[..., None], 3, 2).astype(np.uint8),
        "pixel": np.full((1, 1, 3), 77, np.uint8),
        "row": random.integers(0, 256, (1, 20, 3)).astype(np.uint8),
    }
    tensors = {}
    for name, image in images.items():
        tensors[f"image/{name}"] = image
        for low, high in THRESHOLDS:
            tensors[f"edges/{name}/{low}/{high}"] = cv2.Canny(image, low, high)
    metadata = {"script": "tests/make_goldens/edges.py", "versions": f"opencv-python-headless {cv2.__version__}"}
    path = Path(__file__).parents[1] / "goldens" / "edges.safetensors"
    save_file(tensors, path, metadata)
    print(path.name, f"{path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
