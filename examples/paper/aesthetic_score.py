"""Section 2.5, the refiner's aesthetic score: the same latents, refined with low and high scores.

In training spoilt images (noise, blur, too few tones) had low scores. Measured: how steep edges are, and how rough plain
areas are. Needs a model with a refiner.
"""

import numpy as np
from experiment import PROMPTS, Experiment, mean_of, sharpness

SCORES = (2, 3, 4, 5, 6, 7)


def roughness(image):
    """The median slope: that of areas without edges."""
    return float(np.median(np.hypot(*np.gradient(image.astype(float).mean(-1)))))


def main():
    experiment = Experiment(__doc__)
    refiner = ("--refiner", experiment.need_refiner(), "--high-noise-fraction", 0.8)
    sheet, numbers = {}, {}
    for score in SCORES:
        given = (*refiner, "--aesthetic-score", score, "--negative-aesthetic-score", score)
        images = [image for prompt in PROMPTS for image in experiment.draw(prompt, *given, seeds=(1, 2))]
        label = f"score {score}"
        sheet[label] = images
        numbers[label] = {"sharpness": mean_of(sharpness, images), "roughness": mean_of(roughness, images)}
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
