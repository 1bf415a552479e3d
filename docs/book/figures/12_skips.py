"""The figures of chapter 12."""

import glassbox
import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a large yellow star on a blue background"


def two(glass, ink):
    pushed_by, popped_by, channels = glassbox.skips(glass.unet)[0]
    with glassbox.record(popped_by, inputs=True) as seen:
        glass(PROMPT, seed=7, num_inference_steps=9, guidance_scale=4, output_type="latent")
    both = seen.inputs[popped_by][3]["x"][1]
    rows = {"from below": both[:-channels], "skip": both[-channels:], "out": seen[popped_by][3][1]}
    figure, axes = plt.subplots(3, 8, figsize=(8, 3.2))
    for line, (name, x) in zip(axes, rows.items()):
        limit = np.abs(x[:8]).max()
        for c, axis in enumerate(line):
            axis.imshow(x[c], cmap=ink.diverging, vmin=-limit, vmax=limit)
            axis.set_xticks([])
            axis.set_yticks([])
            axis.spines[:].set_visible(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    figure.tight_layout(pad=0.4)
    return figure


def muted(glass, ink):
    def draw(*skips):
        with glassbox.mute_skips(glass.unet, list(skips)):
            return glass(PROMPT, seed=7, num_inference_steps=25, guidance_scale=4)

    whole = draw()
    figure, axes = plt.subplots(2, 5, figsize=(8, 3.7))
    for k, axis in enumerate(axes.flat):
        output = draw(k - 1) if k else whole
        change = np.linalg.norm(output.latents - whole.latents) / np.linalg.norm(whole.latents)
        axis.imshow(np.asarray(output.images[0]))
        axis.set_title(f"without {k - 1}: {change:.2f}" if k else "whole", fontsize=9)
        axis.axis("off")
    figure.tight_layout(pad=0.4)
    return figure
