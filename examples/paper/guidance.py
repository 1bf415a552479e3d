"""Appendix C, classifier-free guidance: what the guidance scale changes.

Measured: how colourful images are, how much they differ from seed to seed, and how many show their prompt's colour and
background by the checker.
"""

import numpy as np
from experiment import Experiment, mean_of, saturation

from data.checker import check
from data.scene import caption
from prompts import FIXED

SCALES = (1, 2, 3, 4, 6, 8, 12)


def main():
    experiment = Experiment(__doc__)
    sheet, numbers = {}, {}
    for scale in SCALES:
        groups = [experiment.draw(caption(scene), "--guidance-scale", scale) for scene in FIXED[:4]]
        verdicts = [check(image, scene) for scene, group in zip(FIXED, groups) for image in group]
        images = [image for group in groups for image in group]
        label = f"guidance {scale}"
        sheet[label] = [group[i] for group in groups for i in range(2)]
        numbers[label] = {
            "saturation": mean_of(saturation, images),
            "between seeds": float(np.mean([np.std(group, 0).mean() for group in groups])),
            "colour": float(np.mean([verdict.colour for verdict in verdicts])),
            "background": float(np.mean([verdict.background for verdict in verdicts])),
        }
    experiment.sheet(sheet)
    experiment.numbers(numbers)


if __name__ == "__main__":
    main()
