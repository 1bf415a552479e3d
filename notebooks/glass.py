"""What the notebooks share: the package, excerpts of the source, layers in NumPy, comparisons and plots."""

try:
    import glassbox
except ImportError as error:
    raise ImportError("the notebooks need the package glassbox: `pip install .` in the project's folder builds it "
                      f"(docs/python.md); {error}") from None
import matplotlib.pyplot as plt
import numpy as np
from excerpt import code  # noqa: F401
from layers import *  # noqa: F401,F403

plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False})
core = glassbox._glassbox


def answer(guess, result):
    """What you wrote down, beside what came."""
    print(f"you wrote: {'nothing yet' if guess is None else guess}\nresult:    {result}")


def same(by_hand, trace, rtol=1e-5):
    """Asserts that ‖by_hand - trace‖ / ‖trace‖ is at most rtol, and prints it."""
    by_hand, trace = np.asarray(by_hand, np.float64), np.asarray(trace, np.float64)
    assert by_hand.shape == trace.shape, f"shapes: by hand {by_hand.shape}, in the trace {trace.shape}"
    difference = np.linalg.norm(by_hand - trace) / np.linalg.norm(trace)
    assert difference <= rtol, f"relative difference {difference:.1e}, expected at most {rtol:.0e}"
    print(f"relative difference {difference:.1e}, at most {rtol:.0e} allowed")


def decoded(glass, latents):
    """The picture of scaled latents (1, 4, h, w), from 0 to 1: (H, W, 3)"""
    return np.clip(glass.vae.to_image(latents.astype(np.float32))[0].transpose(1, 2, 0) / 2 + 0.5, 0, 1)


def channels(panels, count=8):
    """The first channels of each (C, H, W), one row for each panel, from blue (low) to red (high)."""
    rows = len(panels)
    figure, axes = plt.subplots(rows, count, figsize=(1.4 * count, 1.5 * rows), squeeze=False)
    for row, (name, x) in zip(axes, panels.items()):
        for c, axis in enumerate(row):
            axis.set_xticks([])
            axis.set_yticks([])
            axis.spines[:].set_visible(True)
            if c < len(x):
                limit = np.abs(x[:count]).max()
                axis.imshow(x[c], cmap="coolwarm", vmin=-limit, vmax=limit)
            else:
                axis.axis("off")
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.tight_layout()


def sheet(images, columns):
    """Images with their titles, row by row."""
    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(2.4 * columns, 2.6 * rows), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, image) in zip(axes.flat, images.items()):
        axis.imshow(image)
        axis.set_title(title, fontsize=9)
    figure.tight_layout()


def over(image, maps, columns=5):
    """An image, and over it each map (h, w), the brighter the larger."""
    height, width = np.asarray(image).shape[:2]
    sheet({"": image, **dict.fromkeys(maps, image)}, columns)
    for axis, x in zip(plt.gcf().axes[1:], maps.values()):
        axis.imshow(x, cmap="inferno", alpha=0.7, extent=(0, width, height, 0), interpolation="bilinear")


def rms(x):
    """The root of the mean square."""
    return float(np.sqrt(np.mean(np.square(x))))
