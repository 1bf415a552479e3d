"""The figures of chapter 10."""

import glassbox
import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a large yellow star on a blue background"
BLOCK = "unet.down_blocks.0.resnets.0"


def run(glass, *patterns):
    with glassbox.record(*patterns, inputs=True) as seen:
        glass(PROMPT, seed=7, num_inference_steps=20, guidance_scale=4, output_type="latent")
    return seen


def intermediates(glass, ink):
    seen = run(glass, BLOCK + "*")
    rows = {"x": seen.inputs[BLOCK][8]["x"][1]}
    rows |= {name: seen[f"{BLOCK}.{name}"][8][1] for name in ("norm1", "conv1", "norm2", "conv2")}
    rows["out"] = seen[BLOCK][8][1]
    figure, axes = plt.subplots(len(rows), 8, figsize=(8, 6.2))
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


def time(glass, ink):
    seen = run(glass, BLOCK + ".time_emb_proj")
    added = np.array([rows[1] for rows in seen[BLOCK + ".time_emb_proj"]])
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for c in range(12):
        axis.plot(added[:, c], lw=1.3, color=ink.time, alpha=0.35 + 0.05 * c)
    axis.axhline(0, color=ink.faint, lw=0.7)
    axis.set_xlabel("step")
    axis.set_ylabel("added to the channel")
    return figure


def growth(glass, ink):
    seen = run(glass, "unet*resnets.?", "unet*resnets.?.conv2")
    paths = [path for path in seen if path.split(".")[-2] == "resnets"]

    def rms(x):
        return float(np.sqrt(np.mean(np.square(x))))

    added = [rms(seen[path + ".conv2"][8][1]) for path in paths]
    shortcut = [rms(seen[path][8][1] - seen[path + ".conv2"][8][1]) for path in paths]
    place = np.arange(len(paths))
    figure, axis = plt.subplots(figsize=(8, 3.2))
    axis.bar(place - 0.2, shortcut, 0.4, label="shortcut", color=ink.picture)
    axis.bar(place + 0.2, added, 0.4, label="added", color=ink.time)
    axis.set_xticks(place, [path.removeprefix("unet.").replace(".resnets", "") for path in paths], rotation=60, ha="right", fontsize=8)
    axis.set_ylabel("root mean square")
    axis.legend()
    return figure
