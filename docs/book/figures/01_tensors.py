"""The figures of chapter 1."""

import glassbox
import matplotlib.pyplot as plt
import numpy as np


def memory(glass, ink):
    figure, axes = plt.subplots(2, 2, figsize=(7.5, 3.2), gridspec_kw={"height_ratios": [3, 1]})
    strip = figure.add_subplot(2, 1, 2)
    for axis in axes[1]:
        axis.remove()
    colours = (ink.picture, ink.time)
    for c in range(2):
        axis = axes[0, c]
        axis.set_title(f"channel {c}", fontsize=9)
        for y in range(3):
            for x in range(4):
                axis.add_patch(plt.Rectangle((x, -y), 1, 1, fill=False, ec=colours[c]))
                axis.text(x + 0.5, -y + 0.5, str((c * 3 + y) * 4 + x), ha="center", va="center", fontsize=9)
        axis.set_xlim(-0.1, 4.1)
        axis.set_ylim(-2.1, 1.1)
        axis.set_aspect("equal")
        axis.axis("off")
    for i in range(24):
        strip.add_patch(plt.Rectangle((i, 0), 1, 1, fill=False, ec=colours[i // 12]))
        strip.text(i + 0.5, 0.5, str(i), ha="center", va="center", fontsize=7.5)
    strip.set_xlim(-0.1, 24.1)
    strip.set_ylim(-0.1, 1.1)
    strip.set_aspect("equal")
    strip.axis("off")
    return figure


def linear(glass, ink):
    layer = glass.unet.time_embedding.linear_1
    with glassbox.record("unet.time_embedding.linear_1", inputs=True) as seen:
        glass("a red ring", seed=7, num_inference_steps=1, guidance_scale=4, output_type="latent")
    x = seen.inputs["unet.time_embedding.linear_1"][0]["x"][1]
    y = seen["unet.time_embedding.linear_1"][0][1]
    weights = layer.state_dict()
    figure, axes = plt.subplots(1, 4, figsize=(8, 3), gridspec_kw={"width_ratios": [8, 1, 1, 1]})
    rows = 12
    for axis, values, title in zip(axes, (weights["weight"][:rows], x[:, None], weights["bias"][:rows, None], y[:rows, None]),
                                   (f"weight, {rows} of 192 rows", "x, 48", "bias", "out")):
        limit = np.abs(values).max()
        axis.imshow(values, cmap=ink.diverging, vmin=-limit, vmax=limit, aspect="auto")
        axis.set_title(title, fontsize=9)
        axis.set_xticks([])
        axis.set_yticks([])
        axis.spines[:].set_visible(False)
    figure.tight_layout()
    return figure
