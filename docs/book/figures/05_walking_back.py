"""The figures of chapter 5."""

import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a large yellow star on a blue background"


def run(glass, name, steps, **fields):
    scheduler = glass.scheduler(name, **fields)
    return glass(PROMPT, seed=1, num_inference_steps=steps, guidance_scale=4, scheduler=scheduler)


def error(glass, ink):
    best = run(glass, "heun", 60, timestep_spacing="linspace").latents  # all runs start at the same noise
    figure, axis = plt.subplots(figsize=(6.5, 3.2))
    for name, colour, evaluations in (("euler", ink.picture, 1), ("heun", ink.time, 2), ("dpmpp-2m", ink.words, 1)):
        counts = [6, 12, 24, 48]
        steps = [count // evaluations for count in counts]
        errors = [np.linalg.norm(run(glass, name, n, timestep_spacing="linspace").latents - best) / np.linalg.norm(best)
                  for n in steps]
        axis.loglog([n * evaluations for n in steps], errors, "o-", ms=4, color=colour, label=name)
    axis.set_xlabel("runs of the UNet")
    axis.set_ylabel("relative difference")
    axis.legend()
    return figure


def rows(glass, ink):
    names, counts = ("euler", "heun", "dpmpp-2m", "euler-ancestral"), (3, 6, 12, 25)
    figure, axes = plt.subplots(4, 4, figsize=(6, 6.3))
    for line, name in zip(axes, names):
        for axis, steps in zip(line, counts):
            axis.imshow(np.asarray(run(glass, name, steps).images[0]))
            axis.set_xticks([])
            axis.set_yticks([])
            axis.spines[:].set_visible(False)
            if line is axes[0]:
                axis.set_title(f"{steps} steps", fontsize=9)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    figure.tight_layout(pad=0.4)
    return figure
