"""Section 2.5, the refiner's aesthetic score: the same latents, told to be ugly or beautiful.

In training spoilt pictures (noise, blur, too few tones) bore low scores. Measured: how steep edges are, and how rough plain
areas are. Wants a model with a refiner.
"""

import numpy as np
from experiment import PROMPTS, Experiment, mean_of, sharpness

SCORES = (2, 3, 4, 5, 6, 7)


def roughness(picture):
    """The median slope: that of areas without edges."""
    return float(np.median(np.hypot(*np.gradient(picture.astype(float).mean(-1)))))


def main():
    experiment = Experiment(__doc__)
    refiner = ("--refiner", experiment.need_refiner(), "--high-noise-fraction", 0.8)
    sheet, numbers = {}, {}
    for score in SCORES:
        told = (*refiner, "--aesthetic-score", score, "--negative-aesthetic-score", score)
        pictures = [picture for prompt in PROMPTS for picture in experiment.draw(prompt, *told, seeds=(1, 2))]
        label = f"score {score}"
        sheet[label] = pictures
        numbers[label] = {"sharpness": mean_of(sharpness, pictures), "roughness": mean_of(roughness, pictures)}
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
