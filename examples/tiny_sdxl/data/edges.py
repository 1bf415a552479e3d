"""Canny's edges, and how far two pictures' edges agree."""

import numpy as np
from scipy import ndimage

TAN_22 = 13573  # tan(22.5°) 2^15
TOLERANCE = 2  # pixels


def canny(pixels, low=100, high=200):
    """The pixels of `sdxl edges` and of cv2.Canny: see tensor/image/edges.h. (H, W, 3) bytes → (H, W), True on an edge"""
    height, width = pixels.shape[:2]
    x = np.pad(pixels.astype(np.int64), ((1, 1), (1, 1), (0, 0)), mode="edge")
    across, down = x[:, 2:] - x[:, :-2], x[2:] - x[:-2]
    dx = across[:-2] + 2 * across[1:-1] + across[2:]
    dy = down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]
    channel = (np.abs(dx) + np.abs(dy)).argmax(-1)[..., None]
    dx, dy = (np.take_along_axis(gradient, channel, -1)[..., 0] for gradient in (dx, dy))
    m = np.abs(dx) + np.abs(dy)
    around = np.pad(m, 1)

    def at(row, column):
        return around[1 + row : 1 + row + height, 1 + column : 1 + column + width]

    flat, steep = np.abs(dy) << 15, np.abs(dx) * TAN_22
    is_row, is_column = flat < steep, flat > steep + (np.abs(dx) << 16)
    rises = (dx < 0) != (dy < 0)
    thin = np.select(
        [is_row, is_column, rises],
        [
            (m > at(0, -1)) & (m >= at(0, 1)),
            (m > at(-1, 0)) & (m >= at(1, 0)),
            (m > at(-1, 1)) & (m > at(1, -1)),
        ],
        (m > at(-1, -1)) & (m > at(1, 1)),
    )
    candidates = (m > low) & thin
    parts, count = ndimage.label(candidates, np.ones((3, 3)))
    strong = np.zeros(count + 1, bool)
    strong[parts[candidates & (m > high)]] = True
    return strong[parts]


def agreement(a, b, tolerance=TOLERANCE):
    """Intersection over union of two edge pictures, where an edge meets one that is at most `tolerance` pixels away."""

    def near(edges):
        return ndimage.binary_dilation(edges, np.ones((2 * tolerance + 1,) * 2))

    both = ((a & near(b)).sum() + (b & near(a)).sum()) / 2
    return float(both / max(1, a.sum() + b.sum() - both))
