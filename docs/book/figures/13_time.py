"""The figures of chapter 13."""

import glassbox
import matplotlib.pyplot as plt
import numpy as np

PROMPT = "a large yellow star on a blue background"
SETTINGS = {"seed": 1, "num_inference_steps": 25, "guidance_scale": 4}


def sinusoid(t, d):
    w = 10000.0 ** (-np.arange(d // 2) / (d // 2))
    return np.concatenate([np.cos(w * t), np.sin(w * t)])


def vector(glass, ink):
    with glassbox.record("unet.add_embedding.linear_1", inputs=True) as seen:
        glass(PROMPT, seed=1, num_inference_steps=1, guidance_scale=4, output_type="latent")
    s = seen.inputs["unet.add_embedding.linear_1"][0]["x"][1]
    figure, axes = plt.subplots(7, 1, figsize=(8, 4.2), gridspec_kw={"height_ratios": [1.3, 1, 1, 1, 1, 1, 1]})
    names = ("pooled text, 96", "original height 128", "original width 128", "crop top 0", "crop left 0", "target height 128", "target width 128")
    parts = [s[:96]] + [s[96 + 32 * i : 128 + 32 * i] for i in range(6)]
    for axis, name, part in zip(axes, names, parts):
        limit = np.abs(part).max()
        axis.imshow(part[None], aspect="auto", cmap=ink.diverging, vmin=-limit, vmax=limit)
        axis.set_yticks([0], [name], fontsize=9, color=ink.words if "text" in name else ink.time)
        axis.set_xticks([])
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
    figure.tight_layout(pad=0.4)
    return figure


def waves(glass, ink):
    figure, axis = plt.subplots(figsize=(7, 3))
    axis.imshow(np.array([sinusoid(t, 64) for t in range(1024)]), aspect="auto", cmap=ink.diverging)
    axis.set_xticks([16, 48], ["cosines", "sines"])
    axis.axvline(31.5, color="black", lw=1)
    axis.set_ylabel("number")
    return figure


def draw(glass, **sizes):
    return np.asarray(glass(PROMPT, **SETTINGS, **sizes).images[0])


def sharpness(image):
    grey = image.astype(float).mean(-1)
    return float(np.quantile(np.hypot(*np.gradient(grey)), 0.99) / grey.std())


def original_size(glass, ink):
    sizes = (32, 48, 64, 96, 128, 256, 512)
    images = {size: draw(glass, original_size=(size, size)) for size in sizes}
    figure, axes = plt.subplots(1, 3, figsize=(8.4, 2.7), gridspec_kw={"width_ratios": [1, 1, 1.5]})
    for axis, size in zip(axes, (32, 512)):
        axis.imshow(images[size][18:42, 52:76])
        axis.set_title(f"original {size} × {size}", fontsize=9)
        axis.axis("off")
    axes[2].semilogx(sizes, [sharpness(image) for image in images.values()], "o-", color=ink.time)
    axes[2].set_xticks(sizes, [str(size) for size in sizes], fontsize=8)
    axes[2].minorticks_off()
    axes[2].set_xlabel("original size")
    axes[2].set_title("steepness of the edges", fontsize=9)
    figure.tight_layout()
    return figure


def crop(glass, ink):
    cases = (("nothing cut", {}), ("32 columns", {"crops_coords_top_left": (0, 32), "original_size": (128, 160)}),
             ("64 columns", {"crops_coords_top_left": (0, 64), "original_size": (128, 192)}),
             ("32 rows", {"crops_coords_top_left": (32, 0), "original_size": (160, 128)}),
             ("64 rows", {"crops_coords_top_left": (64, 0), "original_size": (192, 128)}))
    figure, axes = plt.subplots(1, 5, figsize=(8, 1.95))
    for axis, (name, sizes) in zip(axes, cases):
        axis.imshow(draw(glass, **sizes))
        axis.set_title(name, fontsize=9)
        axis.axis("off")
    figure.tight_layout(pad=0.4)
    return figure
