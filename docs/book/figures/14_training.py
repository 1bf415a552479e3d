"""The figures of chapter 14."""

import os
import subprocess

import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a large yellow star on a blue background"


def photo(glass, ink):
    from data.draw import draw
    from data.example import scaled
    from data.scene import Scene, Thing

    scene = Scene((Thing("circle", "red"), Thing("square", "blue")), "white", relation="to the left of")
    original = draw(scene, 160, 256, np.random.default_rng(3))
    covering = scaled(original, 128, 205)
    left = 46
    figure, axes = plt.subplots(1, 3, figsize=(8, 2.5), gridspec_kw={"width_ratios": [256, 205, 205]})
    for axis, image, title in zip(axes, (original, covering, covering), (
            "original: 160 × 256", "scaled to cover 128 × 128:\n128 × 205", "cut at left = 46\n(of 0 to 77)")):
        axis.imshow(image)
        axis.set_title(title, fontsize=9)
        axis.axis("off")
    for x, width in ((-0.5, left), (left + 127.5, 205 - left - 128)):
        axes[2].add_patch(plt.Rectangle((x, -0.5), width, 128, fc=ink.back, alpha=0.75, lw=0))
    axes[2].add_patch(plt.Rectangle((left, 0), 127, 127, fill=False, ec=ink.time, lw=2))
    figure.text(0.5, 0.02, "original 160, 256    crop 0, 46    target 128, 128", ha="center", fontsize=10, color=ink.time)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    return figure


def buckets(glass, ink):
    text = subprocess.run([os.environ["SDXL_PROGRAM"], "buckets"], stdout=subprocess.PIPE, check=True, text=True).stdout
    sizes = [tuple(map(int, line.split()[:2])) for line in text.splitlines()[1:]]
    figure, axis = plt.subplots(figsize=(5, 5))
    for height, width in sizes:
        axis.add_patch(plt.Rectangle((0, 0), width, height, fill=False, ec=ink.picture, lw=0.8, alpha=0.7))
        axis.plot(width, height, ".", color=ink.picture)
    x = np.linspace(480, 2200, 200)
    axis.plot(x, 1024 * 1024 / x, color=ink.time, lw=1, label="1024 × 1024 pixels")
    axis.set_xlim(0, 2200)
    axis.set_ylim(0, 2200)
    axis.set_aspect("equal")
    axis.set_xlabel("width")
    axis.set_ylabel("height")
    axis.legend()
    return figure


def sizes(glass, ink):
    canvases = ((128, 128), (96, 160), (160, 96), (64, 64), (256, 256))
    figure, axes = plt.subplots(1, 5, figsize=(8.4, 2.1))
    for axis, (height, width) in zip(axes, canvases):
        image = glass(PROMPT, height=height, width=width, seed=1, num_inference_steps=25, guidance_scale=4).images[0]
        axis.imshow(np.asarray(image))
        axis.set_title(f"{height} × {width}", fontsize=9)
        axis.axis("off")
    figure.tight_layout(pad=0.4)
    return figure
