"""Section 2.3, multi-aspect training: images of several aspects.

A model of squares alone repeats or stretches things on other canvases. Measured: how far the thing's middle is from the
canvas', and how much wider than high the thing is.
"""

import numpy as np
from experiment import PROMPTS, Experiment, mean_of, middle, thing_mask

ASPECTS = (0.6, 0.8, 1.0, 1.25, 1.67)


def aside(image):
    x, y = middle(image)
    return float(np.hypot(x - 0.5, y - 0.5))


def stretch(image):
    y, x = np.nonzero(thing_mask(image))
    return float(x.std() / y.std()) if len(x) > 1 and y.std() > 0 else 1.0


def main():
    experiment = Experiment(__doc__)
    sheet, numbers = {}, {}
    for aspect in ASPECTS:
        height = round(experiment.side / aspect**0.5 / 8) * 8
        width = round(experiment.side * aspect**0.5 / 8) * 8
        size = ("--height", height, "--width", width)
        images = [image for prompt in PROMPTS for image in experiment.draw(prompt, *size, seeds=(1, 2))]
        label = f"{width} x {height}"
        sheet[label] = images
        numbers[label] = {"off the middle": mean_of(aside, images), "wide / high": mean_of(stretch, images)}
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
