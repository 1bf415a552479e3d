"""Section 2.3, multi-aspect training: images of several aspects.

A model of squares alone repeats or stretches things on other canvases. The sizes are those of the training, height x
width. Measured: how far the thing's middle is from the canvas', and how much wider than high the thing is.
"""

import numpy as np
from experiment import PROMPTS, Experiment, mean_of, middle, thing_mask

# The tiny model's buckets, as shares of its side: presets.py trains on 128 x 128, 96 x 160 and 160 x 96 pixels. Heights
# come first, as in the paper's table of buckets (`sdxl buckets`) and in the conditioning.
SHAPES = ((1, 1), (0.75, 1.25), (1.25, 0.75))


def aside(image):
    x, y = middle(image)
    return float(np.hypot(x - 0.5, y - 0.5))


def stretch(image):
    y, x = np.nonzero(thing_mask(image))
    return float(x.std() / y.std()) if len(x) > 1 and y.std() > 0 else 1.0


def main():
    experiment = Experiment(__doc__)
    sheet, numbers = {}, {}
    for shares in SHAPES:
        height, width = (round(experiment.side * share / 8) * 8 for share in shares)
        size = ("--height", height, "--width", width)
        images = [image for prompt in PROMPTS for image in experiment.draw(prompt, *size, seeds=(1, 2))]
        label = f"{height} x {width}"
        sheet[label] = images
        numbers[label] = {"off the middle": mean_of(aside, images), "wide / high": mean_of(stretch, images)}
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
