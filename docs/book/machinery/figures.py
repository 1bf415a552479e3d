"""Writes a figure for light and for dark pages, the same bytes each time.

A drawing is a function of the model and of the colours: `def softmax_row(glass, ink)`. It returns a figure of matplotlib,
or an image of Pillow, which is the same for both. A figure is drawn once, with the light page's colours; in the dark page's
file each of them is replaced.
"""

from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from PIL import Image  # noqa: E402


class Ink:
    """The colours of a light page: those of words, time, picture and skips are the live page's."""

    text, faint, back = "#1c1c1f", "#8f8f96", "#fefefe"
    words, time, picture, skips = "#2a63c9", "#985a06", "#1a7f57", "#8747b8"
    diverging, rising = "coolwarm", "viridis"


DARK = {Ink.text: "#e9e9ee", Ink.faint: "#77777f", Ink.back: "#131416", Ink.words: "#86adff", Ink.time: "#e2aa52",
        Ink.picture: "#5cc79b", Ink.skips: "#c39be8"}
SETTINGS = {
    "svg.hashsalt": "glassbox", "svg.fonttype": "path", "font.size": 10, "font.family": "DejaVu Sans", "text.color": Ink.text,
    "axes.labelcolor": Ink.text, "axes.edgecolor": Ink.faint, "xtick.color": Ink.text, "ytick.color": Ink.text,
    "axes.facecolor": "none", "figure.facecolor": "none", "savefig.facecolor": "none", "legend.frameon": False,
    "axes.spines.top": False, "axes.spines.right": False, "image.interpolation": "nearest",
    "axes.prop_cycle": matplotlib.cycler(color=[Ink.picture, Ink.time, Ink.words, Ink.skips, Ink.faint]),
}


def write(function, glass, folder, name):
    """-> the names of the files: one for both themes, or the light one and the dark one"""
    folder = Path(folder)
    plt.close("all")
    with plt.rc_context(SETTINGS):
        made = function(glass, Ink)
        if isinstance(made, Image.Image):
            made.save(folder / f"{name}.png", optimize=True)
            return [f"{name}.png"]
        light = folder / f"{name}-light.svg"
        made.savefig(light, metadata={"Date": None, "Creator": None}, bbox_inches="tight", pad_inches=0.05)
    text = light.read_text()
    for colour, other in DARK.items():
        text = text.replace(colour, other)
    (folder / f"{name}-dark.svg").write_text(text)
    return [light.name, f"{name}-dark.svg"]
