"""Section 2.5, the refiner: off, as the expert for the last steps, and by image to image on the finished latents.

Measured: how steep edges are, and how many images show their prompt by the checker. Needs a model with a refiner.
"""

import numpy as np
from experiment import Experiment, mean_of, sharpness

from data.checker import check
from data.scene import caption
from prompts import FIXED


def main():
    experiment = Experiment(__doc__)
    refiner = ("--refiner", experiment.need_refiner())
    ways = {
        "base alone": (),
        "last 20 % of the noise": (*refiner, "--high-noise-fraction", 0.8),
        "image to image, 0.2": (*refiner, "--refine-strength", 0.2),
    }
    sheet, numbers = {}, {}
    for label, options in ways.items():
        groups = [experiment.draw(caption(scene), *options, seeds=(1, 2)) for scene in FIXED[:4]]
        images = [image for group in groups for image in group]
        verdicts = [check(image, scene) for scene, group in zip(FIXED, groups) for image in group]
        sheet[label] = images
        numbers[label] = {
            "sharpness": mean_of(sharpness, images),
            "right": float(np.mean([verdict.right for verdict in verdicts])),
        }
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
