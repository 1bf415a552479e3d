"""The figures of chapter 11."""

import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a red circle to the left of a blue square"
SETTINGS = {"seed": 7, "num_inference_steps": 25, "guidance_scale": 4}


def panels(image, maps, ink, marks=()):
    figure, axes = plt.subplots(1, len(maps) + 1, figsize=(1.9 * (len(maps) + 1), 2.2))
    axes[0].imshow(np.asarray(image))
    axes[0].set_title("picture", fontsize=9)
    for axis, (name, x) in zip(axes[1:], maps.items()):
        axis.imshow(x, cmap=ink.rising)
        axis.set_title(name, fontsize=9)
    for axis, (row, column) in zip(axes[1:], marks):
        axis.plot(column, row, "s", ms=5, mfc="none", mec="red")
    for axis in axes:
        axis.axis("off")
    figure.tight_layout()
    return figure


def words(glass, ink):
    chosen = ["red", "circle", "blue", "square"]
    output, rows = glass.attention_maps(PROMPT, chosen, layers=["unet.up_blocks.1.attentions.2*"], **SETTINGS)
    return panels(output.images[0], next(iter(rows.values())), ink)


def places(glass, ink):
    marks = [(8, 4), (8, 12)]
    output, rows = glass.attention_maps(PROMPT, places=marks, layers=["unet.up_blocks.1*.attn1"], **SETTINGS)
    maps = next(iter(rows.values()))
    side = next(iter(maps.values())).shape[0]
    scaled = [(row * side / 16, column * side / 16) for row, column in marks]
    return panels(output.images[0], dict(zip(("from the circle", "from the square"), maps.values())), ink, scaled)
