"""The figures of chapter 0."""

import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a large yellow star on a blue background"


def strip(glass, ink):
    predicted = []

    def keep(i, n, x0):
        predicted.append(x0)

    from glassbox import _glassbox as core

    arguments = core.TextToImage()
    arguments.prompt, arguments.num_inference_steps, arguments.guidance_scale = PROMPT, 25, 4.0
    arguments.size = (128, 128)
    arguments.set_sizes((128, 128), (0, 0), (128, 128), 6.0)
    core.text_to_image(glass, glass.scheduler("euler"), arguments, core.SeededNoise(1), None, None, keep, None)
    figure, axes = plt.subplots(1, 4, figsize=(8, 2.2))
    for axis, step in zip(axes, (1, 2, 5, 25)):
        image = core.decode_latents(glass.vae, predicted[step - 1], False)[0].transpose(1, 2, 0)
        axis.imshow(np.clip(image * 0.5 + 0.5, 0, 1))
        axis.set_title(f"step {step}", fontsize=10)
        axis.axis("off")
    figure.tight_layout()
    return figure


def pipeline(glass, ink):
    figure, axis = plt.subplots(figsize=(8, 3.4))
    axis.set_xlim(0, 100)
    axis.set_ylim(0, 44)
    axis.axis("off")

    def box(x, y, width, height, text, colour):
        axis.add_patch(plt.Rectangle((x, y), width, height, fill=False, ec=colour, lw=1.6))
        axis.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=9.5, linespacing=1.4)

    def arrow(x0, y0, x1, y1, colour, text="", dy=1.5):
        axis.annotate("", (x1, y1), (x0, y0), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.5, "shrinkA": 0, "shrinkB": 0})
        if text:
            axis.text((x0 + x1) / 2, max(y0, y1) + dy, text, ha="center", fontsize=8.5, color=colour)

    box(1, 32, 14, 9, "prompt", ink.words)
    box(22, 32, 17, 9, "two text\nencoders", ink.words)
    box(46, 12, 17, 29, "UNet\n\npredicts the\nnoise, twice", ink.text)
    box(1, 12, 14, 9, "noise", ink.picture)
    box(46, 1, 17, 7, "scheduler: step", ink.text)
    box(73, 12, 11, 9, "decoder", ink.text)
    box(89, 12, 10, 9, "picture", ink.picture)
    box(73, 32, 26, 9, "time, sizes, crop", ink.time)
    arrow(15, 36.5, 22, 36.5, ink.words)
    arrow(39, 36.5, 46, 36.5, ink.words)
    arrow(73, 36.5, 63, 36.5, ink.time)
    arrow(15, 16.5, 46, 16.5, ink.picture, "latents x")
    arrow(63, 16.5, 73, 16.5, ink.picture)
    axis.text(68, 18, "after the\nlast step", ha="center", fontsize=8.5, color=ink.picture)
    arrow(84, 16.5, 89, 16.5, ink.picture)
    arrow(54.5, 12, 54.5, 8, ink.picture)
    axis.plot([46, 33, 33], [4.5, 4.5, 16.5], color=ink.picture, lw=1.5)
    axis.annotate("", (33, 16.5), (33, 12), arrowprops={"arrowstyle": "-|>", "color": ink.picture, "lw": 1.5})
    axis.text(31.5, 8, "25 times", ha="right", fontsize=8.5, color=ink.picture)
    return figure
