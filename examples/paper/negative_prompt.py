"""Appendix C, classifier-free guidance: a negative prompt in place of none.

Measured: how much of the image has the colour of the negative prompt.
"""

import numpy as np
from experiment import SEEDS, Experiment

from data.checker import nearest_colours
from data.scene import COLOURS

PROMPT = "a large star on a background"
AVOIDED = ("", "red", "yellow", "blue", "white", "black")


def shares(images):
    counts = np.bincount(np.concatenate([nearest_colours(p, "").ravel() for p in images]), minlength=len(COLOURS))
    return dict(zip(COLOURS, (counts / counts.sum()).tolist()))


def main():
    experiment = Experiment(__doc__)
    sheet, numbers = {}, {}
    usual = None
    for colour in AVOIDED:
        text = f"a large {colour} star on a {colour} background" if colour else ""
        images = experiment.draw(PROMPT, "--negative-prompt", text, seeds=(*SEEDS, 5, 6))
        share = shares(images)
        usual = usual or share
        label = f"not {colour}" if colour else "no negative prompt"
        sheet[label] = images
        numbers[label] = {"its share": share.get(colour, 0.0), "without": usual.get(colour, 0.0)}
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
