"""Makes a training example of a scene as of a photograph: a source of some size, scaled, cropped to a bucket, rated.

These values are kept, because SDXL is conditioned on them (sections 2.2 and 2.3 of the paper): the source's size, the
crop's offset and size, and for the refiner the aesthetic score.
"""

from dataclasses import dataclass
from multiprocessing import Pool

import numpy as np
from PIL import Image, ImageFilter

from .draw import draw
from .scene import random_caption, random_scene

BEST_SCORE, SCORE_RANGE = 7.0, 5.0
LEAST_SOURCE, MOST_SOURCE = 0.2, 4.0  # the source's size as a share of the bucket's


@dataclass(frozen=True)
class Example:
    pixels: np.ndarray  # (height, width, 3), bytes
    caption: str
    original_size: tuple[int, int]  # height, width
    crop: tuple[int, int]  # top, left
    aesthetic_score: float

    @property
    def target_size(self):
        return self.pixels.shape[:2]


def scaled(pixels, height, width):
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))


def source_shape(rng, height, width):
    """The scaled source before it is cut: two of three fit the bucket, the rest are up to 1.5 times as long."""
    if rng.random() < 0.65:
        return height, width
    longer = rng.uniform(1.1, 1.5)
    return (height, round(width * longer)) if rng.random() < 0.5 else (round(height * longer), width)


def spoilt(pixels, rng):
    """(pixels, aesthetic score): noise, blur or too few tones, the more the lower the score."""
    strength = rng.uniform(0.1, 1.0)
    kind = rng.integers(3)
    if kind == 0:
        pixels = pixels + rng.normal(0, 45 * strength, pixels.shape)
    elif kind == 1:
        radius = 0.025 * strength * min(pixels.shape[:2])
        pixels = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))
    else:
        step = 20 + 100 * strength
        pixels = np.rint(pixels / step) * step
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8), BEST_SCORE - SCORE_RANGE * strength


def make_example(seed, number, bucket, spoilt_share=0.0, small_share=0.4):
    """Example `number` of a seed: the same on every machine. bucket: (height, width), pixels."""
    rng = np.random.default_rng([seed, number])
    height, width = bucket
    scene = random_scene(rng)
    full_height, full_width = source_shape(rng, height, width)
    share = np.exp(rng.uniform(np.log(LEAST_SOURCE), 0)) if rng.random() < small_share else rng.uniform(1, MOST_SOURCE)
    original = (round(full_height * share), round(full_width * share))
    if share < 1:  # drawn small and enlarged: blurred
        pixels = scaled(draw(scene, *original, rng), full_height, full_width)
    else:  # a large source that is made smaller is as sharp as one drawn at this size
        pixels = draw(scene, full_height, full_width, rng)
    top, left = int(rng.integers(full_height - height + 1)), int(rng.integers(full_width - width + 1))
    pixels, score = pixels[top : top + height, left : left + width], BEST_SCORE
    if rng.random() < spoilt_share:
        pixels, score = spoilt(pixels, rng)
    return Example(pixels, random_caption(rng, scene), original, (top, left), score)


def make_one(arguments):
    return make_example(*arguments)


def make_examples(seed, count, buckets, processes=2, spoilt_share=0.0, small_share=0.4):
    """Examples 0 to count - 1 in order; example i belongs to bucket i modulo their number."""
    work = ((seed, i, buckets[i % len(buckets)], spoilt_share, small_share) for i in range(count))
    if processes <= 1:
        yield from map(make_one, work)
        return
    with Pool(processes) as pool:
        yield from pool.imap(make_one, work, chunksize=64)
