"""The figures of chapter 21."""

import re
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from data import draw as drawing
from data.example import make_example
from data.scene import Scene, Thing, caption
from prompts import FIXED

LOG = Path(__file__).resolve().parents[3] / "examples" / "tiny_sdxl" / "README.md"


def sheet_of(images, titles, rows, columns, size):
    figure, axes = plt.subplots(rows, columns, figsize=size)
    for axis, image, title in zip(axes.flat, images, titles):
        axis.imshow(np.asarray(image))
        axis.set_title(title, fontsize=6.5)
        axis.axis("off")
    figure.tight_layout(pad=0.5)
    return figure


def examples(glass, ink):
    made = [make_example(77, i, (128, 128)) for i in range(10)]
    titles = ["\n".join([*textwrap.wrap(e.caption, 30), ", ".join(map(str, (*e.original_size, *e.crop)))]) for e in made]
    return sheet_of([e.pixels for e in made], titles, 2, 5, (8.6, 4.6))


def log(glass, ink):
    table = LOG.read_text().split("\n## Log\n")[1]
    rows = re.findall(r"^\| `?([^|]+?) \| [\d]+ of batch \d+ \| (\d+)[^|]*\|", table, re.M)
    names = [re.sub(r"`|--start model | \(.*\)", "", name).replace("base.sizes", "base, enlarged sources") for name, _ in rows]
    minutes = [int(number) for _, number in rows]
    colours = {"a": ink.time, "t": ink.words, "b": ink.picture, "r": ink.skips}
    figure, axis = plt.subplots(figsize=(7, 2.9))
    axis.barh(names, minutes, color=[colours[name[0]] for name in names])
    for place, number in enumerate(minutes):
        axis.text(number + 0.8, place, str(number), va="center", fontsize=9)
    axis.invert_yaxis()
    axis.set_xlabel("minutes")
    return figure


def sheet(glass, ink):
    captions = [caption(scene) for scene in FIXED]
    images = [glass(text, seed=1, num_inference_steps=25, guidance_scale=4).images[0] for text in captions]
    return sheet_of(images, ["\n".join(textwrap.wrap(text, 26)) for text in captions], 2, 6, (8.6, 3.6))


def hexagon_distance(x, y):
    """Corners at 0.95 from the middle, one of them at the right."""
    angles = np.pi / 6 + np.pi / 3 * np.arange(3)
    return np.max([np.abs(x * np.cos(a) + y * np.sin(a)) for a in angles], axis=0) - 0.95 * np.cos(np.pi / 6)


def hexagon(glass, ink):
    scene = Scene((Thing("hexagon", "yellow", size="large"),), "blue")
    drawing.DISTANCES["hexagon"] = hexagon_distance
    drawn = drawing.draw(scene, 128, 128, np.random.default_rng(1))
    del drawing.DISTANCES["hexagon"]
    answer = glass(caption(scene), seed=1, num_inference_steps=25, guidance_scale=4).images[0]
    figure, axes = plt.subplots(1, 2, figsize=(4.4, 2.3))
    for axis, image, title in zip(axes, (drawn, answer), ("drawn by code", "what the model draws")):
        axis.imshow(np.asarray(image))
        axis.set_title(title, fontsize=9)
        axis.axis("off")
    figure.tight_layout(pad=0.5)
    return figure
